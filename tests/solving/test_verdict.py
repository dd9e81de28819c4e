"""What is proven of a plan: its own value against the bound, whatever the solver called its end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from optimizer.errors import SolverFailed
from optimizer.highs.gap_test import GapTest
from optimizer.instance.formats.reader import load
from optimizer.plan import Options
from optimizer.solving import portfolio
from optimizer.solving.first_step import first_step
from optimizer.solving.further import most_given_up
from optimizer.solving.rounding import held_bound
from tests.support.factories import instance, project
from tests.support.inprocess import EXACT, solve_here

if TYPE_CHECKING:
    from optimizer.highs.process import Answer
    from optimizer.instance import Instance

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"


def saying(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> list[bool]:
    """First steps that say something else; returns whether each was searched with care."""
    asked: list[bool] = []

    def searched(*arguments: Any, careful: bool, keep: Any) -> Answer:
        asked.append(careful)
        return replace(first_step(*arguments, careful=careful, keep=keep), **changes)

    monkeypatch.setattr(portfolio, "first_step", searched)
    return asked


@pytest.mark.parametrize("ending", ["optimal", "time_limit", "interrupt"])
def test_a_plan_at_its_bound_is_optimal_whatever_ended_the_search(
    monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    saying(monkeypatch, ending=ending)
    proof = solve_here(load(TINY)).proof

    assert (proof.status, proof.stopped_by) == ("optimal", "gap")


@pytest.mark.parametrize(
    ("ending", "reason"),
    [("optimal", "numerics"), ("time_limit", "time_limit"), ("interrupt", "interrupt")],
)
def test_a_plan_far_from_its_bound_is_not_optimal_whatever_ended_the_search(
    monkeypatch: pytest.MonkeyPatch, ending: str, reason: str
) -> None:
    """The bound of 42 is 6 % under the objective of 44.768, and above what is verified, 39.85."""
    saying(monkeypatch, ending=ending, bound=42.0)
    proof = solve_here(load(TINY), Options(gap=0.01, worth_gap=1.0)).proof

    assert (proof.status, proof.stopped_by) == ("feasible", reason)
    assert proof.bound == 42.0
    assert proof.gap == pytest.approx(2.768 / 44.768)


def test_a_bound_below_what_is_verified_is_lifted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The solver says 39; the relaxation of tiny proves 39.853 without it."""
    saying(monkeypatch, bound=39.0)

    assert solve_here(load(TINY)).proof.bound == pytest.approx(39.85333333)


def test_the_gap_of_worth_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """44.5 is 0.6 % of cost away, 1.36 % of the worth of 19.712."""
    saying(monkeypatch, bound=44.5)

    assert solve_here(load(TINY), Options(gap=0.01, worth_gap=0.02)).proof.status == "optimal"
    assert solve_here(load(TINY), Options(gap=0.01, worth_gap=0.01)).proof.status == "feasible"


def test_a_bound_that_its_own_plan_beats_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searched again with care, and told where that does not help."""
    asked = saying(monkeypatch, bound=45.0)

    with pytest.raises(SolverFailed, match=r"better than 45, yet its own plan comes to 44\.768"):
        solve_here(load(TINY))
    assert asked == [False, True]


def test_a_point_that_does_not_keep_what_it_said_is_searched_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The solver speaks of 30; with whole decisions its plan comes to 44.768, far from 30."""
    asked = saying(monkeypatch, objective=30.0, bound=30.0)
    proof = solve_here(load(TINY)).proof

    assert asked == [False, True]
    assert (proof.status, proof.stopped_by) == ("feasible", "numerics")


def test_only_rounding_is_taken_off_a_bound() -> None:
    assert held_bound(10.0 + 1e-9, 10.0, 1e-6, "step") == 10.0
    assert held_bound(9.0, 10.0, 1e-6, "step") == 9.0
    assert held_bound(None, 10.0, 1e-6, "step") is None
    with pytest.raises(SolverFailed, match="step: "):
        held_bound(10.1, 10.0, 1e-6, "step")


@pytest.mark.parametrize("bound", [-120.0, -1.0, 0.0, 5.0, 80.0, 99.0, 130.0])
@pytest.mark.parametrize("gap", [0.0, 0.01, 0.5])
@pytest.mark.parametrize("worth_gap", [None, 0.0, 0.02, 3.0])
def test_the_largest_value_that_is_close_is_the_last_one(
    bound: float, gap: float, worth_gap: float | None
) -> None:
    """A hair below it is close, a hair above it is not; doing nothing scores 100."""
    close = GapTest(gap, worth_gap, 100.0)
    most, hair = close.largest(bound), 1e-7 * max(1.0, abs(bound))

    assert close.reached(max(bound, most - hair), bound)
    assert not close.reached(most + hair, bound)


@pytest.mark.parametrize(
    ("value", "gap", "tolerance", "most"),
    [
        (100.0, 0.0, 0.005, 100.5),  # proven to the end: the whole tolerance
        (100.4, 0.005, 0.005, 100.0 / 0.995),  # what is left of both
        (100.4, 0.01, 0.005, 100.4 * 1.005),  # the gap leaves room for it
        (100.9, 0.01, 0.005, 100.0 / 0.99),  # the gap leaves less
        (100.9, 0.01, 0.0, 100.9),  # no tolerance at all
    ],
)
def test_a_step_gets_what_the_gap_leaves(
    value: float, gap: float, tolerance: float, most: float
) -> None:
    """The bound is 100; what is maximised has signs changed, and may give up as much."""
    given = most_given_up(value, 100.0, tolerance, GapTest(gap))
    assert most_given_up(-25.0, -25.0, 0.2, GapTest(gap)) == pytest.approx(-20.0)

    assert given == pytest.approx(most, rel=3e-5)
    assert given >= value


def two_steps(tolerance: float) -> Instance:
    """Works costs 100 and saves 200; spare costs 10, makes nothing and has a value of 5."""
    return instance(
        project("works", life_years=4, latest_start=2030),
        project(
            "spare",
            makes=None,
            kind="programme",
            life_years=4,
            latest_start=2030,
            capex_musd=10,
            strategic_value=5,
        ),
        years=(2030, 2033),
        steps=[
            {
                "step": 2,
                "criterion": "strategic_value",
                "sense": "maximise",
                "tolerance_share": tolerance,
            }
        ],
    )


def test_a_tolerance_beyond_the_gap_is_said() -> None:
    """Ten of a hundred may be given up: the plan is 10 from the bound, as it was asked to be."""
    proof = solve_here(two_steps(0.2), EXACT).proof

    assert proof.objective is not None
    assert (proof.status, proof.stopped_by) == ("optimal", "tolerance")
    assert proof.granted is not None
    assert proof.bound is not None
    assert 0 < proof.objective - proof.bound <= proof.granted * (1 + 1e-6)


def test_what_is_verified_is_the_first_step_s_bound_though_further_steps_follow() -> None:
    """The further step gives up 10 of the objective; certified is the optimum without that."""
    plan = solve_here(two_steps(0.2), EXACT.replaced(certify=True))

    assert plan.certificate is not None
    assert plan.certificate.verified_bound == pytest.approx(plan.proof.bound, rel=1e-6)
    assert plan.proof.objective is not None
    assert plan.certificate.verified_bound < plan.proof.objective - 1


def test_a_tolerance_within_the_gap_leaves_the_gap() -> None:
    proof = solve_here(two_steps(0.2), Options(gap=0.25, worth_gap=1.0)).proof

    assert (proof.status, proof.stopped_by) == ("optimal", "gap")


def test_further_steps_that_were_not_taken_are_no_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step is proven, but its time was up: the second is not taken, and that is said."""
    saying(monkeypatch, ending="time_limit")
    proof = solve_here(two_steps(0.2), EXACT).proof

    assert (proof.status, proof.stopped_by) == ("feasible", "time_limit")
    assert proof.steps == ()


@pytest.mark.parametrize("times", [1e3, 1e5, 1e7])
def test_a_capacity_far_above_its_use(times: float) -> None:
    """With 50 t of demand and capacities of so many times that, hardly more than nothing of a
    start would do for a solver: the plan is that of a capacity that just suffices."""
    small = load(TINY).changed(
        {
            "demand.motors/2026.demand_t_per_year": 50.0,
            "demand.motors/2027.demand_t_per_year": 50.0,
            "projects.pit.capacity_t_per_year": 50.0,
            "projects.works.capacity_t_per_year": 50.0,
        }
    )
    large = small.changed(
        {
            "projects.pit.capacity_t_per_year": 50.0 * times,
            "projects.works.capacity_t_per_year": 50.0 * times,
        }
    )
    right, found = solve_here(small), solve_here(large)

    assert found.proof.status == "optimal"
    assert found.proof.objective == pytest.approx(right.proof.objective, rel=1e-6)
    assert found.chosen == right.chosen
    assert np.isclose(found.proof.gap or 0.0, 0.0, atol=1e-6)
