"""Do-nothing and worth under any objective: the world as it would be, operated at least cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optimizer import check, load
from optimizer.presentation.report import report
from optimizer.presentation.report.layout import plain
from tests.support.factories import instance, policy, project, scenario, shock
from tests.support.inprocess import solve_here

if TYPE_CHECKING:
    from optimizer.instance import Instance

WEIGHTS = "settings.objective.weights"
ONE_AT_LEAST = policy("some", "project_count", 1, sense="least")


def weighing(case: Instance, **weights: float) -> Instance:
    return case.changed({WEIGHTS: weights})


def test_do_nothing_is_operated_at_least_cost_whatever_the_objective() -> None:
    """Oxide at 50 M$ a kt is bought in both years; no objective makes 1,000 of shortage of it."""
    case = instance(project("mine"))
    without = solve_here(case).without_fund

    for name in ("fund_cost", "public_capital", "carbon", "strategic_value"):
        found = solve_here(weighing(case, **{name: 1.0}))
        assert found.without_fund == pytest.approx(without)
        assert found.without_fund["expected_cost"] == pytest.approx(100.0)
        assert found.without_fund["mean_shortage_cost"] == 0.0


def test_an_objective_of_the_fund_s_money_leaves_operation_at_least_cost() -> None:
    """A mine must be built: 100 granted, half of them for the years after the horizon (it lives
    four). It then serves the motors for nothing; going short would leave fund_cost as it is."""
    case = weighing(instance(project("mine", life_years=4), policies=[ONE_AT_LEAST]), fund_cost=1.0)
    plan = solve_here(case)

    assert plan.proof.objective == pytest.approx(100.0)
    assert plan.criteria["mean_shortage_cost"] == 0.0
    assert plan.criteria["expected_cost"] == pytest.approx(50.0)
    assert plan.proof.do_nothing == pytest.approx(0.0)
    assert plan.proof.worth == pytest.approx(-100.0)
    assert plan.proof.worth_parts is None
    assert plan.proof.status == "optimal"
    assert check(case, plan).ok


def test_nothing_to_pay_is_proven_and_worth_nothing() -> None:
    plan = solve_here(weighing(instance(project("mine")), fund_cost=1.0))

    assert plan.proof.objective == pytest.approx(0.0, abs=1e-6)
    assert plan.proof.gap == 0.0
    assert plan.proof.status == "optimal"
    assert plan.criteria["expected_cost"] == pytest.approx(100.0)


def test_worth_counts_what_operating_otherwise_gains() -> None:
    """Shortage at 40 M$ a kt is cheaper than oxide at 50, so the world goes 2 kt short; a plan that
    minimises the kilotonnes buys them."""
    tranche = {"segment": "motors", "tranche": 1, "share": 1.0, "cost_usd_per_t": 40_000}
    case = weighing(instance(tranches=[tranche]), expected_shortage=1.0)
    proof = solve_here(case).proof

    assert (proof.do_nothing, proof.objective) == pytest.approx((2.0, 0.0), abs=1e-9)
    assert proof.worth == pytest.approx(2.0)


def test_what_only_has_to_be_survived_runs_at_least_cost_under_any_objective() -> None:
    """The embargo of 2031 has no probability and misses the 0.2 kt that it must."""
    mine = project("mine", status="operating", capacity_t_per_year=800, capex_musd=0)
    case = instance(
        mine,
        scenarios=[
            scenario("nominal", 1.0, nominal=True),
            scenario("gone", 0.0, must_survive=True),
        ],
        shocks=[shock("gone", "supply", 0, (2031, 2031), country="CHN")],
        policies=[policy("lights", "must_survive", 0.5)],
    )
    plan = solve_here(weighing(case, fund_cost=1.0))

    assert plan.tables.short["kt"].tolist() == pytest.approx([0.2])
    assert check(weighing(case, fund_cost=1.0), plan).ok


@pytest.mark.parametrize(("share", "worth"), [(0.0, 10.0), (0.1, 1.0), (0.2, 0.0)])
def test_public_money_that_costs_more_than_it_saves_is_not_spent(
    share: float, worth: float
) -> None:
    """The mine saves two years of 50 M$ and costs 90 of grants: 10 remain, of which raising the 90
    takes 9 at 0.1 and more than all at 0.2."""
    mine = project("mine", capex_musd=90, life_years=2)
    plan = solve_here(instance(mine, settings={"cost_of_public_funds": share}))

    assert plan.chosen == ([("mine", 2030)] if worth else [])
    assert plan.criteria["public_funds_cost"] == pytest.approx(90 * share * bool(worth))
    assert plan.proof.worth == pytest.approx(worth)
    parts = plan.proof.worth_parts
    assert parts is not None
    saved = 10.0 if worth else 0.0
    assert (parts.undisturbed, parts.public_funds) == pytest.approx((saved, worth - saved))


def test_public_money_can_be_weighed_and_bounded_by_itself() -> None:
    """At 0.2 a mine of 90 costs 18 to raise; a bound of 17 forbids it, whatever it saves."""
    mine = project("mine", capex_musd=90, life_years=2)
    dear = {"tranches": [{"segment": "motors", "tranche": 1, "share": 1, "cost_usd_per_t": 9e5}]}
    given: dict[str, Any] = dear | {
        "settings": {"cost_of_public_funds": 0.2},
        "supply_limits": [
            {"supplier": "chn", "year": y, "limit_t_per_year": 0} for y in (2030, 2031)
        ],
    }
    rows = [policy("most", "criterion_bound", 17.0, criterion="public_funds_cost")]

    assert solve_here(instance(mine, **given)).chosen == [("mine", 2030)]
    assert solve_here(instance(mine, policies=rows, **given)).chosen == []


def test_the_worth_of_tiny_by_its_parts() -> None:
    """Nominal years: 10 + 0.8 · 10 without the fund; 27 + 1.528 + 10 + 0.8 · 6.7 with it. Shocks:
    0.5 · 0.8 · (126 − 10) against 0.5 · 0.8 · (8.7 − 6.7). Of works, pit and loop 4/9 lives on. The
    tail of a tenth is the embargo: 0.8 · 126 against 0.8 · 3 short, at λ = 0.7."""
    case = load("instances/tiny")
    parts = solve_here(case).proof.worth_parts
    averse = case.changed({"settings.objective.risk_weight": 0.7})
    plan = solve_here(averse)

    assert parts is not None
    assert parts.undisturbed == pytest.approx(18 - 43.888)
    assert parts.disruptions == pytest.approx(0.4 * 116 - 0.4 * 2)
    assert parts.salvage == pytest.approx((27 + 0.8 * 18 + 0.8 * 9) * 4 / 9)
    assert parts.risk == parts.public_funds == 0.0
    assert plan.proof.worth_parts is not None
    assert plan.proof.worth_parts.risk == pytest.approx(0.7 * 0.8 * (126 - 3))
    assert plan.proof.worth == pytest.approx(19.712 + 0.7 * 0.8 * 123)
    said = " ".join(plain(report(plan, averse)).split())
    assert "Its objective is 46.4 M$: an expected cost of 44.7 M$, a risk term of 1.68 M$" in said
    assert (
        "doing nothing comes to 135 M$, of which 64.4 M$ are expected cost. It saves 19.7 M$ of"
        in said
    )
    assert "45.6 by disruptions; besides, 68.9 M$ of the risk term." in said


def test_what_comes_by_itself_is_no_salvage_of_the_plan() -> None:
    """The fund takes a mine over a year before it would come by itself. It lives four years: after
    2031 two of them are left instead of three, so a quarter of 100 less is salvage."""
    mine = project(
        "mine",
        life_years=4,
        goes_ahead_alone=2031,
        capex_musd=100,
        private_appetite=1.0,
        bankable=True,
    )
    case = instance(mine)
    plan = solve_here(case)

    assert plan.chosen == [("mine", 2030)]
    assert plan.proof.worth_parts is not None
    assert plan.proof.worth_parts.salvage == pytest.approx(50.0 - 75.0)
    assert check(case, plan).ok
