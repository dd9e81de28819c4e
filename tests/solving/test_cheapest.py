"""The cheapest plan for the fund within the gap: it never pays for what is not proven better."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from optimizer import check
from optimizer.plan import Options
from optimizer.presentation.report import report
from optimizer.presentation.report.layout import plain
from tests.support.factories import instance, project
from tests.support.inprocess import solve_here
from tests.support.profiles import examples
from tests.support.strategies import instances

if TYPE_CHECKING:
    from optimizer.instance import Instance

USUAL = Options(gap=0.005, worth_gap=0.02)
WIDE = Options(gap=0.02, worth_gap=0.1)


def two_mines(**given: Any) -> Instance:
    """Each mine makes half of what is wanted in both years and saves 50 M$ of oxide; one costs 10,
    the other 49.9."""
    half = {"capacity_t_per_year": 500, "life_years": 2}
    return instance(
        project("good", capex_musd=10, **half), project("dear", capex_musd=49.9, **half), **given
    )


def test_what_is_worth_less_than_the_gap_is_not_paid_for() -> None:
    """Both come to 59.9, the good one alone to 60: 0.17 % of the cost, 0.25 % of the worth, and the
    fund keeps 49.9."""
    case = two_mines()
    plan = solve_here(case, USUAL)

    assert plan.chosen == [("good", 2030)]
    assert plan.criteria["fund_cost"] == pytest.approx(10.0)
    assert plan.proof.objective == pytest.approx(60.0)
    assert plan.proof.bound == pytest.approx(59.9)
    assert (plan.proof.status, plan.proof.stopped_by) == ("optimal", "gap")
    assert plan.proof.spared is not None
    assert plan.proof.spared.fund_cost == pytest.approx(59.9)
    assert plan.proof.spared.objective == pytest.approx(59.9)
    assert check(case, plan).ok
    said = " ".join(plain(report(plan, case)).split())
    assert (
        "costs the fund 10.0 M$ instead of 59.9 M$, and gives up 0.10 M$ of the objective." in said
    )


@pytest.mark.parametrize(
    ("options", "given"),
    [
        (Options(gap=0.0, worth_gap=0.02), {}),
        (Options(gap=0.005, worth_gap=0.002), {}),
        (USUAL, {"settings": {"cost_of_public_funds": 0.001}}),
        (USUAL, {"settings": {"objective": {"weights": {"expected_cost": 1, "fund_cost": 0.001}}}}),
    ],
    ids=["no gap", "a gap of worth of 0.08", "public money costs", "fund_cost is weighed"],
)
def test_nothing_is_given_up_where_there_is_no_room(options: Options, given: Any) -> None:
    """Or where the objective says itself what money is worth: 0.05 of 49.9 is less than 0.1."""
    plan = solve_here(two_mines(**given), options)

    assert sorted(p for p, _ in plan.chosen) == ["dear", "good"]
    assert plan.proof.spared is None


def test_what_is_said_to_be_spared_is_checked() -> None:
    case = two_mines()
    plan = solve_here(case, USUAL)
    assert plan.proof.spared is not None
    for wrong in ({"fund_cost": 9.0}, {"objective": 59.0}):
        spared = plan.proof.spared.replaced(**wrong)
        spoilt = replace(plan, proof=plan.proof.replaced(spared=spared))

        assert {one.rule for one in check(case, spoilt).violations} == {"spared"}


def test_private_money_takes_the_place_of_the_fund_s_within_the_gap() -> None:
    """Half of the mine's 10 may be private at a premium of 0.01: 0.05 of 60, that the fund need not
    pay 5."""
    mine = project(
        "good",
        capex_musd=10,
        capacity_t_per_year=500,
        life_years=2,
        private_appetite=0.5,
        private_premium=0.01,
    )
    exact, usual = solve_here(instance(mine)), solve_here(instance(mine), USUAL)

    assert exact.criteria["fund_cost"] == pytest.approx(10.0)
    assert usual.criteria["fund_cost"] == pytest.approx(5.0)
    assert usual.proof.objective == pytest.approx(60.05)


def test_what_a_further_step_may_give_up_is_not_exceeded() -> None:
    """The step asks for the least carbon, of which there is none: it grants 0.3, and the dear mine
    costs 0.1. A tolerance of 0.1 % grants 0.06."""
    step = {"step": 2, "criterion": "carbon", "weight": 1.0}
    wide = two_mines(steps=[step | {"tolerance_share": 0.005}])
    narrow = two_mines(steps=[step | {"tolerance_share": 0.001}])
    options = Options(gap=1e-9, worth_gap=1.0)

    assert solve_here(wide, options).chosen == [("good", 2030)]
    assert len(solve_here(narrow, options).chosen) == 2


@given(instances())
@settings(derandomize=True, max_examples=examples(30))
def test_a_cheaper_plan_is_as_good_within_the_gaps(case: Instance) -> None:
    """Against the optimum, found with no gap at all: its bound holds, and no rule is broken."""
    best, plan = solve_here(case), solve_here(case, WIDE)
    assert best.proof.objective is not None
    assert plan.proof.objective is not None
    room = 1e-6 * max(1.0, abs(best.proof.objective))

    assert check(case, plan).ok
    assert plan.proof.status == "optimal"
    assert plan.proof.objective - best.proof.objective <= 0.02 * abs(plan.proof.objective) + room
    assert plan.criteria["fund_cost"] <= best.criteria["fund_cost"] + room
    if plan.proof.spared is not None:
        assert plan.criteria["fund_cost"] < plan.proof.spared.fund_cost
        assert plan.proof.spared.objective == pytest.approx(best.proof.objective, rel=1e-6)
    if (worth := plan.proof.worth or 0.0) > 0:
        assert plan.proof.objective - best.proof.objective <= 0.1 * worth + room
