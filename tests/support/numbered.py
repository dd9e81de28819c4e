"""Keys of programs that are written by hand: rows and columns by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.program.keys import INVESTMENT, Keys, column_component, row_component

if TYPE_CHECKING:
    from optimizer.program.keys import ColumnKeys, RowKeys


def numbered(rows: int, columns: int) -> dict[str, Any]:
    """The keys of a `Program` with so many rows and columns, as its arguments."""
    return {"rows": row_keys(rows), "columns": column_keys(columns)}


def row_keys(count: int) -> RowKeys:
    """Rows of no rule, by number."""
    return Keys.once([row_component("", "row", [(i,) for i in range(count)])], INVESTMENT)


def column_keys(count: int) -> ColumnKeys:
    """Columns by number."""
    return Keys.once([column_component("column", [(j,) for j in range(count)])], INVESTMENT)
