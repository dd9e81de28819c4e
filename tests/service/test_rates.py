"""Counting of requests: in windows that move, each for itself, and kept no longer than needed."""

from __future__ import annotations

from api.http.windows import PERIOD_S, Windows


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """What it shows."""
        return self.now


def test_a_window_moves() -> None:
    """Two in any minute: the third comes in when a minute has passed since the first."""
    clock = Clock()
    windows = Windows(clock)
    entered = []
    for moment in (0, 30, 59, 60, 61, 89, 90):
        clock.now = 1000.0 + moment
        entered.append(windows.enter("one", 2))
    assert entered == [True, True, False, True, False, False, True]


def test_each_has_a_window_of_its_own() -> None:
    windows = Windows(Clock())
    assert [windows.enter(name, 1) for name in ("one", "other", "one")] == [True, True, False]


def test_what_is_left_is_told_and_when_there_is_more() -> None:
    clock = Clock()
    windows = Windows(clock)
    assert windows.left("one", 3) == (3, PERIOD_S)
    windows.enter("one", 3)
    clock.now += 20
    windows.enter("one", 3)
    assert windows.left("one", 3) == (1, 40)
    clock.now += 40
    assert windows.left("one", 3) == (2, 20)


def test_a_window_that_is_empty_is_dropped() -> None:
    clock = Clock()
    windows = Windows(clock)
    for number in range(100):
        windows.enter(f"address {number}", 9)
    assert len(windows) == 100
    clock.now += PERIOD_S
    windows.enter("one", 9)
    assert len(windows) == 1
