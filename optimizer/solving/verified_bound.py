"""The verified bound: what no plan can be better than, whatever the solver did.

Enters: the program of the first step, and multipliers of its relaxation's rows. Leaves: a bound by
weak duality that is computed here, with outward rounding (`optimizer.program.weak_duality`). The
program's coefficients are trusted, and the cuts that hold by argument (docs/model.md); nothing that
HiGHS says is. Where more is asked for, the program is branched on its whole decisions,
and each leaf has such a bound of its own.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from optimizer.highs.gap_test import GapTest
from optimizer.highs.process import Progress
from optimizer.program.weak_duality import WeakDuality, within
from optimizer.solving.root import Root, tightened_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimizer.highs.process import Answer
    from optimizer.highs.values import Basis
    from optimizer.program.program import Program
    from optimizer.program.stamped import Stamped
    from optimizer.program.weak_duality import Reduced
    from optimizer.solving.portfolio import Portfolio
    from optimizer.solving.session import Session

    Floats = NDArray[np.float64]

WHOLE = 1e-6
"""A relaxed decision this close to a whole number is one: there is nothing to branch on."""


@dataclass(frozen=True)
class Verified:
    """A bound that was computed without the solver."""

    bound: float
    """Of what is minimised; −∞ where nothing is proven."""
    leaves: int
    """Parts of the program that were bounded by themselves: 1 where the relaxation was enough."""


def verified_root(stamped: Stamped, session: Session) -> Root | None:
    """The relaxation of the search, or one solved anew, with multipliers of its rows.

    None where there is no time for it, or it did not end.
    """
    if session.root is not None and session.root.answer.duals is not None:
        return session.root
    if session.over:
        return None

    def solve(program: Program, basis: Basis | None) -> Answer:
        return session.relaxation(program, "relaxation", basis)

    tight, answer = tightened_root(stamped, solve, lambda _: not session.over)
    return None if answer.duals is None else Root(tight.program, answer)


def with_verified_bound(
    found: Portfolio, session: Session, nothing: float
) -> tuple[Portfolio, Verified | None]:
    """A portfolio with what is verified of its first step, which may be more than was proven.

    Args:
        found: the portfolio that was chosen.
        session: options, and who may stop it.
        nothing: what doing nothing scores, for the gap against the worth.

    Returns:
        The portfolio, its bound lifted where more was verified, and the verified bound; None where
        there was no time for it, or its relaxation did not end.
    """
    root = None if found.x is None else verified_root(found.first, session)
    if root is None or found.x is None:
        return found, None
    options, answer = session.options, found.answer
    value = answer.value if found.steps else found.first.program.value(found.x)
    close = GapTest(options.gap, options.worth_gap, nothing)
    most = math.inf if options.certify else 1
    verified = verify(root, session, value, lambda bound: close.reached(value, bound), most)
    bound = verified.bound if answer.bound is None else max(verified.bound, answer.bound)
    return replace(found, answer=replace(answer, bound=bound)), verified


def verify(
    root: Root,
    session: Session,
    value: float,
    is_enough: Callable[[float], bool],
    most_leaves: float = 1,
) -> Verified:
    """The verified bound of a program, from its relaxation and, where asked, by branching.

    Args:
        root: the relaxation with its cuts.
        session: options, and who may stop it.
        value: what the plan comes to, as what is minimised.
        is_enough: whether a bound leaves nothing to look for.
        most_leaves: into how many parts it may be divided.
    """
    tree = _Tree(root, session, value, is_enough)
    tree.plant()
    tree.grow(most_leaves)
    return Verified(tree.bound, tree.leaves)


@dataclass(order=True)
class _Leaf:
    """A part of the program, by the bounds of its whole decisions."""

    bound: float
    number: int
    lower: Floats = field(compare=False)
    """(columns) least values, of every column."""
    upper: Floats = field(compare=False)
    split: tuple[int, float] | None = field(compare=False)
    """Column and value at which it is divided; None: its relaxation is whole, so it is not."""
    basis: Basis | None = field(compare=False)


class _Tree:
    """Branching on the whole decisions of a program, where each leaf is bounded anew."""

    def __init__(
        self, root: Root, session: Session, value: float, is_enough: Callable[[float], bool]
    ) -> None:
        self._root, self._session, self._value = root, session, value
        self._is_enough = is_enough
        self._program = root.program.relaxed()
        self._integer = np.flatnonzero(root.program.integer)
        self._duality = WeakDuality(self._program)
        self._open: list[_Leaf] = []
        self._closed = math.inf
        """Least bound of the leaves that are not divided any further."""
        self._numbers = count()
        self.leaves = 0

    @property
    def bound(self) -> float:
        """What is verified of the whole program."""
        return min(self._closed, self._open[0].bound if self._open else math.inf)

    def plant(self) -> None:
        """Bound the whole program by its relaxation."""
        lower, upper = within(self._program)
        self._judge(self._root.answer, lower, upper, -math.inf)

    def grow(self, most_leaves: float) -> None:
        """Divide the leaf with the least bound, until the whole is close enough or time is up."""
        while self._open and self.leaves < most_leaves and not self._session.over:
            if self._is_enough(self.bound):
                break
            leaf = heapq.heappop(self._open)
            self.leaves -= 1
            assert leaf.split is not None
            column, at = leaf.split
            for side in (math.floor(at), math.ceil(at)):
                lower, upper = leaf.lower.copy(), leaf.upper.copy()
                (upper if side < at else lower)[column] = side
                self._judge(self._solved(lower, upper, leaf.basis), lower, upper, leaf.bound)
            self._tell()

    def _solved(self, lower: Floats, upper: Floats, basis: Basis | None) -> Answer:
        """The relaxation of a leaf: its own columns' bounds, and those of its whole decisions."""
        program, whole = self._program, self._integer
        least, most = program.lower.copy(), program.upper.copy()
        least[whole], most[whole] = lower[whole], upper[whole]
        program = program.with_bounds(least, most)
        return self._session.relaxation(program, "verified bound", basis)

    def _judge(self, answer: Answer, lower: Floats, upper: Floats, before: float) -> None:
        """Bound a leaf, fix what cannot be otherwise, and keep it where it can be divided.

        Args:
            answer: what the solver says of its relaxation, of which multipliers alone are used.
            lower: least values in it.
            upper: most values in it.
            before: the bound of the leaf that it is a part of, which holds here too.
        """
        self.leaves += 1
        duals, bound = answer.duals, before
        if duals is not None and self._duality.contradicts(duals, lower, upper):
            return  # No plan lies here.
        reduced = None
        if duals is not None:
            own, reduced = self._duality.proven(duals, lower, upper)
            bound = max(bound, own)
        split = None if answer.x is None else self._fractional(answer.x)
        if split is None or self._is_enough(bound):
            self._closed = min(self._closed, bound)
            return
        if reduced is not None:
            lower, upper = self._fixed(reduced, own, lower, upper)
        leaf = _Leaf(bound, next(self._numbers), lower, upper, split, answer.basis)
        heapq.heappush(self._open, leaf)

    def _fixed(
        self, reduced: Reduced, bound: float, lower: Floats, upper: Floats
    ) -> tuple[Floats, Floats]:
        """Whole decisions that are fixed, because elsewhere nothing has to be looked for.

        A step away from the side that a column's reduced cost holds it at adds at least that
        reduced cost to the bound (reduced-cost fixing; Nemhauser and Wolsey 1988).
        """
        whole = self._integer[(upper - lower)[self._integer] == 1]
        rises = np.nextafter(bound + reduced.least[whole], -np.inf)
        falls = np.nextafter(bound - reduced.most[whole], -np.inf)
        stays, goes = self._each_enough(rises), self._each_enough(falls)
        lower, upper = lower.copy(), upper.copy()
        upper[whole[stays]] = lower[whole[stays]]
        lower[whole[goes]] = upper[whole[goes]]
        self._closed = min([self._closed, *rises[stays], *falls[goes]])
        return lower, upper

    def _fractional(self, x: Floats) -> tuple[int, float] | None:
        """The decision that a relaxation is most in two minds about, None where all are whole."""
        values = x[self._integer]
        distance = np.abs(values - np.round(values))
        place = int(np.argmax(distance)) if len(values) else 0
        if len(values) == 0 or distance[place] <= WHOLE:
            return None
        return int(self._integer[place]), float(values[place])

    def _each_enough(self, bounds: Floats) -> NDArray[np.bool_]:
        return np.array([self._is_enough(float(bound)) for bound in bounds], dtype=bool)

    def _tell(self) -> None:
        progress, bound = self._session.progress, self.bound
        if progress is not None:
            gap = abs(self._value - bound) / max(abs(self._value), 1e-9)
            stage, value = "verified bound", self._value
            spent_s = self._session.spent_s
            progress(Progress(stage, spent_s, value, bound, gap, self.leaves))
