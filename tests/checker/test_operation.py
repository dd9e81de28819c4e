"""Rules 9 to 16: what runs, moves, is served, shared and collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.factories import instance, project, scenario, shock
from tests.support.small_plans import broken, granted, rows

if TYPE_CHECKING:
    from optimizer.instance import Instance


@pytest.mark.parametrize(
    ("fields", "year", "online"),
    [
        ({}, 2030, 1.0),
        ({"build_years": 1}, 2030, 0.0),
        ({"build_years": 1}, 2031, 1.0),
        ({"ramp": (0.25, 1.0)}, 2030, 0.25),
        ({"ramp": (0.25, 1.0)}, 2031, 1.0),
        ({"life_years": 1}, 2031, 0.0),
        ({"offtake_share": 0.4}, 2031, 0.4),
        ({"recipe": {"capacity_use": 2.0}}, 2031, 0.5),
        ({"status": "operating"}, 2030, 1.0),
        ({"status": "committed", "online_year": 2031, "ramp": (0.5, 1.0)}, 2030, 0.0),
        ({"status": "committed", "online_year": 2031, "ramp": (0.5, 1.0)}, 2031, 0.5),
        ({"status": "operating", "online_year": 2021, "life_years": 10}, 2030, 1.0),
        ({"status": "operating", "online_year": 2021, "life_years": 10}, 2031, 0.0),
    ],
)
def test_rule_9_knows_what_is_online(fields: dict[str, Any], year: int, online: float) -> None:
    """The plant makes what is online, and the rest is bought; a hundredth more is too much."""
    world = instance(project("salar", **fields))
    money = granted("salar") if "status" not in fields else {}

    def run(made: float) -> set[str]:
        bought = {2030: 1.0, 2031: 1.0} | {year: 1.0 - made}
        activity = [("nominal", year, "salar", "main", made)] if made else []
        return broken(
            world,
            activity=activity,
            purchases=[("nominal", y, "chn", kt) for y, kt in bought.items()],
            flows=[("nominal", y, "abroad", "home", "oxide", kt) for y, kt in bought.items()],
            **money,
        )

    assert run(online) == set()
    assert "9 capacity" in run(online + 0.01)


def shocked(kind: str, factor: float, **targets: Any) -> dict[str, Any]:
    """An instance's scenarios, the second of them with a shock in 2031."""
    return {
        "scenarios": [scenario("nominal", 0.5, nominal=True), scenario("bad", 0.5)],
        "shocks": [shock("bad", kind, factor, (2031, 2031), **targets)],
    }


def in_bad_2031(world: Instance, **given: tuple[Any, ...]) -> set[str]:
    """Rules broken where the shocked year has its own operation."""
    table = rows(world)
    table["operated_as"] = [
        row if row[:2] != ("bad", 2031) else ("bad", 2031, "bad") for row in table["operated_as"]
    ]
    for name, row in given.items():
        table[name] = [*table.get(name, []), ("bad", 2031, *row)]
    return broken(world, **table)


IMPORT = {"purchases": ("chn", 1.0), "flows": ("abroad", "home", "oxide", 1.0)}


def test_a_shocked_year_needs_its_own_operation() -> None:
    world = instance(**shocked("supply", 0.5, country="CHN"))

    assert broken(world) == {"operated_as"}
    assert in_bad_2031(world, **IMPORT, served=("motors", 1.0)) == {"12 trade"}
    half = {"purchases": ("chn", 0.5), "flows": ("abroad", "home", "oxide", 0.5)}
    assert in_bad_2031(world, **half, served=("motors", 0.5), short=("motors", 1, 0.5)) == set()


def test_a_shock_that_changes_no_data_may_share_the_nominal_operation() -> None:
    """Nothing can be bought in 2031 anyway, so that losing the supplier changes nothing."""
    limits = [
        {"supplier": "chn", "year": year, "limit_t_per_year": tonnes}
        for year, tonnes in ((2030, 1000), (2031, 0))
    ]
    world = instance(supply_limits=limits, **shocked("supply", 0, country="CHN"))
    table = {name: [row for row in frame if row[1] != 2031] for name, frame in rows(world).items()}
    table["cash"], table["operated_as"] = rows(world)["cash"], rows(world)["operated_as"]
    table["short"] = [("nominal", 2031, "motors", 1, 1.0)]

    assert broken(world, **table) == set()


def test_rule_11_wants_a_by_product_to_go_somewhere() -> None:
    """The plant makes 0.5 kt of oxide and, with it, 1 kt of ore that nobody takes."""
    world = instance(project("salar", status="operating", makes={"oxide": 1, "ore": 2}))
    half = {
        "activity": [("nominal", year, "salar", "main", 0.5) for year in (2030, 2031)],
        "purchases": [("nominal", year, "chn", 0.5) for year in (2030, 2031)],
        "flows": [("nominal", year, "abroad", "home", "oxide", 0.5) for year in (2030, 2031)],
    }
    disposed = [("nominal", year, "home", "ore", 1.0) for year in (2030, 2031)]

    assert broken(world, **half) == {"11 balance"}
    assert broken(world, **half, disposed=disposed) == set()


def test_rule_12_closes_a_route_of_any_size() -> None:
    world = instance(**shocked("access", 0, destination="home"))

    assert in_bad_2031(world, **IMPORT, served=("motors", 1.0)) == {"12 trade"}
    stays = {"purchases": ("chn", 1.0), "disposed": ("abroad", "oxide", 1.0)}
    assert in_bad_2031(world, **stays, short=("motors", 1, 1.0)) == set()


def test_rule_12_lets_only_an_entrepot_pass_on() -> None:
    """China's oxide goes home and on to a third zone, where it is disposed of."""
    places: dict[str, Any] = {
        "zones": [{"id": "home"}, {"id": "abroad"}, {"id": "far"}],
        "routes": [
            {"origin": "abroad", "destination": "home", "material": "oxide"},
            {"origin": "home", "destination": "far", "material": "oxide"},
        ],
    }
    on = {
        "flows": [
            ("nominal", year, *route, "oxide", 1.0)
            for year in (2030, 2031)
            for route in (("abroad", "home"), ("home", "far"))
        ],
        "disposed": [("nominal", year, "far", "oxide", 1.0) for year in (2030, 2031)],
        "served": [],
        "short": [("nominal", year, "motors", 1, 1.0) for year in (2030, 2031)],
    }

    assert broken(instance(**places), **on) == {"12 trade"}
    entrepots = [{"zone": "home", "material": "oxide"}]
    assert broken(instance(**places, entrepots=entrepots), **on) == set()


def test_rule_13_takes_the_demand_of_the_scenario() -> None:
    world = instance(**shocked("demand", 0.5, segment="motors"))
    half = {"purchases": ("chn", 0.5), "flows": ("abroad", "home", "oxide", 0.5)}

    assert in_bad_2031(world, **IMPORT, served=("motors", 1.0)) == {"13 demand"}
    assert in_bad_2031(world, **half, served=("motors", 0.5)) == set()


def test_rule_9_takes_an_outage_off() -> None:
    """The operating plant makes half of its 1 kt, the other half is bought."""
    world = instance(
        project("salar", status="operating"), **shocked("outage", 0.5, project="salar")
    )
    half = {"purchases": ("chn", 0.5), "flows": ("abroad", "home", "oxide", 0.5)}
    made = {"activity": ("salar", "main", 0.5), "served": ("motors", 1.0)}

    assert in_bad_2031(world, **half, **made) == set()
    assert in_bad_2031(world, activity=("salar", "main", 1.0), served=("motors", 1.0)) == {
        "9 capacity"
    }


def test_rule_15_counts_what_infrastructure_adds() -> None:
    """A quay of 0.4 kt and a port of 0.6 kt, started in 2030, carry the 1 kt of imports."""
    world = instance(
        project("port", makes=None, kind="infrastructure", corridor="quay",
                capacity_t_per_year=600),
        corridors=[{"id": "quay", "capacity_t_per_year": 400}],
        routes=[{"origin": "abroad", "destination": "home", "material": "oxide",
                 "corridor": "quay"}],
    )  # fmt: skip

    assert broken(world) == {"15 shared_capacity"}
    assert broken(world, **granted("port")) == set()


def test_rule_16_collects_what_arises_in_the_year() -> None:
    arising = {"zone": "home", "material": "scrap", "year": 2030, "arisings_t_per_year": 200.0}
    world = instance(
        materials=[
            {"id": "oxide", "chain": "rare", "stage": "processing"},
            {"id": "scrap", "chain": "rare", "stage": "scrap"},
        ],
        contents=[],
        arisings=[arising | {"collection_rate": 0.25}],
    )

    def collect(year: int, kt: float) -> set[str]:
        there = ("nominal", year, "home", "scrap", kt)
        return broken(world, collected=[there], disposed=[there])

    assert collect(2030, 0.05) == set()
    assert collect(2030, 0.06) == {"16 closed_loop"}
    assert collect(2031, 0.05) == {"16 closed_loop"}
