"""A compiled model: rows, columns and named expressions as arrays, without Pyomo."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.program.keys import column_component, index

if TYPE_CHECKING:
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
