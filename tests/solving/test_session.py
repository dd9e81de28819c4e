"""The clock of a solve: what of a time limit a search may take, and what is left out after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optimizer.errors import SolverFailed
from optimizer.highs.process import Answer, Stop
from optimizer.plan import Options
from optimizer.solving import session as clocked
from optimizer.solving.session import MOST_RESERVED, RESERVED_PASSES, RESERVED_S, Session
from tests.support.inprocess import solve_program_here

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.highs.limits import Limits
    from optimizer.program.program import Program


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(clocked.time, "monotonic", found)
    return found


def started(clock: Clock, limit_s: float | None) -> Session:
    return Session(Options(time_limit_s=limit_s), None, Stop(), began=clock.now)


def test_a_search_leaves_room_for_what_follows_it(clock: Clock) -> None:
    """Four seconds before the search: it gets 100 − 4 − (1 + 2 · 4)."""
    session = started(clock, 100.0)
    clock.now += 4.0
    session.reserve()

    assert session.of_search().time_limit_s == pytest.approx(
        100 - 4 - RESERVED_S - RESERVED_PASSES * 4
    )
    assert session.left() == pytest.approx(96)
    assert not session.over


def test_a_search_leaves_room_to_say_how_firm_its_plan_is(clock: Clock) -> None:
    """Half a second before the search: it gets 100 − 0.5 − (1 + 22 · 0.5)."""
    session = Session(Options(time_limit_s=100.0, firm=True), None, Stop(), began=clock.now)
    clock.now += 0.5
    session.reserve()

    assert session.of_search().time_limit_s == pytest.approx(100 - 0.5 - 12)


def test_a_short_limit_is_not_all_reserved(clock: Clock) -> None:
    session = started(clock, 10.0)
    clock.now += 5.0
    session.reserve()

    assert session.of_search().time_limit_s == pytest.approx(10 - 5 - MOST_RESERVED * 10)


def test_after_the_limit_there_is_next_to_nothing(clock: Clock) -> None:
    session = started(clock, 10.0)
    session.reserve()
    clock.now += 11.0

    assert session.left() == 0
    assert session.over
    assert 0 < (session.of_search().time_limit_s or 0) < 0.01


def test_without_a_limit_nothing_is_kept(clock: Clock) -> None:
    session = started(clock, None)
    clock.now += 1e6
    session.reserve()

    assert session.left() is None
    assert session.of_search() == session.options
    assert not session.over


def test_a_plan_in_hand_is_completed_after_the_limit(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The linear programs of a complete plan have a limit of their own."""
    from tests.solving.test_process import KNAPSACK

    asked: list[Limits] = []

    def solved(program: Program, limits: Limits, *_: object) -> Answer:
        asked.append(limits)
        return solve_program_here(program, limits)

    monkeypatch.setattr(clocked, "solve_program", solved)
    session = started(clock, 10.0)
    clock.now += 11.0

    assert session.linear(KNAPSACK.relaxed(), "operation") is not None
    assert asked[0].time_limit_s == clocked.TIME_LIMIT_OF_AN_LP_S


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("time_limit", "did not end within 600 s"),
        ("infeasible", "no solution, though one is known"),
    ],
)
def test_a_linear_program_that_fails_says_what_to_do(
    ending: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.solving.test_process import KNAPSACK

    def failed(*_: object) -> Answer:
        return Answer(ending, None, None, None, "", 0.0)  # type: ignore[arg-type]

    monkeypatch.setattr(clocked, "solve_program", failed)
    step: Callable[..., object] = Session(Options(), None, Stop()).linear

    with pytest.raises(SolverFailed, match=rf"operation: .*{told}.*\. (Take|Look) "):
        step(KNAPSACK, "operation")
