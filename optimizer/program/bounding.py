"""Rows of operation that bound one column, and so are bounds of the program and no rows of it.

Enters: the stamped program. Leaves: their keys, each with its column and what it says. What a rule
costs, which rules bind and which are in conflict is asked of these as of the program's own rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.program.keys import Keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.program.keys import RowKeys
    from optimizer.program.stamped import Stamped

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]


@dataclass(frozen=True)
class BoundingRows:
    """lower ≤ x[column] ≤ upper, one entry for each row; the program's bounds are the tightest."""

    rows: RowKeys
    column: Ints
    """Position of the column in the program, −1 where it is left out because it can only be 0."""
    lower: Floats
    upper: Floats

    def binding(self, x: Floats, room: float) -> RowKeys:
        """The rows that a solution leaves no more room than this.

        Args:
            x: a solution of the program.
            room: in the units of the columns.
        """
        value = np.where(self.column >= 0, x[self.column], 0.0)
        return self.rows.taken((value - self.lower <= room) | (self.upper - value <= room))


def bounding_rows(stamped: Stamped) -> BoundingRows:
    """The rows of every block that bound a single column and have a side."""
    year = stamped.year
    row, column, value = year.single
    said = np.isfinite(year.row_lower[:, row]) | np.isfinite(year.row_upper[:, row])
    mask = np.zeros(year.row_lower.shape, dtype=bool)
    mask[:, row] = said & ~year.linked[:, row]
    block, found = np.nonzero(mask)
    place = np.zeros(len(year.compiled.row_lower), dtype=np.intp)
    place[row] = np.arange(len(row))
    factor = value[place[found]]
    low, high = year.row_lower[block, found] / factor, year.row_upper[block, found] / factor
    return BoundingRows(
        Keys.stamped(year.compiled.row_components, mask, stamped.worlds.blocks),
        stamped.position[block, column[place[found]]],
        np.where(factor > 0, low, high),
        np.where(factor > 0, high, low),
    )
