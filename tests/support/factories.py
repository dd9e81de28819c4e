"""Smallest valid instances for tests: state what the test is about, the rest is filled in.

    instance(project("salar", capex_musd=80), years=(2030, 2031))

The world around it: the alliance's country AUS in zone `home`, outside it CHN in zone `abroad`;
material `oxide` (processing) of the chain `rare` and its `ore` (extraction); supplier `chn` sells
1,000 t of oxide a year, a route brings it home; segment `motors` wants 1,000 t of oxide a year,
one tranche of shortage at 500,000 USD/t; member `fund` holds 1,000 MUSD; instrument `grant`;
one certain scenario, `nominal`. Least operating years are 1, the discount rate is 0.

Every table can be given instead by its name, as rows or as dictionaries of fields:

    instance(project("salar"), scenarios=[scenario("nominal", 0.9, nominal=True), …], shocks=[…])

Tables that hang on another follow it: suppliers without `supply_limits` may sell 1,000 t a year,
segments without `demand` want 1,000 t a year, segments without `tranches` get the one above,
materials without `prices` cost 50,000 USD/t.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from optimizer.errors import InvalidInstance
from optimizer.instance import Instance
from optimizer.instance.records import (
    Ingredient,
    Policy,
    Project,
    Recipe,
    Relation,
    Row,
    Scenario,
    Shock,
)
from optimizer.instance.validation import faults_of


class Plant(NamedTuple):
    """A project with its recipes and their ingredients."""

    project: Project
    recipes: tuple[Recipe, ...]
    ingredients: tuple[Ingredient, ...]


def project(
    identifier: str,
    /,
    *,
    makes: str | Mapping[str, float] | None = "oxide",
    uses: Mapping[str, float] | None = None,
    recipe: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Plant:
    """A candidate mine in AUS: 1,000 t of oxide a year for 100 MUSD, no building time.

    Args:
        identifier: the project's id.
        makes: material made, or tonnes of each per tonne of reference output; None for no recipe.
        uses: tonnes of each input per tonne of reference output.
        recipe: fields of the recipe `main`, for example {"opex_usd_per_t": 2000}.
        fields: any field of Project.
    """
    defaults: dict[str, Any] = {
        "country": "AUS",
        "status": "candidate",
        "kind": "mine",
        "capacity_t_per_year": 1000.0,
        "capex_musd": 100.0,
    }
    if makes is None:
        return Plant(Project(id=identifier, **(defaults | fields)), (), ())
    outputs = {makes: 1.0} if isinstance(makes, str) else dict(makes)
    defaults["main_material"] = next(iter(outputs))
    amounts = [("output", outputs), ("input", uses or {})]
    ingredients = tuple(
        Ingredient(
            project=identifier, recipe="main", material=material, direction=way, t_per_t=amount
        )
        for way, amounts_of in amounts
        for material, amount in amounts_of.items()
    )
    only_recipe = Recipe.model_validate(
        {"project": identifier, "recipe": "main"} | dict(recipe or {})
    )
    return Plant(Project(id=identifier, **(defaults | fields)), (only_recipe,), ingredients)


def policy(identifier: str, /, kind: str, value: float, **fields: Any) -> Policy:
    """A policy row."""
    return Policy.model_validate({"id": identifier, "kind": kind, "value": value} | fields)


def relation(identifier: str, /, kind: str, *projects: str, **fields: Any) -> Relation:
    """A relation between projects."""
    return Relation.model_validate({"id": identifier, "kind": kind, "projects": projects} | fields)


def scenario(identifier: str, /, probability: float, **flags: bool) -> Scenario:
    """A scenario; exactly one of an instance is nominal."""
    return Scenario(id=identifier, probability=probability, **flags)


def shock(scenario: str, kind: str, factor: float, years: tuple[int, int], **targets: Any) -> Shock:
    """A shock from the first to the last of `years`."""
    first, last = years
    fields = {"scenario": scenario, "kind": kind, "factor": factor}
    fields |= {"first_year": first, "last_year": last, "id": f"{scenario}-{kind}"}
    return Shock.model_validate(fields | targets)


def series(key: str, names: Iterable[str], years: Iterable[int], **values: float) -> list[Any]:
    """The same values in every year: `series("supplier", ["chn"], years, limit_t_per_year=5)`."""
    return [{key: name, "year": year, **values} for name in names for year in years]


def world() -> dict[str, list[dict[str, Any]]]:
    """The default rows of the tables that hang on no other."""
    return {
        "zones": [{"id": "home"}, {"id": "abroad"}],
        "countries": [
            {"id": "AUS", "zone": "home", "alliance": True, "bloc": "quad", "governance": 1.5},
            {"id": "CHN", "zone": "abroad", "bloc": "other", "governance": -0.3},
        ],
        "routes": [{"origin": "abroad", "destination": "home", "material": "oxide"}],
        "materials": [
            {"id": "ore", "chain": "rare", "stage": "extraction"},
            {"id": "oxide", "chain": "rare", "stage": "processing"},
        ],
        "contents": [
            {"material": "ore", "element": "Nd", "content_t_per_t": 0.5},
            {"material": "oxide", "element": "Nd", "content_t_per_t": 1.0},
        ],
        "suppliers": [{"id": "chn", "country": "CHN", "material": "oxide"}],
        "segments": [{"id": "motors", "zone": "home", "member": "fund", "material": "oxide"}],
        "members": [{"id": "fund", "burden_share": 1.0, "opening_cash_musd": 1000.0}],
        "instruments": [{"id": "grant", "kind": "grant"}],
        "scenarios": [{"id": "nominal", "probability": 1.0, "nominal": True}],
    }


def instance(
    *plants: Plant,
    years: tuple[int, ...] = (2030, 2031),
    settings: Mapping[str, Any] | None = None,
    **tables: Iterable[Row | Mapping[str, Any]],
) -> Instance:
    """A valid instance around some projects; every table and setting can be given instead.

    Args:
        plants: projects made by `project`.
        years: the horizon runs from the first to the last of them.
        settings: fields of Settings.
        tables: whole tables by name; recipes and ingredients are added to those of the plants.
    """
    return Instance.model_validate(fields_of(*plants, years=years, settings=settings, **tables))


def errors(*plants: Plant, **given: Any) -> list[str]:
    """The errors of what `instance` would make, as text; none if it is valid."""
    try:
        instance(*plants, **given)
    except InvalidInstance as fault:
        return [str(found) for found in fault.faults]
    return []


def warnings(*plants: Plant, **given: Any) -> list[str]:
    """The warnings about a valid instance, as text."""
    return [str(found) for found in faults_of(instance(*plants, **given))]


def fields_of(
    *plants: Plant,
    years: tuple[int, ...] = (2030, 2031),
    settings: Mapping[str, Any] | None = None,
    **tables: Iterable[Row | Mapping[str, Any]],
) -> dict[str, Any]:
    """What `instance` validates, for tests of what is refused."""
    rows: dict[str, Any] = dict(world())
    rows |= {name: list(table) for name, table in tables.items()}
    rows["projects"] = [plant.project for plant in plants] + rows.get("projects", [])
    for name in ("recipes", "ingredients"):
        rows[name] = [row for plant in plants for row in getattr(plant, name)] + rows.get(name, [])
    horizon = range(years[0], years[-1] + 1)
    rows.setdefault(
        "supply_limits",
        series("supplier", ids(rows["suppliers"]), horizon, limit_t_per_year=1000.0),
    )
    rows.setdefault(
        "demand", series("segment", ids(rows["segments"]), horizon, demand_t_per_year=1000.0)
    )
    rows.setdefault(
        "prices", series("material", ids(rows["materials"]), horizon, price_usd_per_t=50_000.0)
    )
    rows.setdefault(
        "tranches",
        [
            {"segment": name, "tranche": 1, "share": 1.0, "cost_usd_per_t": 500_000.0}
            for name in ids(rows["segments"])
        ],
    )
    rows["settings"] = {
        "id": "tiny",
        "first_year": years[0],
        "last_year": years[-1],
        "base_year": years[0],
        "discount_rate": 0.0,
        "least_operating_years": 1,
    } | dict(settings or {})
    return rows


def ids(rows: Iterable[Any]) -> list[str]:
    """Identifiers of rows or dictionaries."""
    return [row["id"] if isinstance(row, Mapping) else row.id for row in rows]
