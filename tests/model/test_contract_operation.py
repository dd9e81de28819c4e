"""Contracts in operation: rule 10 price floors, and offtake under rule 9."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.checker import check
from tests.program.test_stamp import assert_same_program
from tests.support import hand_promises
from tests.support.deciding import a_year, decide, missed
from tests.support.factories import instance, project, scenario, series, shock
from tests.support.inprocess import solve_here

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

YEARS = (2030, 2033)
CRASH = {
    "scenarios": [scenario("nominal", 0.5, nominal=True), scenario("crash", 0.5)],
    "shocks": [
        shock("crash", "price", 0.5, (2031, 2033), material="oxide"),
        shock("crash", "supply", 0.0, (2031, 2033), country="CHN", id="and-gone"),
    ],
}
"""From 2031 on oxide costs half, and China, which undercuts everybody, then delivers none."""


def output(plan: Plan, name: str, scenario: str, year: int) -> float:
    rows = plan.tables.activity
    rows = rows[(rows["project"] == name) & (rows["scenario"] == scenario) & (rows["year"] == year)]
    return float(rows["kt"].sum())


def test_rule_10_a_plant_below_cash_cost_runs_as_far_as_it_stays_open() -> None:
    """A quarter of 0.4 kt in the crash, and the rest if the floor opens it; no row else."""
    world = hand_promises.hand_instance()
    worlds = Worlds.of(world)
    assert worlds.blocks[2] == ("crash", 2031)
    assert worlds.closing.tolist() == [[float("inf")], [float("inf")], [pytest.approx(0.1)]]

    m = a_year(world, 2, online={"mine": 0.4})
    decide(m, activity={("mine", "main"): 0.3})
    assert missed(m, "price_floor") == {"price_floor[mine]"}
    decide(m, activity={("mine", "main"): 0.3}, opened={"mine": 0.3})
    assert not missed(m, "price_floor")


def test_rule_9_an_offtake_adds_capacity_and_is_owed() -> None:
    m = a_year(hand_promises.hand_instance(), 1, online={"smelter": 0.2})
    link = {"contracted": {"smelter": 0.3}, "owed": {"smelter": 0.15}}

    decide(m, activity={("smelter", "main"): 0.5}, **link)
    assert not missed(m, "capacity", "offtake")
    decide(m, activity={("smelter", "main"): 0.51}, **link)
    assert missed(m, "capacity") == {"capacity[smelter]"}
    decide(m, activity={("smelter", "main"): 0.1}, untaken={"smelter": 0.04}, **link)
    assert missed(m, "offtake") == {"offtake[smelter]"}


def test_the_hand_plan_by_its_parts() -> None:
    found = check(hand_promises.hand_instance(), hand_promises.hand_plan())

    assert found.violations == ()
    assert {k: found.parts[k] for k in hand_promises.PARTS} == pytest.approx(hand_promises.PARTS)


def test_the_stamped_rows_are_those_of_the_whole_model() -> None:
    assert_same_program(hand_promises.hand_instance())
    assert_same_program(mining(floor=45_000))


def mining(floor: float | None, **fields: Any) -> Instance:
    """A mine with a cash cost of 40,000 USD/t that nobody keeps open in a crash without a floor.

    It costs 100 M$, makes 1 kt in 2031 to 2033, and going without costs 500 M$/kt.
    """
    given = {"build_years": 1, "life_years": 3, "open_share": 0.0} | fields
    mine = project("mine", capex_musd=100, recipe={"opex_usd_per_t": 40_000}, **given)
    terms = {"id": "floor", "project": "mine", "kind": "price_floor", "tenor_years": 10}
    contracts = [] if floor is None else [terms | {"price_usd_per_t": floor}]
    return instance(mine, years=YEARS, contracts=contracts, **CRASH)


def test_a_floor_is_what_makes_a_mine_worth_its_money() -> None:
    """Without it the mine stands still in the crash: 100 M$ to save 3 · 10 in the other half.

    With it 0.5 · 3 · 460 M$ of shortage are saved; the fund expects to pay 20 M$ for a year and kt
    in the crash, three years: 30.
    """
    without, plan = solve_here(mining(None)), solve_here(mining(45_000))

    assert without.chosen == []
    assert plan.chosen == [("mine", 2030)]
    assert plan.tables.signed.values.tolist() == [["floor", 2030]]
    assert output(plan, "mine", "crash", 2032) == pytest.approx(1.0)
    assert plan.criteria["fund_cost"] == pytest.approx(100 + 0.5 * 3 * 20)


def test_a_mine_that_stays_open_needs_no_floor() -> None:
    """Limiting case: with an open_share of 1 no floor is signed, for it would do nothing."""
    plan = solve_here(mining(45_000, open_share=1.0))

    assert plan.chosen == [("mine", 2030)]
    assert plan.tables.signed.empty


def test_a_floor_below_every_price_still_opens() -> None:
    """It never pays, and yet the promise keeps the mine open: fund_cost is the grant alone."""
    plan = solve_here(mining(25_000))

    assert plan.chosen == [("mine", 2030)]
    assert plan.criteria["fund_cost"] == pytest.approx(100)


def taking(take_share: float, opex: float = 0.0, **tables: Any) -> Instance:
    """China sells 0.8 of 1 kt; half of a smelter in Malaysia can be had by an offtake."""
    smelter = project("smelter", status="operating", country="MYS", capex_musd=0,
                      offtake_share=0.0, kind="refinery",
                      recipe={"opex_usd_per_t": opex})  # fmt: skip
    contract = {"id": "offtake", "project": "smelter", "kind": "offtake", "signing_year": 2030,
                "tenor_years": 10, "offtake_share": 0.5, "take_share": take_share}  # fmt: skip
    given = hand_promises.TABLES | {
        "supply_limits": series("supplier", ["chn"], range(2030, 2034), limit_t_per_year=800),
        "contracts": [contract],
        "scenarios": [scenario("nominal", 1.0, nominal=True)],
        "shocks": [],
    }
    return instance(smelter, years=YEARS, **given | tables)


def test_an_offtake_is_signed_where_supply_is_short() -> None:
    """0.2 kt a year are worth 450 M$/kt; half of 0.5 kt is owed, and 0.2 taken: 0.05 paid for."""
    plan = solve_here(taking(0.5))

    assert plan.tables.signed["contract"].tolist() == ["offtake"]
    assert output(plan, "smelter", "nominal", 2031) >= 0.2 - 1e-9
    assert plan.criteria["expected_shortage"] == pytest.approx(0.0, abs=1e-9)


def test_an_offtake_that_is_not_needed_is_not_signed() -> None:
    """With 1 kt from China at the same price, what is owed only costs."""
    limits = series("supplier", ["chn"], range(2030, 2034), limit_t_per_year=1000)
    cheap = [{"material": "oxide", "year": y, "price_usd_per_t": 50_000} for y in range(2030, 2034)]
    ore = [{"material": "ore", "year": y, "price_usd_per_t": 1000} for y in range(2030, 2034)]
    plan = solve_here(taking(1.0, supply_limits=limits, prices=cheap + ore))

    assert plan.tables.signed.empty


def test_rule_10_leaves_a_plant_alone_that_never_closes() -> None:
    """Oxide sells at 500 USD/t and costs 1,000 to make; an open share of 1 has no row of rule 10.

    So what the offtake adds beyond the plant's own share, here 0, runs, and the checker agrees.
    """
    years = range(2030, 2034)
    cheap = [{"material": "oxide", "year": y, "price_usd_per_t": 500} for y in years]
    ore = [{"material": "ore", "year": y, "price_usd_per_t": 1000} for y in years]

    plan = solve_here(taking(0.0, 1000.0, prices=cheap + ore))

    assert plan.tables.signed["contract"].tolist() == ["offtake"]
    assert output(plan, "smelter", "nominal", 2031) >= 0.2 - 1e-9
