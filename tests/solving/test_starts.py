"""Second ways to a first portfolio, where fixing what the relaxation is sure of leads to none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.generate import Size
from benchmarks.schedule import scheduled
from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.highs.process import Answer, Watch, solve_program
from optimizer.plan import Options
from optimizer.program.stamp import stamp
from optimizer.solving import first_step as search
from optimizer.solving import portfolio, rounds
from optimizer.solving.solve import solve
from optimizer.solving.starts import second_ways
from tests.support.factories import instance, project, relation
from tests.support.inprocess import solve_program_here

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.program.program import Program
    from optimizer.program.stamped import Stamped


@pytest.fixture(scope="module")
def schedule() -> Stamped:
    return stamp(Worlds.of(scheduled(Size(60, 10, 1))))


def fixed(stamped: Stamped, values: NDArray[np.float64]) -> Program:
    """The program with every start as given."""
    w = stamped.investment.columns["w"]
    lower, upper = stamped.program.lower.copy(), stamped.program.upper.copy()
    lower[w] = upper[w] = values
    return stamped.program.with_bounds(lower, upper)


def relaxation(stamped: Stamped) -> NDArray[np.float64]:
    x = solve_program_here(stamped.program.relaxed(), Limits()).x
    assert x is not None
    return x


def test_lists_keep_to_precedence_and_to_the_money_of_each_year(schedule: Stamped) -> None:
    """The careful list and doing nothing are portfolios; the list starts more, and is better."""
    hopeful, careful, nothing = second_ways(schedule, relaxation(schedule))
    values = [solve_program_here(fixed(schedule, way), Limits()) for way in (careful, nothing)]

    assert nothing.sum() == 0
    assert hopeful.sum() >= careful.sum() > 0
    assert all(answer.ending == "optimal" for answer in values)
    assert (values[0].objective or 0.0) < (values[1].objective or 0.0)


def test_what_the_relaxation_is_sure_of_has_no_portfolio_around_it(
    schedule: Stamped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search goes on by another way, and hands its portfolio to the proof as a start."""
    stages: list[tuple[str, bool]] = []

    def solved(
        program: Program, limits: Limits, watch: Watch, start: NDArray[np.float64] | None = None
    ) -> Answer:
        first = watch.stage == "first portfolio" and not any(s == watch.stage for s, _ in stages)
        stages.append((watch.stage, start is not None))
        if first:
            return Answer("infeasible", None, None, None, "", 0.0)
        if watch.stage == "portfolio":
            return Answer("interrupt", None, None, None, "", 0.0)
        return solve_program(program, limits, watch, start)

    monkeypatch.setattr(search, "SEARCHED_FROM", 0)
    monkeypatch.setattr(rounds, "PATIENCE", 1)
    monkeypatch.setattr(search, "solve_program", solved)
    answer = search.first_step(schedule, Options(gap=0.0, worth_gap=0.0), np.inf, Watch())

    assert stages[-1] == ("portfolio", True)
    assert answer.x is not None
    assert schedule.program.violation(answer.x) < 1e-6


def test_a_list_starts_what_a_project_waits_for() -> None:
    """Port, then mine a year later: the relaxation wants both at once, the list knows better."""
    stamped = stamp(
        Worlds.of(
            instance(
                project("port", makes=None, kind="programme", capex_musd=1),
                project("mine", life_years=4, capex_musd=20),
                years=(2030, 2033),
                relations=[relation("way", "requires", "mine", "port", lag_years=1)],
            )
        )
    )
    columns = {key: n for n, key in enumerate(stamped.investment.keys["w"])}
    x = np.zeros(len(stamped.program.cost))
    x[: len(columns)] = 1.0
    first = next(second_ways(stamped, x))

    assert first[columns["port", 2030]] == 1
    assert first[columns["mine", 2030]] == 0
    assert first[columns["mine", 2031]] == 1


def test_a_list_leaves_out_what_nothing_is_left_for() -> None:
    """Sixty of a hundred are spent on the first; the second would need sixty more."""
    stamped = stamp(
        Worlds.of(
            instance(
                project("a", capex_musd=60),
                project("b", capex_musd=60),
                members=[{"id": "fund", "burden_share": 1.0, "opening_cash_musd": 100}],
            )
        )
    )
    x = np.ones(len(stamped.program.cost))
    first = next(second_ways(stamped, x))
    started = {p for (p, _), on in zip(stamped.investment.keys["w"], first, strict=True) if on}

    assert started == {"a"}


def test_where_the_search_had_no_time_doing_nothing_is_the_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its limit came before any portfolio: the plan to go on as before is told with its status."""
    nothing = Answer("time_limit", None, None, None, "", 0.0)
    monkeypatch.setattr(portfolio, "first_step", lambda *_, **__: nothing)
    world = instance(project("works", life_years=4, latest_start=2030), years=(2030, 2033))
    plan = solve(world, Options(time_limit_s=600))

    assert plan.found
    assert plan.chosen == []
    assert plan.proof.objective == pytest.approx(200)
    assert (plan.proof.status, plan.proof.stopped_by) == ("feasible", "time_limit")


def test_two_that_exclude_each_other_are_not_both_listed() -> None:
    stamped = stamp(
        Worlds.of(
            instance(
                project("a"),
                project("b"),
                relations=[relation("either", "excludes", "a", "b")],
            )
        )
    )
    first = next(second_ways(stamped, np.ones(len(stamped.program.cost))))
    started = {p for (p, _), on in zip(stamped.investment.keys["w"], first, strict=True) if on}

    assert len(started) == 1
