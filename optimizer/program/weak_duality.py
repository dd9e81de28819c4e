"""A lower bound of a program that trusts no solver: weak duality, rounded outward.

For any multipliers y of the rows, with d = c − Aᵀy, each solution x of the program comes to

    c·x ≥ Σ_i (y_i · lower_i if y_i > 0 else y_i · upper_i) + Σ_j min(d_j · l_j, d_j · u_j)

(Neumaier and Shcherbina, Safe bounds in linear and mixed-integer linear programming, 2004). It
holds whatever the multipliers are; those of an optimal relaxation make it the relaxation's optimum.
Every number here is bounded with its own rounding error (Higham, Accuracy and Stability of
Numerical Algorithms, 2002, section 3.1), so the result is a bound in exact arithmetic too. What is
taken as exact are the program's own coefficients.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.program.program import Program

    Floats = NDArray[np.float64]

UNIT = 2.0**-53
"""Unit roundoff of a double."""
ROUNDS = 200
"""Most rounds in which bounds are derived from rows: each lets them reach one row further, and what
is saved one year further."""
SHRUNK = (0.0, 1e-12, 1e-9, 1e-6)
"""Shares by which multipliers are made smaller where they prove nothing. A column without an upper
bound must not have a negative reduced cost, not even by rounding: of one that costs something a
smaller multiplier leaves some of that cost over."""
WIDENED = 1e-9
"""Share of the size of what it is computed from by which a derived bound is widened: more than
what a row of a million entries can lose to rounding."""


@dataclass(frozen=True)
class Reduced:
    """Reduced costs d = c − Aᵀy, each known to lie between two numbers."""

    least: Floats
    most: Floats


@dataclass(frozen=True)
class WeakDuality:
    """A program made ready for bounds from many multipliers and many column bounds."""

    program: Program

    @cached_property
    def absolute(self) -> sparse.csc_array:
        """The sizes of the coefficients."""
        return sparse.csc_array(abs(self.program.matrix))

    def bound(self, duals: Floats, lower: Floats, upper: Floats) -> float:
        """A number that no solution within some column bounds is less than.

        Args:
            duals: (rows) multipliers, of any sign; those that a row has no side for count as 0.
            lower: (columns) least values.
            upper: (columns) most values.

        Returns:
            In the unit of the objective; −∞ where these multipliers prove nothing.
        """
        return self.proven(duals, lower, upper)[0]

    def proven(self, duals: Floats, lower: Floats, upper: Floats) -> tuple[float, Reduced]:
        """The same bound, with the reduced costs that it rests on."""
        y = usable(self.program, duals)
        for share in SHRUNK:
            smaller = (1.0 - share) * y
            reduced = self.reduced(smaller)
            bound = self._sum(smaller, reduced, lower, upper, self.program.offset)
            if math.isfinite(bound):
                break
        return bound, reduced

    def contradicts(self, ray: Floats, lower: Floats, upper: Floats) -> bool:
        """Whether multipliers prove that no x lies within rows and column bounds (Farkas).

        With costs of 0, a bound above 0 cannot be: 0·x is 0.
        """
        y = usable(self.program, ray)
        zero = np.zeros_like(self.program.cost)
        return self._sum(y, self.reduced(y, zero), lower, upper, 0.0) > 0

    def reduced(self, y: Floats, cost: Floats | None = None) -> Reduced:
        """Reduced costs c − Aᵀy of all columns, with what rounding can have done to them."""
        program = self.program
        cost = program.cost if cost is None else cost
        value = cost - program.matrix.T @ y
        size = np.abs(cost) + self.absolute.T @ np.abs(y)
        count = np.diff(program.matrix.indptr) + 3.0
        # The sum of sizes is itself rounded: twice the bound on the error covers that.
        error = 2.0 * (count * UNIT / (1.0 - count * UNIT)) * size
        # Where all terms are 0 nothing was rounded.
        least = np.where(size == 0, 0.0, _down(value - error))
        return Reduced(least, np.where(size == 0, 0.0, _up(value + error)))

    def _sum(
        self, y: Floats, reduced: Reduced, lower: Floats, upper: Floats, offset: float
    ) -> float:
        program = self.program
        sides = np.where(y > 0, program.row_lower, program.row_upper)
        rows = _product(y, np.where(y == 0, 0.0, sides))
        columns = least_contribution(reduced, lower, upper)
        if np.isneginf(columns).any():
            return -math.inf
        # fsum rounds once, whatever the order and the number of its terms.
        total = math.fsum([offset, *_down(rows).tolist(), *columns.tolist()])
        return float(np.nextafter(total, -np.inf))


def usable(program: Program, duals: Floats) -> Floats:
    """Multipliers with 0 where a row has no bound on the side that the sign asks for."""
    missing = ((duals > 0) & np.isneginf(program.row_lower)) | (
        (duals < 0) & np.isposinf(program.row_upper)
    )
    return np.where(missing | ~np.isfinite(duals), 0.0, duals)


def least_contribution(reduced: Reduced, lower: Floats, upper: Floats) -> Floats:
    """min(d·l, d·u) of every column for every d that it may have, rounded down."""
    corners = [_product(d, side) for d in (reduced.least, reduced.most) for side in (lower, upper)]
    return np.asarray(_down(np.min(corners, axis=0)))


def within(program: Program) -> tuple[Floats, Floats]:
    """Column bounds with those that follow where a column has none of its own.

    The rows of a program often bound what its columns do not. And of a column that costs something
    or nothing and only helps the rows that it is in, some best solution has no more than they can
    ask of it. Each bound is widened by more than rounding can have moved it.
    """
    lower, upper = program.lower, program.upper
    sides = _sides(program)
    for _ in range(ROUNDS):
        if not (np.isneginf(lower) | np.isposinf(upper)).any():
            break
        before = np.isneginf(lower).sum() + np.isposinf(upper).sum()
        above, below = _derived(sides, lower, upper)
        upper = np.where(np.isposinf(upper), above, upper)
        lower = np.where(np.isneginf(lower), below, lower)
        if np.isneginf(lower).sum() + np.isposinf(upper).sum() == before:
            break
    asked = _asked(program, sides, lower, upper)
    return lower, np.where(np.isposinf(upper), asked, upper)


@dataclass(frozen=True)
class _Side:
    """Rows as Σ values · x ≤ bounds: those with an upper bound, or the negatives of the others."""

    rows: NDArray[np.intp]
    """Row of each entry."""
    columns: NDArray[np.int32]
    values: Floats
    bounds: Floats
    """Of each entry's row."""
    count: int
    """Number of rows."""

    def others(self, extreme: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """By entry: what all others of its row come to, the sizes added up, whether it is finite.

        Args:
            extreme: what each entry comes to at most, or at least.
        """
        endless = ~np.isfinite(extreme)
        finite = np.where(endless, 0.0, extreme)
        total = np.bincount(self.rows, finite, self.count)[self.rows]
        size = np.bincount(self.rows, np.abs(finite), self.count)[self.rows]
        number = np.bincount(self.rows, endless, self.count)[self.rows]
        is_finite = np.asarray(number - endless == 0)
        return np.asarray(total - finite), np.asarray(size + np.abs(self.bounds)), is_finite


def _sides(program: Program) -> tuple[_Side, _Side]:
    """The rows by their upper bounds, and by their lower ones; entries of 0 are left out."""
    matrix = sparse.csr_array(program.matrix)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    found = []
    for sign, bounds in ((1.0, program.row_upper), (-1.0, -program.row_lower)):
        kept = np.isfinite(bounds[rows]) & (matrix.data != 0)
        entries = (rows[kept], matrix.indices[kept], sign * matrix.data[kept])
        found.append(_Side(*entries, bounds[rows[kept]], matrix.shape[0]))
    return found[0], found[1]


def _derived(sides: tuple[_Side, _Side], lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """The most and the least that the rows leave each column, given the bounds of the others."""
    above, below = np.full(len(lower), np.inf), np.full(len(lower), -np.inf)
    for side in sides:
        values, columns = side.values, side.columns
        least = _product(values, np.where(values > 0, lower[columns], upper[columns]))
        rest, size, known = side.others(least)
        limit = (side.bounds - rest) / values
        widened = WIDENED * (np.abs(limit) + size / np.abs(values))
        most, fewest = known & (values > 0), known & (values < 0)
        np.minimum.at(above, columns[most], (limit + widened)[most])
        np.maximum.at(below, columns[fewest], (limit - widened)[fewest])
    return above, below


def _asked(program: Program, sides: tuple[_Side, _Side], lower: Floats, upper: Floats) -> Floats:
    """The most that rows can ask of each column that only helps them; ∞ of all others.

    A best solution in which such columns are as small as they can be has no more of any: the rest
    of the row can miss its bound by no more, with the other helpers at their least.
    """
    helps = (program.cost >= 0) & ~program.integer & np.isfinite(lower)
    for side in sides:
        helps[side.columns[side.values > 0]] = False
    asked = np.where(helps, lower, np.inf)
    for side in sides:
        values, columns = side.values, side.columns
        most = _product(values, np.where(values > 0, upper[columns], lower[columns]))
        rest, size, known = side.others(most)
        need = (rest - side.bounds) / np.abs(values)
        need += WIDENED * (np.abs(need) + size / np.abs(values))
        mine = helps[columns]
        np.maximum.at(asked, columns[mine], np.where(known, need, np.inf)[mine])
    return asked


def _product(a: Floats, b: Floats) -> Floats:
    """Products where 0 · ∞ is 0: a column without cost adds nothing however large it is."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where((a == 0) | (b == 0), 0.0, a * b))


def _down(values: Floats) -> Floats:
    return np.asarray(np.nextafter(values, -np.inf))


def _up(values: Floats) -> Floats:
    return np.asarray(np.nextafter(values, np.inf))
