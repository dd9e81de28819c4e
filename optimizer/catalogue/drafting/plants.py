"""Projects, recipes, relations: candidates of the catalogue and members' existing plants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import Basis, Figure, TableRow, graded, rounded, row_of
from optimizer.catalogue.drafting.costs import (
    Plant,
    building_cost,
    building_years,
    imputed,
    operating_cost,
    plants,
    ratios,
    usual_opex,
)
from optimizer.catalogue.drafting.groups import id_of, relations
from optimizer.catalogue.drafting.market import has_scrap
from optimizer.catalogue.drafting.outlook import demand_of, output, recovery, recycled_share

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.chains import Chain

KINDS = {"mine": "mine", "refinery": "refinery", "recycling": "recycling", "integrated": "mine"}
OPEN = ("planned", "study", "permitting", "decision", "construction", "paused", "ramp-up")
"""How far a project may be to be drafted; others are in their country's output, or gone."""


@dataclass
class Works:
    """Tables about plants, as they grow."""

    projects: list[TableRow] = field(default_factory=list)
    recipes: list[TableRow] = field(default_factory=list)
    ingredients: list[TableRow] = field(default_factory=list)
    relations: list[TableRow] = field(default_factory=list)
    provenance: list[TableRow] = field(default_factory=list)

    def cell(self, project: str, name: str, found: Figure) -> None:
        """Say where one cell of a project comes from."""
        self.provenance.append(
            {"of_table": "projects", "row": project, "field": name, "method": found.note}
            | graded(found.quality, "", found.source)
        )


def works(basis: Basis) -> Works:
    """All plants of a draft."""
    made = Works()
    by_form = ratios(basis)
    drafted = [plant for plant in plants(basis, basis.chains) if plant.row["status"] in OPEN]
    drafted = [plant for plant in drafted if plant.form != "recycling" or can_recycle(basis, plant)]
    for plant in drafted:
        add_project(made, basis, plant, by_form)
    for chain in basis.chains:
        add_existing(made, basis, chain)
        own = [plant for plant in drafted if plant.chain is chain]
        if any(plant.form == "mine" for plant in own) and all(
            plant.form != "refinery" for plant in own
        ):
            add_stand_in(made, basis, chain, by_form, own)
    made.relations += relations(drafted)
    return made


def can_recycle(basis: Basis, plant: Plant) -> bool:
    """Whether scrap of the chain arises."""
    return has_scrap(basis, plant.chain)


def add_project(
    made: Works, basis: Basis, plant: Plant, by_form: dict[str, tuple[float, int]]
) -> None:
    """One project of the catalogue."""
    row, name = plant.row, id_of(plant.row)
    running = row["status"] == "ramp-up"
    remaining = row["status"] == "construction" and row["capex_basis"] == "remaining"
    cost = building_cost(basis, plant, by_form)
    if running:
        cost = Figure(0.0, "assumed", "", "built: nothing is still to be paid")
    elif remaining:
        told = "printed cost still to be paid"
        cost = Figure(float(row["capex_musd"]), str(row["capex_quality"]), row["source"], told)
    years = building_years(basis, row, plant.form)
    project = site(basis, row) | {
        "id": name,
        "kind": KINDS[plant.form],
        "main_material": plant.material,
        "capacity_t_per_year": plant.size_t,
        "status": "committed" if running or remaining else "candidate",
        "capex_musd": cost.value,
        "capex_kind": "remaining" if running or remaining else "full",
    }
    project |= timing(basis, row, years, candidate=not (running or remaining))
    made.projects.append(project)
    size = f"{row['id']} of the catalogue, {row['status']}: tonnes contained"
    made.cell(name, "capacity_t_per_year", Figure(0, plant.size_quality, row["source"], size))
    made.cell(name, "capex_musd", cost)
    if not (running or remaining):
        made.cell(name, "build_years", years)
    add_recipe(made, basis, name, (plant.chain, plant.form), operating_cost(basis, plant))


def unprinted(basis: Basis, key: str, what: tuple[Chain, str], name: str, size_t: float) -> Works:
    """A project of the catalogue whose tonnage is printed nowhere, of an assumed size.

    Args:
        basis: what the draft rests on.
        key: id of the project in the catalogue.
        what: the chain that it yields and the form of plant.
        name: id in the instance.
        size_t: tonnes contained a year.

    Returns:
        The project, whose grade and note are to be those of its size, and its usual recipe.
    """
    chain, form = what
    row = row_of(basis.catalogue, "projects", id=key)
    cost = imputed(basis, chain, form, size_t, ratios(basis))
    made = Works()
    made.projects.append(
        site(basis, row)
        | {"id": name, "status": "candidate", "capacity_t_per_year": size_t}
        | {"kind": "refinery" if form == "integrated" and not chain.mined else KINDS[form]}
        | {"main_material": chain.raw if form == "mine" else chain.id, "capex_musd": cost.value}
        | timing(basis, row, building_years(basis, row, form), candidate=True)
    )
    made.cell(name, "capex_musd", cost)
    add_recipe(made, basis, name, what, usual_opex(basis, chain, form))
    return made


def site(basis: Basis, row: dict[str, Any]) -> TableRow:
    """Place, owner, odds and terms of a project."""
    success = basis.assumed[f"plant.success_{row['status']}".replace("ramp-up", "construction")]
    governance = governance_of(basis, row["country"])
    scores = {} if governance is None else {"s_score": governance, "g_score": governance}
    place = {name: row[name] for name in ("latitude", "longitude") if row[name] is not None}
    told = f"{row['id']} of the catalogue; terms, odds and scores are assumed"
    return place | {
        "name": row["name"],
        "owner": row["owner"],
        "country": row["country"],
        "offtake_share": 1.0
        if row["country"] in basis.allied
        else basis.assumed["plant.offtake_share_abroad"],
        "life_years": basis.assumed.whole("plant.life_years"),
        "ramp": (basis.assumed["plant.ramp_first_year"], 1.0),
        "success_probability": success,
        "private_appetite": basis.assumed["plant.private_appetite"],
        "private_least_share": basis.assumed["plant.private_least_share"],
        "private_premium": basis.assumed["plant.private_premium"],
        "e_score": basis.assumed["plant.e_score"],
        **scores,
        **graded("assumed", told, row["source"]),
    }


def governance_of(basis: Basis, country: str) -> float | None:
    """The governance indicators as points from 0 to 100, where the catalogue has them."""
    rows = basis.catalogue.countries
    found = rows.loc[rows["id"] == country, "governance"]
    if not len(found) or found.iloc[0] != found.iloc[0]:
        return None
    return round((float(found.iloc[0]) + 2.5) / 5 * 100, 1)


def timing(basis: Basis, row: dict[str, Any], years: Figure, *, candidate: bool) -> TableRow:
    """When a project can start, or comes online."""
    first, last = basis.request.first_year, basis.request.last_year
    known = row.get("start_year")
    online = first if known is None else int(known)
    if not candidate:
        return {"online_year": min(max(online, first), last)}
    build = int(years.value)
    latest = last - build - LEAST_YEARS
    return {"build_years": build, "earliest_start": max(first, min(online - build, latest))}


LEAST_YEARS = 3
"""Years of output within the horizon that a start must leave room for."""


def add_recipe(made: Works, basis: Basis, name: str, what: tuple[Chain, str], opex: Figure) -> None:
    """How a plant of a chain and form runs."""
    chain, form = what
    made.recipes.append(
        {"project": name, "recipe": "main", "opex_usd_per_t": opex.value} | opex.graded()
    )
    put = {"project": name, "recipe": "main"}
    out = chain.raw if form == "mine" else chain.id
    made.ingredients.append(
        put
        | {"material": out, "direction": "output", "t_per_t": 1.0}
        | graded("derived", "reference output")
    )
    if form == "refinery":
        known = recovery(basis, chain)
        made.ingredients.append(
            put
            | {"material": chain.raw, "direction": "input", "t_per_t": rounded(1 / known.value)}
            | known.graded()
        )
    elif form == "recycling":
        need = rounded(1 / basis.assumed["market.recycling_recovery"])
        made.ingredients.append(
            put
            | {"material": chain.scrap, "direction": "input", "t_per_t": need}
            | graded("assumed", "assumed recovery")
        )


def add_existing(made: Works, basis: Basis, chain: Chain) -> None:
    """What members refine and recycle today, as plants that run."""
    first = basis.request.first_year
    refined = output(basis, chain, "processing", first) if chain.mined else {}
    for country, found in sorted(refined.items()):
        if country in basis.allied:
            told = f"refineries of the country as one: {found.note}"
            add_running(
                made,
                basis,
                (chain, "refinery"),
                country,
                Figure(found.value, found.quality, found.source, told),
            )
    if has_scrap(basis, chain):
        rate = recycled_share(basis, chain)
        for ally in basis.allies:
            told = f"recycling of today: {rate.note}, times demand of {first}"
            size = rate.value * demand_of(basis, chain, ally, first).value
            found = Figure(size, "assumed", rate.source, told)
            add_running(made, basis, (chain, "recycling"), home(basis, ally.id), found)


def home(basis: Basis, ally: str) -> str:
    """A country of a member: the one where plants without a printed site stand."""
    countries = next(member.countries for member in basis.allies if member.id == ally)
    return "DEU" if "DEU" in countries else countries[0]


def add_running(
    made: Works, basis: Basis, what: tuple[Chain, str], country: str, size: Figure
) -> None:
    """A plant that runs from before the first year."""
    chain, form = what
    name = f"{country.lower()}-{chain.id}-{form}"
    made.projects.append(
        {"id": name, "name": f"{chain.name}: {form} in {country}", "country": country}
        | {"status": "operating", "kind": KINDS[form], "main_material": chain.id}
        | {"capacity_t_per_year": rounded(size.value), "capex_kind": "remaining"}
        | {"life_years": 100}
        | size.graded()
    )
    add_recipe(made, basis, name, what, usual_opex(basis, chain, form))


def add_stand_in(
    made: Works,
    basis: Basis,
    chain: Chain,
    by_form: dict[str, tuple[float, int]],
    own: list[Plant],
) -> None:
    """A refinery that no source names, without which what the mines yield has no use."""
    size = sum(plant.size_t for plant in own if plant.form == "mine")
    size = rounded(size * recovery(basis, chain).value, 4)
    country = home(basis, basis.allies[0].id)
    cost = imputed(basis, chain, "refinery", size, by_form)
    years = building_years(basis, {}, "refinery")
    row: TableRow = {
        "id": "stand-in",
        "name": f"{chain.name} refinery",
        "owner": "",
        "country": country,
    }
    row |= {"latitude": None, "longitude": None, "status": "planned", "source": ""}
    name = f"stand-in-{chain.id}-refinery"
    told = "no real project: no refinery with a known size is in the catalogue; look for one"
    made.projects.append(
        site(basis, row)
        | {"id": name, "status": "candidate", "kind": "refinery", "main_material": chain.id}
        | {"capacity_t_per_year": size, "capex_musd": cost.value, "capex_kind": "full"}
        | timing(basis, row, years, candidate=True)
        | graded("assumed", told)
    )
    made.cell(name, "capex_musd", cost)
    add_recipe(made, basis, name, (chain, "refinery"), usual_opex(basis, chain, "refinery"))
