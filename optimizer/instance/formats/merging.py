"""Merged cells of a sheet: told, never read as one value and many empty cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.formats.grid import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.instance.formats.grid import Area, Cells, Sheet
    from optimizer.instance.formats.headings import Heading
    from optimizer.instance.formats.table import Table


def unmerged(table: Table, sheet: Sheet) -> Callable[[Heading], bool]:
    """A check of a sheet's merged cells once its heading is known.

    They hold one value for several cells: the others would be read as empty, and take the default.
    """

    def check(heading: Heading) -> bool:
        rows = dict(sheet.rows)
        for area in sheet.merged:
            if not concerns(area, heading) or not holds_any(area, rows):
                continue
            if area.first_row <= heading.row:
                message = f"the cells {area.text} of the heading are merged; unmerge them"
                table.refuse(message, heading.row)
                return False
            tell_merged(table, area, heading)
            spoil(rows, area, heading)
        return True

    return check


def concerns(area: Area, heading: Heading) -> bool:
    """Whether merged cells touch the heading or a column that is read."""
    return area.last_row >= heading.row and (
        area.first_row <= heading.row or any(column in area.columns() for column in heading.columns)
    )


def holds_any(area: Area, rows: dict[int, Cells]) -> bool:
    """Whether any of the merged cells holds something."""
    own = area.columns()
    return any(any(column in own for column in rows[number]) for number in area.rows(rows))


def tell_merged(table: Table, area: Area, heading: Heading) -> None:
    """The fault of merged cells."""
    own = area.columns()
    name = next(column.name for place, column in sorted(heading.columns.items()) if place in own)
    message = (
        f"the cells {area.text} are merged: they hold one value for several cells; unmerge them "
        "and fill each cell"
    )
    table.tell(area.first_row, name, message, area.first_column)


def spoil(rows: dict[int, Cells], area: Area, heading: Heading) -> None:
    """Make merged cells unreadable, so that no more is said of those that are empty."""
    own, told = area.columns(), Unreadable("")
    for number in area.rows(rows):
        rows[number] |= {column: told for column in heading.columns if column in own}
