"""Rows of a rule, and by how much a plan breaks them.

Enter: both sides of all rows of a rule as arrays, with the names of what they run over. Leave:
the violations, relative to the size of each row, in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.plan import Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]
    Flags = npt.NDArray[np.bool_]

TOLERANCE = 1e-6
"""Largest relative violation that floating-point arithmetic is granted."""

LARGEST = 1e9
"""Cap on a reported violation, so that a report stays finite."""


@dataclass(frozen=True)
class Rows:
    """Rows of one rule, alike but for what they run over."""

    broken: Array
    """Relative violation of each row; not above 0 where it holds."""
    axes: tuple[Sequence[object], ...]
    """What each axis of `broken` runs over."""
    what: str
    """What is wrong where a row is broken."""

    def worst(self) -> float:
        """Largest relative violation; 0 where all rows hold."""
        return float(np.max(self.broken, initial=0.0))

    def violations(self, rule: str, tolerance: float) -> Iterable[Violation]:
        """Each row broken by more than the tolerance."""
        for index in np.argwhere(self.broken > tolerance):
            place = ", ".join(str(axis[i]) for axis, i in zip(self.axes, index, strict=True))
            where = f"{place}: {self.what}" if place else self.what
            yield Violation(rule=rule, where=where, amount=float(self.broken[tuple(index)]))


def at_most(
    left: Array | float, right: Array | float, axes: tuple[Sequence[object], ...], what: str
) -> Rows:
    """Rows left ≤ right; an infinite right side holds always."""
    return Rows(_relative(left, right, one_sided=True), axes, what)


def equal(
    left: Array | float, right: Array | float, axes: tuple[Sequence[object], ...], what: str
) -> Rows:
    """Rows left = right."""
    return Rows(_relative(left, right, one_sided=False), axes, what)


def holds(right_so: Flags, axes: tuple[Sequence[object], ...], what: str) -> Rows:
    """Rows that are either right or wrong, and then by 1."""
    return Rows(np.where(right_so, 0.0, 1.0), axes, what)


def _relative(left: Array | float, right: Array | float, *, one_sided: bool) -> Array:
    """Excess of left over right, or their distance, relative to max(1, |left|, |right|)."""
    sides = np.broadcast_arrays(np.asarray(left, np.float64), np.asarray(right, np.float64))
    unlimited = np.isposinf(sides[1])
    bound = np.where(unlimited, 0.0, sides[1])
    distance = sides[0] - bound
    size = np.maximum(1.0, np.maximum(np.abs(sides[0]), np.abs(bound)))
    relative = (distance if one_sided else np.abs(distance)) / size
    relative = np.nan_to_num(relative, nan=LARGEST, posinf=LARGEST, neginf=-LARGEST)
    return np.minimum(np.where(unlimited, 0.0, relative), LARGEST)


def grouped(values: Array, groups: Positions, size: int) -> Array:
    """Sums of the columns of each group: result[b, g] = Σ_{i in g} values[b, i]."""
    count = values.shape[0]
    flat = (np.arange(count)[:, None] * size + groups[None, :]).ravel()
    sums = np.bincount(flat, weights=values.ravel(), minlength=count * size)
    return np.asarray(sums, np.float64).reshape(count, size)


def summed(shape: tuple[int, ...], index: tuple[Positions, ...], values: Array) -> Array:
    """A dense array with the values added at their places."""
    total = np.zeros(shape)
    np.add.at(total, index, values)
    return total
