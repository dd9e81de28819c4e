"""Rules across records: each fault once, at its table and field."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.errors import Fault, InvalidInstance
from optimizer.instance.validation import Draft, assumed_values, faults_of, findings_of
from optimizer.instance.validation.references import REFERENCES
from tests.support.factories import (
    errors,
    instance,
    project,
    relation,
    scenario,
    series,
    warnings,
    world,
)
from tests.support.rich_instance import rich

YEARS = (2030, 2034)


def test_the_smallest_and_the_richest_instance_are_valid() -> None:
    assert errors(project("salar")) == []
    assert [fault for fault in faults_of(rich()) if fault.level == "error"] == []


def test_faults_name_table_and_field_and_the_key_in_the_message() -> None:
    with pytest.raises(InvalidInstance) as caught:
        instance(project("salar", country="CHL"))
    assert caught.value.faults == (
        Fault(
            "projects",
            None,
            "country",
            "row 'salar': 'CHL' is not in the table countries (known: AUS, CHN)",
        ),
    )


def test_every_reference_is_a_field() -> None:
    tables = type(rich()).tables()
    for table, field, target in REFERENCES:
        assert field in tables[table].model_fields
        assert target in tables


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda row: f"{row.table}.{row.field}")
def test_a_reference_to_nothing(reference: Any) -> None:
    """Every column that names rows is checked: its first row names a row that does not exist."""
    made = rich()
    rows = list(getattr(made, reference.table))
    if reference.table == "policies" and reference.field == "member":
        rows.reverse()
    name = "ZWE" if reference.target == "countries" else "nowhere"
    value = (name, name) if isinstance(getattr(rows[0], reference.field), tuple) else name
    rows[0] = rows[0].replaced(**{reference.field: value})
    draft = Draft(made.model_copy(update={reference.table: tuple(rows)}))
    found = [
        finding.message
        for finding in findings_of(draft)
        if (finding.table, finding.field) == (reference.table, reference.field)
    ]
    assert any(f"'{name}' is not in the table {reference.target}" in text for text in found)


SETTINGS = [
    ({"last_year": 2029}, "last_year: 2029 is before first_year 2030"),
    ({"last_year": 2190}, "last_year: the horizon has 161 years; at most 100"),
    (
        {"objective": {"weights": {"expected_costs": 1}}},
        "objective.weights.expected_costs: 'expected_costs' is not a criterion (did you mean"
        " expected_cost?)",
    ),
    (
        {"objective": {"weights": {"attribute.jobs": 1}}},
        "objective.weights.attribute.jobs: 'attribute.jobs' is not a criterion",
    ),
    ({"objective": {"weights": {}}}, "objective.weights: no criterion has a weight"),
    (
        {"objective": {"weights": {"tail_shortage": -0.5}, "risk_weight": 0.25}},
        "objective.weights.tail_shortage: the weight of tail_shortage with risk_weight rewards a"
        " worse tail without end",
    ),
]


@pytest.mark.parametrize(("settings", "message"), SETTINGS)
def test_settings(settings: dict[str, Any], message: str) -> None:
    assert f"settings, {message}" in errors(settings=settings)


def series_of(years: range, **values: float) -> list[Any]:
    """Rows of `motors`, `chn` or `fund` in some years."""
    key = {"demand_t_per_year": ("segment", "motors"), "limit_t_per_year": ("supplier", "chn")}
    column, name = key.get(next(iter(values)), ("member", "fund"))
    return series(column, [name], years, **values)


def test_years_that_are_missing() -> None:
    found = errors(
        years=YEARS,
        demand=series_of(range(2030, 2031), demand_t_per_year=1),
        supply_limits=series_of(range(2032, 2035), limit_t_per_year=1),
        prices=series("material", ["oxide"], [2030, 2032, 2034], price_usd_per_t=1),
    )
    assert found == [
        "prices, year: material 'oxide' has no row for 2031, 2033; a price is needed because"
        " supplier 'chn' sells it",
        "supply_limits, year: supplier 'chn' has no row for 2030–2031; state 0 where it sells"
        " nothing",
        "demand, year: segment 'motors' has no row for 2031–2034; state 0 where it wants nothing",
    ]


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ({"projects": [project("p", makes="ore", country="CHN")]}, "'p' outside the alliance"),
        (
            {
                "sales": [
                    {"zone": "home", "material": "ore", "price_share": 1, "limit_t_per_year": 1}
                ]
            },
            "it can be sold in 'home'",
        ),
        (
            {
                "routes": [
                    *world()["routes"],
                    {
                        "origin": "home",
                        "destination": "abroad",
                        "material": "ore",
                        "tariff_share": 1,
                    },
                ]
            },
            "under a tariff",
        ),
    ],
)
def test_prices_that_are_needed(tables: dict[str, Any], why: str) -> None:
    prices = series("material", ["oxide"], [2030, 2031], price_usd_per_t=50_000)
    plants = tables.pop("projects", [])
    found = errors(*plants, prices=prices, **tables)
    assert len(found) == 1
    assert "material 'ore' has no row for 2030–2031" in found[0]
    assert why in found[0]


def test_years_outside_the_horizon() -> None:
    found = errors(
        contributions=[{"member": "fund", "year": 2029, "amount_musd": 1}],
        outlays=[{"member": "fund", "year": 2032, "amount_musd": 1}],
        demand=series_of(range(2030, 2033), demand_t_per_year=1),
        supply_limits=series_of(range(2029, 2032), limit_t_per_year=1),
        prices=series("material", ["oxide"], range(2029, 2032), price_usd_per_t=50_000),
    )
    assert [text.split(",")[0] for text in found] == [
        "prices",
        "supply_limits",
        "demand",
        "contributions",
        "outlays",
    ]
    assert found[2] == "demand, year: row 'motors/2032': 2032 is outside the horizon 2030–2031"


def tranche(number: int, share: float, cost: float) -> dict[str, Any]:
    """A tranche of `motors`."""
    return {"segment": "motors", "tranche": number, "share": share, "cost_usd_per_t": cost}


def origin(stage: str, share: float) -> dict[str, Any]:
    """An origin of `chn`'s oxide in China."""
    return {"supplier": "chn", "stage": stage, "country": "CHN", "share": share}


ROWS: list[tuple[dict[str, Any], str]] = [
    (
        {"scenarios": [scenario("a", 0.5, nominal=True), scenario("b", 0.4)]},
        "scenarios, probability: the probabilities sum to 0.9, not 1",
    ),
    (
        {"scenarios": [scenario("a", 1)]},
        "scenarios, nominal: no scenario is nominal; mark the world without shocks with true",
    ),
    (
        {"scenarios": []},
        "scenarios, nominal: no scenario is nominal; mark the world without shocks with true",
    ),
    (
        {"scenarios": [scenario("a", 0.5, nominal=True), scenario("b", 0.5, nominal=True)]},
        "scenarios, nominal: row 'b': only one scenario can be nominal, and 'a' is already",
    ),
    (
        {"members": [{"id": "fund", "burden_share": 0.5}]},
        "members, burden_share: the burden shares sum to 0.5, not 1",
    ),
    (
        {"tranches": []},
        "tranches, segment: segment 'motors' has no tranche; its shortage needs a cost",
    ),
    (
        {"tranches": [tranche(1, 0.5, 6e5), tranche(2, 0.4, 7e5)]},
        "tranches, share: row 'motors/2': the shares of segment 'motors' sum to 0.9, not 1",
    ),
    (
        {"tranches": [tranche(1, 0.5, 6e5), tranche(2, 0.5, 6e5)]},
        "tranches, cost_usd_per_t: row 'motors/2': 600,000 USD/t is not above tranche 1's 600,000;"
        " costs must rise",
    ),
    (
        {"origins": [origin("extraction", 0.7)]},
        "origins, share: row 'chn/extraction/CHN': the shares of supplier 'chn' at extraction sum"
        " to 0.7, not 1",
    ),
    (
        {"origins": [origin("processing", 1)]},
        "origins, stage: row 'chn/processing/CHN': processing is not before processing, the stage"
        " of 'oxide'; there the origin is the supplier's own country",
    ),
    (
        {"routes": [{"origin": "home", "destination": "home", "material": "oxide"}]},
        "routes, destination: row 'home/home/oxide': 'home' is the origin as well",
    ),
    (
        {"routes": []},
        "segments, material: row 'motors': 'oxide' gets to abroad, but no route brings it to"
        " 'home'",
    ),
    (
        {"suppliers": []},
        "segments, material: row 'motors': nobody makes, sells or collects 'oxide'",
    ),
    (
        {"zones": [{"id": "home"}, {"id": "home"}, {"id": "abroad"}]},
        "zones, id: row 'home': another row has the same id 'home'; a key must be unique",
    ),
    (
        {"countries": [*world()["countries"], {"id": "CHI", "zone": "home"}]},
        "countries, id: row 'CHI': 'CHI' is not an ISO 3166-1 alpha-3 code",
    ),
    (
        {"provenance": [{"of_table": "project", "row": "x", "field": "y"}]},
        "provenance, of_table: row 'project/x/y': there is no table 'project' (did you mean"
        " projects?)",
    ),
    (
        {"provenance": [{"of_table": "zones", "row": "hom", "field": "nam"}]},
        "provenance, field: row 'zones/hom/nam': zones has no column 'nam' (did you mean name?)",
    ),
    (
        {"provenance": [{"of_table": "zones", "row": "hom", "field": "name"}]},
        "provenance, row: row 'zones/hom/name': zones has no row 'hom' (did you mean home?)",
    ),
]


@pytest.mark.parametrize(("tables", "message"), ROWS)
def test_tables(tables: dict[str, Any], message: str) -> None:
    assert message in errors(**tables)


def test_codes_that_iso_leaves_to_users_are_countries() -> None:
    countries = [*world()["countries"], {"id": "XKX", "zone": "home"}]
    assert errors(countries=countries) == []


def test_material_passes_through_an_entrepot_only() -> None:
    routes = [
        {"origin": "abroad", "destination": "hub", "material": "oxide"},
        {"origin": "hub", "destination": "home", "material": "oxide"},
    ]
    zones = [*world()["zones"], {"id": "hub"}]
    assert errors(routes=routes, zones=zones) == [
        "segments, material: row 'motors': 'oxide' gets to abroad, hub, but no route brings it to"
        " 'home'"
    ]
    assert (
        errors(routes=routes, zones=zones, entrepots=[{"zone": "hub", "material": "oxide"}]) == []
    )


def test_scrap_and_demand_of_nothing_need_no_supplier() -> None:
    scrap = {"zone": "home", "material": "oxide", "year": 2030, "arisings_t_per_year": 1}
    assert errors(suppliers=[], arisings=[scrap | {"collection_rate": 1}]) == []
    assert errors(suppliers=[], demand=series_of(range(2030, 2032), demand_t_per_year=0)) == []


WARNINGS: list[tuple[dict[str, Any], str]] = [
    (
        {"settings": {"base_year": 2031}},
        "settings, base_year: 2031 is after first_year: early money then counts for more",
    ),
    (
        {"settings": {"objective": {"sense": "maximise"}}},
        "settings, objective.weights.expected_cost: a weight of 1 with sense maximise rewards the"
        " wrong end",
    ),
    (
        {"scenarios": [scenario("a", 1, nominal=True), scenario("b", 0)]},
        "scenarios, probability: row 'b': a scenario with probability 0 counts for nothing",
    ),
    (
        {"scenarios": [scenario("a", 0.5, nominal=True), scenario("b", 0.5)]},
        "scenarios, id: row 'b': 'b' has no shock, delay or failure: it repeats the nominal one",
    ),
    (
        {"tranches": [tranche(1, 1, 10)]},
        "tranches, cost_usd_per_t: row 'motors/1': 10 USD/t is below the market price of up to"
        " 50,000: going without is cheaper than buying",
    ),
    (
        {"members": [{"id": "fund", "burden_share": 1}]},
        "members, id: row 'fund': 'fund' has neither contributions nor opening cash",
    ),
    (
        {"corridors": [{"id": "port", "capacity_t_per_year": 0}]},
        "corridors, capacity_t_per_year: row 'port': 'port' has no capacity and no project adds"
        " any",
    ),
    (
        {"corridors": [{"id": "port", "capacity_t_per_year": 0}]},
        "corridors, id: row 'port': 'port' is not used anywhere",
    ),
    (
        {"segments": []},
        "segments: there is no demand, no sale and no score: no project earns anything",
    ),
    (
        {"zones": [*world()["zones"], {"id": "moon"}]},
        "zones, id: row 'moon': 'moon' is not used anywhere",
    ),
    (
        {
            "routes": [
                *world()["routes"],
                {"origin": "home", "destination": "abroad", "material": "ore"},
            ]
        },
        "routes, origin: row 'home/abroad/ore': nobody in 'home' makes, buys or collects 'ore'",
    ),
    (
        {
            "routes": [
                *world()["routes"],
                {"origin": "home", "destination": "abroad", "material": "ore"},
            ]
        },
        "routes, destination: row 'home/abroad/ore': nobody in 'abroad' can use or sell 'ore'",
    ),
    (
        {"sales": [{"zone": "home", "material": "ore", "price_share": 1, "limit_t_per_year": 1}]},
        "sales, material: row 'home/ore': 'ore' never gets to 'home'",
    ),
    (
        {
            "arisings": [
                {
                    "zone": "home",
                    "material": "oxide",
                    "year": 2020,
                    "arisings_t_per_year": 1,
                    "collection_rate": 1,
                }
            ]
        },
        "arisings, year: row 'home/oxide/2020': 2020 is outside the horizon 2030–2031 and is not"
        " used",
    ),
    (
        {"instruments": [{"id": "gift", "kind": "grant", "interest_rate": 0.1}]},
        "instruments, interest_rate: row 'gift': a grant does not use it; a loan does",
    ),
    (
        {"instruments": [{"id": "stake", "kind": "equity", "tenor_years": 5}]},
        "instruments, dividend_rate: row 'stake': the equity never pays a dividend",
    ),
]


@pytest.mark.parametrize(("tables", "message"), WARNINGS)
def test_worth_a_look(tables: dict[str, Any], message: str) -> None:
    assert message in warnings(**tables)


def test_a_scenario_of_delays_alone_is_not_idle() -> None:
    tables = {"scenarios": [scenario("a", 0.5, nominal=True), scenario("b", 0.5)]}
    late = [{"scenario": "b", "project": "pit", "years": 1}]

    assert any("repeats the nominal" in text for text in warnings(**tables))
    found = warnings(project("pit"), **tables, delays=late)
    assert not any("repeats the nominal" in text for text in found)


def test_slips_of_unit() -> None:
    plants = [project(f"p{n}", capacity_t_per_year=1000 + n) for n in range(4)]
    demand = [
        {"segment": "motors", "year": 2030 + n, "demand_t_per_year": 1000 * (1, 1, 200, 1, 1)[n]}
        for n in range(5)
    ]
    price = [50_000, 50_000, 50_000, 50, 50_000]
    prices = [
        {"material": "oxide", "year": 2030 + n, "price_usd_per_t": price[n]} for n in range(5)
    ]
    found = warnings(
        *plants,
        project("big", capacity_t_per_year=1_000_000),
        years=YEARS,
        demand=demand,
        prices=prices,
    )
    assert (
        "projects, capacity_t_per_year: row 'big': 1,000,000 against a median of 1,002 among mine"
        " projects of its stage: a slip of unit?"
    ) not in found
    assert [text for text in found if "slip" in text] == [
        "prices, price_usd_per_t: row 'oxide/2033': 50 against a median of 50,000 of 'oxide' over"
        " the"
        " years: a slip of unit?",
        "demand, demand_t_per_year: row 'motors/2032': 200,000 after 1,000 t in 2031: a slip of"
        " unit?",
        "demand, demand_t_per_year: row 'motors/2033': 1,000 after 200,000 t in 2032: a slip of"
        " unit?",
    ]
    huge = warnings(*plants, project("big", capacity_t_per_year=2e6), years=YEARS)
    assert any("row 'big': 2,000,000 against a median of 1,002" in text for text in huge)


def test_stockpiles_are_compared_with_those_of_their_material() -> None:
    """Two thousand times as much of a cheap metal as of a dear one is no slip."""

    def kept(name: str, material: str, size: float) -> dict[str, object]:
        return {
            "id": name,
            "country": "AUS",
            "status": "candidate",
            "kind": "stockpile",
            "main_material": material,
            "capacity_t_per_year": size,
        }

    dear = [kept(f"dear-{n}", "ore", 10.0) for n in range(3)]
    cheap = [kept(f"cheap-{n}", "oxide", 20_000.0) for n in range(3)]
    stocks = [*dear, *cheap, kept("slipped", "ore", 10_000.0)]
    rows = [{"project": row["id"], "material": row["main_material"]} for row in stocks]
    found = warnings(projects=stocks, stockpiles=rows)

    assert [text.split("'")[1] for text in found if "slip of unit" in text] == ["slipped"]


def test_assumed_values() -> None:
    """Only figures that differ from their default count; provenance speaks for single cells."""
    base = assumed_values(instance())
    made = instance(
        project("a", quality="reported", build_years=0, latitude=5.0),
        project("b", ramp=(0.5, 1.0), life_years=2),
        provenance=[
            {"of_table": "projects", "row": "a", "field": "capex_musd", "quality": "assumed"},
            {"of_table": "projects", "row": "b", "field": "capex_musd", "quality": "derived"},
        ],
    )
    # Of a: capacity, latitude, capex (assumed); of b: capacity, ramp, life (assumed), capex.
    # Each has one figure more in its ingredients, assumed.
    assert assumed_values(made) == (base[0] + 1 + 3 + 2, base[1] + 3 + 4 + 2)


def test_a_draft_without_a_table_is_judged_without_it() -> None:
    made = instance(project("salar"))
    empty = made.model_copy(update={"suppliers": (), "prices": ()})
    assert any(finding.level == "error" for finding in findings_of(Draft(empty)))
    lost = {"suppliers": None, "prices": None}
    found = findings_of(Draft(empty, lost))
    assert [finding for finding in found if finding.level == "error"] == []


def test_row_order_changes_neither_instance_nor_faults() -> None:
    made = rich()
    for table in made.tables():
        rows = getattr(made, table)
        assert made.replaced(**{table: tuple(reversed(rows))}) == made


def test_relations_are_reported_in_the_order_of_their_keys() -> None:
    found = errors(
        project("a"),
        project("b"),
        relations=[relation("z", "requires", "a"), relation("y", "excludes", "b")],
    )
    assert [text.split("'")[1] for text in found] == ["y", "z"]
