"""When the rounds of a search grow, rest and end, argued by hand."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.highs.process import Answer
from optimizer.solving.rounds import FREED, GROWTH, LONGEST_REST, PATIENCE, PATIENCE_BESIDE, Rounds


def portfolio(value: float | None, *, in_time: bool = True) -> Answer:
    """What a round found, if anything."""
    x = None if value is None else np.zeros(1)
    return Answer("optimal" if in_time else "time_limit", x, value, None, "", 0.0)


def test_a_round_counts_that_found_something_better() -> None:
    rounds = Rounds(is_beside=False)

    assert rounds.count(portfolio(100.0), portfolio(99.0), 0.0)
    assert not rounds.count(portfolio(99.0), portfolio(99.0), 0.0)
    assert not rounds.count(portfolio(99.0), portfolio(None), 0.0)
    assert rounds.fruitless == 2
    assert rounds.count(portfolio(99.0), portfolio(98.0), 0.0)
    assert rounds.fruitless == 0


def test_more_is_freed_after_a_round_that_ended_in_time_and_less_after_one_that_did_not() -> None:
    rounds = Rounds(is_beside=False)
    rounds.count(portfolio(100.0), portfolio(99.0), 0.0)
    assert rounds.freed == pytest.approx(FREED * GROWTH)

    rounds.count(portfolio(99.0), portfolio(None, in_time=False), 0.0)
    assert rounds.freed == pytest.approx(FREED)


@pytest.mark.parametrize(("is_beside", "patience"), [(False, PATIENCE), (True, PATIENCE_BESIDE)])
def test_it_ends_after_rounds_in_vain(is_beside: bool, patience: int) -> None:
    rounds = Rounds(is_beside)
    for _ in range(patience):
        assert not rounds.over
        rounds.count(portfolio(100.0), portfolio(None), 0.0)

    assert rounds.over


def test_it_rests_after_rounds_that_closed_less_of_the_gap_than_the_proof() -> None:
    """The portfolio becomes better by 1 while the proof lifts its bound by 2, then by 0.5."""
    rounds = Rounds(is_beside=True)
    rounds.count(portfolio(100.0), portfolio(99.0), 2.0)
    assert rounds.rest_s(4.0) == 4.0

    rounds.count(portfolio(99.0), portfolio(99.0), 0.0)
    assert rounds.rest_s(4.0) == 8.0

    rounds.count(portfolio(99.0), portfolio(98.0), 0.5)
    assert rounds.rest_s(4.0) == 0.0


def test_no_rest_is_longer_than_so_many_rounds() -> None:
    rounds = Rounds(is_beside=True)
    for _ in range(2 * LONGEST_REST):
        rounds.count(portfolio(100.0), portfolio(None), 0.0)

    assert rounds.rest_s(4.0) == 4.0 * LONGEST_REST
