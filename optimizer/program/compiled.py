"""A compiled model: rows, columns and named expressions as arrays, without Pyomo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.program.keys import column_component, index

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from scipy import sparse

    from optimizer.program.keys import ColumnKey, Component, RowKey

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Compiled:
    """lower ≤ A·x ≤ upper, column_lower ≤ x ≤ column_upper, and expressions E·x + constant."""

    columns: dict[Any, slice]
    """Position of each variable component's columns, by its name."""
    keys: dict[str, list[Any]]
    """Index of each column within its component."""
    column_lower: Floats
    column_upper: Floats
    integer: NDArray[np.bool_]
    matrix: sparse.csr_array
    row_lower: Floats
    row_upper: Floats
    row_components: tuple[Component[RowKey], ...]
    """What the rows say, in their order."""
    expressions: sparse.csr_array
    expression_constants: Floats
    expression_keys: list[Any]

    @property
    def size(self) -> int:
        """Number of columns."""
        return len(self.column_lower)

    def expression(self, key: Any) -> Floats:
        """Coefficients of one named expression, dense."""
        row = self.expression_keys.index(key)
        return np.asarray(self.expressions[[row], :].toarray()).ravel()

    def filled(self, values: Mapping[str, Mapping[Any, float]]) -> Compiled:
        """The same with numbers in the place of some variables, whose columns are the last ones.

        Args:
            values: the numbers by component, and by what each is indexed by.
        """
        first = min(self.columns[name].start for name in values)
        last = [name for name in self.columns if name in values]
        numbers = [values[name][key] for name in last for key in self.keys[name]]
        shift = self.matrix[:, first:] @ np.array(numbers, dtype=float)
        constants = self.expressions[:, first:] @ np.array(numbers, dtype=float)
        return replace(
            self,
            columns={name: at for name, at in self.columns.items() if name not in values},
            keys={name: keys for name, keys in self.keys.items() if name not in values},
            column_lower=self.column_lower[:first],
            column_upper=self.column_upper[:first],
            integer=self.integer[:first],
            matrix=self.matrix[:, :first],
            row_lower=self.row_lower - shift,
            row_upper=self.row_upper - shift,
            expressions=self.expressions[:, :first],
            expression_constants=self.expression_constants + constants,
        )

    @cached_property
    def column_components(self) -> tuple[Component[ColumnKey], ...]:
        """What the columns stand for, in their order."""
        return tuple(
            column_component(name, [index(key) for key in keys]) for name, keys in self.keys.items()
        )

    def places(self, name: str) -> dict[Any, int]:
        """Position of each column of a variable component, by what it is indexed by."""
        first = self.columns[name].start
        return {key: first + i for i, key in enumerate(self.keys[name])}
