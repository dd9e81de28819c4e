"""Weak duality: a bound that holds whatever the multipliers are, and in exact arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.instance.formats.reader import load
from optimizer.program.program import Program
from optimizer.program.stamp import stamp
from optimizer.program.weak_duality import WeakDuality, usable, within
from tests.support.inprocess import solve_program_here
from tests.support.numbered import numbered
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def program(
    cost: list[float],
    rows: list[list[float]],
    sides: list[tuple[float, float]],
    columns: list[tuple[float, float]],
    offset: float = 0.0,
) -> Program:
    """A linear program by its numbers."""
    return Program(
        cost=np.array(cost),
        offset=offset,
        lower=np.array([low for low, _ in columns]),
        upper=np.array([high for _, high in columns]),
        integer=np.zeros(len(cost), dtype=bool),
        matrix=sparse.csc_array(np.array(rows, dtype=float).reshape(len(sides), len(cost))),
        row_lower=np.array([low for low, _ in sides]),
        row_upper=np.array([high for _, high in sides]),
        **numbered(len(sides), len(cost)),
    )


def exact(of: Program, y: Floats, lower: Floats, upper: Floats) -> Fraction | None:
    """The bound of weak duality in rationals; None where it is −∞."""
    total, matrix = Fraction(of.offset), sparse.csc_array(of.matrix)
    for i, multiplier in enumerate(y):
        if multiplier:
            side = of.row_lower[i] if multiplier > 0 else of.row_upper[i]
            total += Fraction(float(multiplier)) * Fraction(float(side))
    for j, cost in enumerate(of.cost):
        entries = range(matrix.indptr[j], matrix.indptr[j + 1])
        products = (
            Fraction(float(matrix.data[k])) * Fraction(float(y[matrix.indices[k]])) for k in entries
        )
        reduced = Fraction(float(cost)) - sum(products, Fraction(0))
        if reduced:
            side = lower[j] if reduced > 0 else upper[j]
            if not math.isfinite(side):
                return None
            total += reduced * Fraction(float(side))
    return total


TWO = ([3.0, 2.0], [[1.0, 1.0], [1.0, -1.0]], [(4.0, math.inf), (-math.inf, 2.0)])
"""3a + 2b at a + b ≥ 4 and a − b ≤ 2: the best is b = 4, that is 8."""


def test_the_multipliers_of_the_optimum_prove_the_optimum() -> None:
    """By hand: y = (2, 0) leaves reduced costs (1, 0), so nothing is below 2 · 4."""
    of = program(*TWO, [(0.0, 10.0), (0.0, 10.0)])

    assert WeakDuality(of).bound(np.array([2.0, 0.0]), of.lower, of.upper) == pytest.approx(8.0)


def test_other_multipliers_prove_less_and_never_more() -> None:
    """By hand: y = (5, 0) leaves (−2, −3), both at 10: 20 − 50. A row has no side for y = −1."""
    of = program(*TWO, [(0.0, 10.0), (0.0, 10.0)])
    duality = WeakDuality(of)

    assert duality.bound(np.array([5.0, 0.0]), of.lower, of.upper) == pytest.approx(-30.0)
    assert duality.bound(np.array([-1.0, 1.0]), of.lower, of.upper) == pytest.approx(0.0)
    assert duality.bound(np.array([np.nan, np.inf]), of.lower, of.upper) == pytest.approx(0.0)


def test_a_column_without_an_upper_bound_that_gains_proves_nothing() -> None:
    of = program([-1.0], [[1.0]], [(0.0, math.inf)], [(0.0, math.inf)])

    assert WeakDuality(of).bound(np.zeros(1), of.lower, of.upper) == -math.inf


def test_rows_bound_what_columns_do_not() -> None:
    """By hand: a ≤ 3 by the first row, then b ≤ 3 + 2 by the second, and c ≥ −5 by the third."""
    of = program(
        [0.0, -1.0, 1.0],
        [[1.0, 0.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 1.0, 1.0]],
        [(-math.inf, 3.0), (-math.inf, 2.0), (0.0, math.inf)],
        [(0.0, math.inf), (0.0, math.inf), (-math.inf, 0.0)],
    )

    lower, upper = within(of)

    assert upper[:2] == pytest.approx([3.0, 5.0])
    assert (upper[:2] >= [3.0, 5.0]).all()
    assert lower[2] == pytest.approx(-5.0)
    assert lower[2] <= -5.0


def test_what_only_helps_is_asked_for_no_more_than_the_rows_miss() -> None:
    """A penalised excess: a ≤ 1 + e with a ≤ 4 asks for at most 3, also beside another excess."""
    of = program(
        [-1.0, 0.5, 0.5],
        [[1.0, -1.0, -2.0]],
        [(-math.inf, 1.0)],
        [(0.0, 4.0), (0.0, math.inf), (0.0, math.inf)],
    )

    _, upper = within(of)

    assert upper[1:] == pytest.approx([3.0, 1.5])
    assert (upper[1:] >= [3.0, 1.5]).all()


def test_what_helps_one_row_and_hurts_another_is_not_bounded_so() -> None:
    of = program(
        [-1.0, 0.5],
        [[1.0, -1.0], [0.0, 1.0], [1.0, 1.0]],
        [(-math.inf, 1.0), (-1e9, math.inf), (-math.inf, math.inf)],
        [(0.0, math.inf), (0.0, math.inf)],
    )

    assert np.isposinf(within(of)[1]).all()


def test_no_multipliers_call_a_program_with_a_solution_contradictory() -> None:
    of = program(*TWO, [(0.0, 10.0), (0.0, 10.0)])
    random = np.random.default_rng(1)

    for _ in range(200):
        assert not WeakDuality(of).contradicts(random.normal(size=2), of.lower, of.upper)


def test_a_ray_proves_that_there_is_no_solution() -> None:
    """By hand: a + b ≥ 4 with both at most 1; y = (1, 0) says 4 − 2 > 0."""
    of = program(*TWO, [(0.0, 1.0), (0.0, 1.0)])

    assert WeakDuality(of).contradicts(np.array([1.0, 0.0]), of.lower, of.upper)


@given(st.integers(0, 10**6))
def test_it_is_never_above_what_rationals_say_and_hardly_below(seed: int) -> None:
    """On random instances, with the multipliers of an optimum and with such multipliers bent."""
    of = stamp(Worlds.of(random_instance(seed))).program.relaxed()
    answer = solve_program_here(of, Limits(duals=True))
    if answer.ending != "optimal":
        return
    assert answer.duals is not None
    assert answer.objective is not None
    lower, upper = within(of)
    random = np.random.default_rng(seed)
    bent = answer.duals * random.uniform(0.5, 1.5, len(answer.duals))
    for duals in (answer.duals, bent):
        bound, reduced = WeakDuality(of).proven(duals, lower, upper)
        right = exact(of, usable(of, duals), lower, upper)
        if right is not None:
            assert bound <= right
            assert bound >= float(right) - 1e-7 * max(1.0, abs(float(right)))
        assert bound <= answer.objective + 1e-6 * max(1.0, abs(answer.objective))
        assert (reduced.least <= reduced.most).all()


@pytest.mark.parametrize("name", ["tiny", "embargo-2010"])
def test_nothing_is_lost_of_the_relaxation_of_real_instances(name: str) -> None:
    """Relative loss below 1e-9; every column has bounds, its own or derived ones."""
    of = stamp(Worlds.of(load(f"instances/{name}"))).program.relaxed()
    answer = solve_program_here(of, Limits(duals=True))
    assert answer.duals is not None
    lower, upper = within(of)

    bound = WeakDuality(of).bound(answer.duals, lower, upper)

    assert bound == pytest.approx(answer.objective, rel=1e-9)
    assert np.isfinite(lower).all()
    assert np.isfinite(upper).all()
