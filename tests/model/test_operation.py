"""Rules 9, 11 to 13, 15 and 16: what runs, moves, is bought and is missed in a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optimizer.blocks.online import online_terms, settled_share
from optimizer.blocks.worlds import Worlds
from tests.support.deciding import a_year, decide, missed, slacks
from tests.support.factories import instance, project, scenario, series, shock, world

if TYPE_CHECKING:
    from optimizer.instance import Instance


def online(years: tuple[int, int], starts: int, **fields: Any) -> list[float]:
    """Share online in each year of a candidate started in a year."""
    worlds = Worlds.of(instance(project("pit", **fields), years=years))
    return [
        sum(c for start, c in online_terms(worlds.q, "pit", year) if start >= starts)
        for year in range(years[0], years[1] + 1)
    ]


def test_rule_9_capacity_ramps_up_and_retires() -> None:
    """Started in 2031, a year to build, ramp 0.5 then 1, a life of three years: half in 2032, all
    in 2033 and 2034, nothing from 2035."""
    share = online((2030, 2036), 2031, build_years=1, ramp=(0.5, 1.0), life_years=3)

    assert share == [0, 0, 0.5, 1, 1, 0, 0]


def test_rule_9_after_its_window_w_stays() -> None:
    """Started in 2030, the only year of its window: w of later years is that of 2030, so it runs
    until it retires after two years."""
    assert online((2030, 2033), 2030, latest_start=2030, life_years=2) == [1, 1, 0, 0]


def test_rule_9_what_is_not_started_is_not_online() -> None:
    assert online((2030, 2033), 2034) == [0, 0, 0, 0]


@pytest.mark.parametrize("status", ["operating", "committed"])
def test_rule_9_settled_plants_ramp_up_from_their_online_year(status: str) -> None:
    """Online in 2031, ramp 0.5 then 1, a life of three years. Without a year: full for good."""
    fields: dict[str, Any] = {"status": status, "capex_musd": 0, "life_years": 3, "ramp": (0.5, 1)}
    plants = (project("dated", online_year=2031, **fields), project("old", **fields))
    worlds = Worlds.of(instance(*plants, years=(2030, 2034)))

    assert [settled_share(worlds.q, "dated", year) for year in range(2030, 2035)] == [
        0,
        0.5,
        1,
        1,
        0,
    ]
    assert [settled_share(worlds.q, "old", year) for year in range(2030, 2035)] == [1] * 5


def test_rule_9_only_the_offtake_share_is_the_alliances() -> None:
    """Half of 1,000 t is 0.5 kt."""
    worlds = Worlds.of(instance(project("pit", offtake_share=0.5)))

    assert worlds.q.capacity("pit") == 0.5


def test_rule_9_an_outage_takes_capacity() -> None:
    """In the strike a quarter is left of the pit in 2031, and nothing has happened to the hill."""
    worlds = Worlds.of(
        instance(
            project("pit"),
            project("hill"),
            scenarios=[scenario("nominal", 0.5, nominal=True), scenario("strike", 0.5)],
            shocks=[shock("strike", "outage", 0.25, (2031, 2031), project="pit")],
        )
    )

    available = dict(zip(worlds.blocks, worlds.availability.tolist(), strict=True))
    assert list(worlds.q.plants) == ["hill", "pit"]
    assert available == {
        ("nominal", 2030): [1, 1],
        ("nominal", 2031): [1, 1],
        ("strike", 2031): [1, 0.25],
    }


def test_rule_9_recipes_share_the_capacity() -> None:
    """Of 0.9 online, 0.3 in the main recipe uses 0.3, and 0.4 in the other, which takes twice the
    room, 0.8: 0.2 too much."""
    m = a_year(
        instance(
            project("works"),
            recipes=[{"project": "works", "recipe": "slow", "capacity_use": 2}],
            ingredients=[
                {
                    "project": "works",
                    "recipe": "slow",
                    "material": "oxide",
                    "direction": "output",
                    "t_per_t": 1,
                }
            ],
        ),
        online={"works": 0.9},
    )

    decide(m, activity={("works", "main"): 0.3, ("works", "slow"): 0.4})

    assert m.capacity["works"].slack() == pytest.approx(-0.2)


def test_rule_11_what_comes_to_a_zone_leaves_it() -> None:
    """0.6 made at home and 0.5 from abroad; 0.9 served, 0.1 thrown away: 0.1 is unaccounted for.
    Abroad 0.5 is bought and shipped."""
    m = a_year(instance(project("works")))

    decide(
        m,
        activity={("works", "main"): 0.6},
        purchase={"chn": 0.5},
        flow={("abroad", "home", "oxide"): 0.5},
        served={"motors": 0.9},
        disposed={("home", "oxide"): 0.1},
    )

    assert slacks(m.balance) == pytest.approx({("abroad", "oxide"): 0, ("home", "oxide"): -0.1})


def test_rule_11_byproducts_come_by_the_recipe() -> None:
    """0.2 of activity takes 2 · 0.2 = 0.4 ore and makes 0.2 oxide and 0.1 gypsum, which is sold.
    Ore: 0.5 is mined, so 0.1 must be thrown away."""
    m = a_year(
        instance(
            project("pit", makes="ore"),
            project("works", makes={"oxide": 1.0, "gypsum": 0.5}, uses={"ore": 2.0}),
            materials=[
                *world()["materials"],
                {"id": "gypsum", "chain": "rare", "stage": "processing"},
            ],
            sales=[
                {"zone": "home", "material": "gypsum", "price_share": 1, "limit_t_per_year": 500}
            ],
        )
    )
    run = {
        "activity": {("pit", "main"): 0.5, ("works", "main"): 0.2},
        "served": {"motors": 0.2},
        "sold": {("home", "gypsum"): 0.1},
    }

    decide(m, **run)
    assert missed(m, "balance") == {"balance[home,ore]"}
    assert m.balance["home", "ore"].slack() == pytest.approx(-0.1)
    decide(m, **run, disposed={("home", "ore"): 0.1})
    assert missed(m, "balance") == set()


def test_rule_11_scrap_is_collected_where_it_arises() -> None:
    """0.2 collected, 0.15 used: 0.05 is left over."""
    m = a_year(recycling())

    decide(
        m,
        collected={("home", "scrap"): 0.2},
        activity={("loop", "main"): 0.15},
        served={"motors": 0.15},
    )

    assert missed(m, "balance") == {"balance[home,scrap]"}
    assert m.balance["home", "scrap"].slack() == pytest.approx(-0.05)


def test_rule_12_suppliers_and_routes_have_limits() -> None:
    """China sells 1 kt, the route takes 0.4: with 1.1 both are exceeded."""
    routes = [world()["routes"][0] | {"capacity_t_per_year": 400}]
    m = a_year(instance(routes=routes))

    decide(m, purchase={"chn": 1.1}, flow={("abroad", "home", "oxide"): 1.1})

    assert m.purchase_limit["chn"].slack() == pytest.approx(-0.1)
    assert m.flow_limit["abroad", "home", "oxide"].slack() == pytest.approx(-0.7)


def embargoed(kind: str, factor: float, **targets: Any) -> Worlds:
    return Worlds.of(
        instance(
            routes=[
                world()["routes"][0],
                {
                    "origin": "home",
                    "destination": "abroad",
                    "material": "oxide",
                    "capacity_t_per_year": 500,
                },
            ],
            scenarios=[scenario("nominal", 0.5, nominal=True), scenario("embargo", 0.5)],
            shocks=[shock("embargo", kind, factor, (2031, 2031), **targets)],
        )
    )


def test_rule_12_a_quota_bites_against_everyone() -> None:
    """A quarter of 1 kt in the embargo's 2031."""
    worlds = embargoed("supply", 0.25, country="CHN")

    assert worlds.supply_limit.tolist() == [[1], [1], [0.25]]


def test_rule_12_an_access_shock_cuts_one_destination() -> None:
    """Closed towards home from China, however large the route; the way back is as it was. A factor
    of 0.5 on it leaves 0.25 kt."""
    inf = float("inf")

    closed = embargoed("access", 0, country="CHN", destination="home")
    assert closed.route_limit.tolist() == [[inf, 0.5], [inf, 0.5], [0, 0.5]]
    halved = embargoed("access", 0.5, destination="abroad")
    assert halved.route_limit.tolist() == [[inf, 0.5], [inf, 0.5], [inf, 0.25]]


def through_malaysia(**tables: Any) -> Instance:
    """China's oxide can get home through Malaysia, which has 0.3 kt of its own to sell."""
    return instance(
        zones=[{"id": name} for name in ("home", "abroad", "south")],
        countries=[*world()["countries"], {"id": "MYS", "zone": "south"}],
        suppliers=[*world()["suppliers"], {"id": "mys", "country": "MYS", "material": "oxide"}],
        routes=[
            {"origin": "abroad", "destination": "south", "material": "oxide"},
            {"origin": "south", "destination": "home", "material": "oxide"},
        ],
        **tables,
    )


PASSED_ON = {
    "purchase": {"chn": 0.7, "mys": 0.3},
    "flow": {("abroad", "south", "oxide"): 0.7, ("south", "home", "oxide"): 1.0},
    "served": {"motors": 1.0},
}


def test_rule_12_nothing_is_passed_on() -> None:
    """Malaysia ships 1.0 and has 0.3 of its own: 0.7 are China's. Everything balances all the
    same, which is why there is a rule."""
    m = a_year(through_malaysia())

    decide(m, **PASSED_ON)

    assert missed(m) == {"no_transshipment[south,oxide]"}
    assert m.no_transshipment["south", "oxide"].slack() == pytest.approx(-0.7)


def test_rule_12_an_entrepot_may_pass_on() -> None:
    """Listed as an entrepot, Malaysia has no such row."""
    m = a_year(through_malaysia(entrepots=[{"zone": "south", "material": "oxide"}]))

    decide(m, **PASSED_ON)

    assert missed(m) == set()


def test_rule_12_sales_have_a_limit_and_are_no_passing_on() -> None:
    """0.2 kt may be sold from home: 0.3 is 0.1 too much, and 0.3 more than home has of its own."""
    sale = {"zone": "home", "material": "oxide", "price_share": 0.5, "limit_t_per_year": 200}
    m = a_year(instance(sales=[sale]))

    decide(m, sold={("home", "oxide"): 0.3})

    assert m.sale_limit["home", "oxide"].slack() == pytest.approx(-0.1)
    assert m.no_transshipment["home", "oxide"].slack() == pytest.approx(-0.3)


TRANCHES = [
    {"segment": "motors", "tranche": 1, "share": 0.2, "cost_usd_per_t": 100_000},
    {"segment": "motors", "tranche": 2, "share": 0.8, "cost_usd_per_t": 900_000},
]


def test_rule_13_demand_is_served_or_short() -> None:
    """1 kt is wanted; 0.6 served and 0.3 short leave 0.1. The first tranche takes 0.2 of it, so
    0.3 is 0.1 too much."""
    m = a_year(instance(tranches=TRANCHES))

    decide(m, served={"motors": 0.6}, short={("motors", 1): 0.3})

    assert m.demand_met["motors"].slack() == pytest.approx(-0.1)
    assert m.tranche["motors", 1].slack() == pytest.approx(-0.1)
    assert m.tranche["motors", 2].slack() == pytest.approx(0.8)


def test_rule_13_tranches_are_shares_of_the_scenarios_demand() -> None:
    """In the boom 1.5 kt are wanted: the first tranche takes 0.3."""
    m = a_year(
        instance(
            tranches=TRANCHES,
            scenarios=[scenario("nominal", 0.5, nominal=True), scenario("boom", 0.5)],
            shocks=[shock("boom", "demand", 1.5, (2031, 2031))],
        ),
        block=2,
    )

    decide(m, served={"motors": 1.2}, short={("motors", 1): 0.3})

    assert missed(m, "demand_met", "tranche") == set()


def shared() -> Instance:
    """A railway of 0.5 kt that the route home and the works use and a siding adds to."""
    return instance(
        project("works", corridor="rail"),
        project("siding", kind="infrastructure", makes=None, corridor="rail"),
        corridors=[{"id": "rail", "capacity_t_per_year": 500}],
        routes=[world()["routes"][0] | {"corridor": "rail"}],
    )


def test_rule_15_users_share_the_corridor() -> None:
    """0.4 shipped and 0.3 made are 0.2 more than 0.5."""
    m = a_year(shared())

    decide(m, flow={("abroad", "home", "oxide"): 0.4}, activity={("works", "main"): 0.3})

    assert m.shared_capacity["rail"].slack() == pytest.approx(-0.2)


def test_rule_15_infrastructure_adds_to_the_corridor() -> None:
    """With 0.25 of the siding online the room is 0.75, and 0.05 is left. The works' own capacity
    adds nothing."""
    m = a_year(shared(), online={"siding": 0.25, "works": 1.0})

    decide(m, flow={("abroad", "home", "oxide"): 0.4}, activity={("works", "main"): 0.3})

    assert m.shared_capacity["rail"].slack() == pytest.approx(0.05)


def recycling() -> Instance:
    """300 t of scrap arise at home in 2030, of which half can be collected, and none in 2031."""
    return instance(
        project("loop", kind="recycling", uses={"scrap": 1.0}),
        materials=[*world()["materials"], {"id": "scrap", "chain": "rare", "stage": "scrap"}],
        arisings=[
            {
                "zone": "home",
                "material": "scrap",
                "year": 2030,
                "arisings_t_per_year": 300,
                "collection_rate": 0.5,
            }
        ],
    )


def test_rule_16_collection_is_a_share_of_what_arises() -> None:
    """0.15 kt can be collected in 2030: 0.2 is 0.05 too much. In 2031 nothing arises."""
    for block, slack in ((0, -0.05), (1, -0.2)):
        m = a_year(recycling(), block)
        decide(m, collected={("home", "scrap"): 0.2})
        assert m.closed_loop["home", "scrap"].slack() == pytest.approx(slack)


def test_years_without_a_shock_are_the_nominal_year() -> None:
    """Three scenarios over three years: only 2031 of the embargo is a world of its own. A shock
    that changes nothing makes none, whether its factor is 1 or another takes it back."""
    worlds = Worlds.of(
        instance(
            years=(2030, 2032),
            scenarios=[
                scenario("nominal", 0.5, nominal=True),
                scenario("embargo", 0.3),
                scenario("quiet", 0.2),
            ],
            shocks=[
                shock("embargo", "supply", 0.5, (2031, 2031), country="CHN"),
                shock("quiet", "demand", 1.0, (2030, 2032)),
                shock("quiet", "supply", 0.5, (2031, 2032), id="halved"),
                shock("quiet", "supply", 2.0, (2031, 2032), id="doubled"),
            ],
        )
    )

    assert worlds.blocks == [
        ("nominal", 2030),
        ("nominal", 2031),
        ("nominal", 2032),
        ("embargo", 2031),
    ]
    assert worlds.weights.tolist() == pytest.approx([1.0, 0.7, 1.0, 0.3])
    assert worlds.operated_as["embargo", 2031] == 3
    assert worlds.operated_as["quiet", 2031] == 1


def test_shocks_on_the_same_thing_multiply() -> None:
    """0.5 by country and 0.4 by supplier leave 0.2 of 1 kt; the price doubles twice, to 200."""
    worlds = Worlds.of(
        instance(
            scenarios=[scenario("nominal", 0.5, nominal=True), scenario("crisis", 0.5)],
            prices=series("material", ["ore", "oxide"], (2030, 2031), price_usd_per_t=50_000),
            shocks=[
                shock("crisis", "supply", 0.5, (2031, 2031), country="CHN", id="a"),
                shock("crisis", "supply", 0.4, (2031, 2031), supplier="chn", id="b"),
                shock("crisis", "price", 2, (2031, 2031), material="oxide", id="c"),
                shock("crisis", "price", 2, (2030, 2031), material="oxide", id="d"),
            ],
        )
    )
    crisis = worlds.blocks.index(("crisis", 2031))

    assert worlds.supply_limit[crisis].tolist() == pytest.approx([0.2])
    assert worlds.price[crisis].tolist() == [50, 200]
    assert worlds.price[worlds.blocks.index(("crisis", 2030))].tolist() == [50, 100]
