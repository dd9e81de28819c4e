"""A mixed-integer linear program as flat arrays: what the solver is handed and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from optimizer.errors import SolverFailed
from optimizer.program.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from optimizer.program.keys import ColumnKeys, RowKey, RowKeys

    Ints = NDArray[np.intp]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """A row to add to a program: Σ values · x of the columns ≤ upper."""

    key: RowKey
    columns: Ints
    values: Floats
    upper: float

    @classmethod
    def dense(cls, key: RowKey, coefficients: Floats, upper: float) -> Row:
        """A row of which the coefficient of every column is given."""
        columns = np.flatnonzero(coefficients)
        return cls(key, columns, coefficients[columns], upper)


def weighted_sum(weights: Floats, values: Floats) -> float:
    """Σ weights · values, in this thread and to the same digits on every processor.

    The matrix product of long vectors wakes the threads of OpenBLAS, which then wait for more at
    full speed, and it adds up in an order that differs between processors.
    """
    return float((weights * values).sum())


def matrix_of(rows: Sequence[Row], size: int) -> sparse.csr_array:
    """(rows × columns) coefficients of some rows; columns that a row names twice are added up."""
    starts = np.cumsum([0, *(len(row.columns) for row in rows)], dtype=np.int32)
    values = np.concatenate([np.zeros(0), *(row.values for row in rows)])
    columns = np.concatenate([np.zeros(0, dtype=np.intp), *(row.columns for row in rows)])
    parts = (values, columns.astype(np.int32), starts)
    matrix = sparse.csr_array(parts, shape=(len(rows), size))
    matrix.sum_duplicates()
    return matrix


@dataclass(frozen=True)
class Program:
    """Minimise cost·x + offset subject to row_lower ≤ A·x ≤ row_upper, lower ≤ x ≤ upper.

    `matrix` is (rows × columns), by column.
    """

    cost: Floats
    offset: float
    lower: Floats
    upper: Floats
    integer: Bools
    matrix: sparse.csc_array
    row_lower: Floats
    row_upper: Floats
    rows: RowKeys
    """What each row says."""
    columns: ColumnKeys
    """What each column stands for."""
    units: Floats | None = None
    """Unit in which a solver is to count each column, a power of two; None: 1 for all."""

    def __post_init__(self) -> None:
        """Every row and column has its key: one without is a slip of ours."""
        if (len(self.rows), len(self.columns)) != (len(self.row_lower), len(self.cost)):
            raise ValueError("a program has rows or columns without a key")

    def value(self, x: Floats) -> float:
        """Objective of a point."""
        return weighted_sum(self.cost, x) + self.offset

    def with_bounds(self, lower: Floats, upper: Floats) -> Program:
        """The same program with other column bounds."""
        return replace(self, lower=lower, upper=upper)

    def with_rows(self, rows: Sequence[Row]) -> Program:
        """The same program with further rows, each at most its bound."""
        matrix = matrix_of(rows, len(self.cost))
        return replace(
            self,
            matrix=sparse.csc_array(sparse.vstack([self.matrix, matrix])),
            row_lower=np.append(self.row_lower, np.full(len(rows), -np.inf)),
            row_upper=np.append(self.row_upper, [row.upper for row in rows]),
            rows=self.rows.joined(Keys.of([row.key for row in rows])),
        )

    def row(self, position: int) -> Row:
        """One of the rows, as one to add elsewhere."""
        found = self.matrix[[position], :].tocoo()
        upper = float(self.row_upper[position])
        return Row(self.rows[position], found.coords[1].astype(np.intp), found.data, upper)

    def relaxed(self) -> Program:
        """The same program without its integrality."""
        return replace(self, integer=np.zeros_like(self.integer))

    def violation(self, x: Floats) -> float:
        """Largest violation of a bound or row, relative to max(1, |bound|)."""
        rows = self.matrix @ x
        pairs = ((self.lower, x), (self.row_lower, rows), (x, self.upper), (rows, self.row_upper))
        with np.errstate(invalid="ignore"):
            worst = [
                np.max((a - b) / np.maximum(1.0, np.where(np.isfinite(c), np.abs(c), 1.0)))
                for (a, b), c in zip(
                    pairs, (self.lower, self.row_lower, self.upper, self.row_upper), strict=True
                )
                if len(a)
            ]
        return float(max([0.0, *worst]))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The program as named flat arrays, for `optimizer.highs.handover`."""
        return {
            "cost": self.cost,
            "offset": np.array(self.offset),
            "lower": self.lower,
            "upper": self.upper,
            "integer": self.integer.astype(np.int32),
            "starts": self.matrix.indptr,
            "indices": self.matrix.indices,
            "values": self.matrix.data,
            "row_lower": self.row_lower,
            "row_upper": self.row_upper,
        }

    def save(self, path: Path) -> None:
        """Write the arrays to a file for another process.

        Raises:
            SolverFailed: a coefficient is not finite, or a bound is no number; HiGHS would take it.
        """
        finite = (self.cost, np.array(self.offset), self.matrix.data)
        bounds = (self.lower, self.upper, self.row_lower, self.row_upper)
        if not all(np.isfinite(a).all() for a in finite) or any(np.isnan(a).any() for a in bounds):
            raise SolverFailed("the model holds a coefficient that is not a number")
        np.savez(path, allow_pickle=False, **self.arrays())
