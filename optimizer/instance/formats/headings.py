"""The heading of a table: where it stands, which columns it names, and what else it holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optimizer.errors import Fault
from optimizer.instance.formats.grid import Unreadable, letters
from optimizer.instance.formats.names import REMARK, folded
from optimizer.instance.validation.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optimizer.instance.formats.columns import Column
    from optimizer.instance.formats.grid import Cells
    from optimizer.instance.formats.table import Table

SEARCHED = 20
"""First rows of a table among which its heading is looked for."""
SEPARATORS = {";": "semicolons", "\t": "tabs"}


@dataclass
class Heading:
    """What the heading of a table says."""

    row: int
    columns: dict[int, Column] = field(default_factory=dict)
    """Columns of the table by position."""
    named: frozenset[int] = frozenset()
    """Positions with any heading, right or wrong or that of a remark."""
    texts: dict[int, str] = field(default_factory=dict)
    """Headings by position, folded."""

    def is_repeated_in(self, cells: Cells) -> bool:
        """Whether a row holds this heading again."""
        alike = 0
        for position, cell in cells.items():
            text = self.texts.get(position)
            if text is None:
                continue
            if not isinstance(cell, str) or folded(cell) != text:
                return False
            alike += 1
        return alike > 1


def by_folded(known: Mapping[str, Column]) -> dict[str, Column]:
    """Columns by their folded name: `Capex (M USD)` and `capex_musd` are one."""
    return {folded(name): column for name, column in known.items()}


def count_known(cells: Cells, known: Mapping[str, Column]) -> int:
    """How many columns of a table a row names."""
    return len({folded(cell) for cell in cells.values() if isinstance(cell, str)} & known.keys())


def find_heading(
    table: Table, rows: Sequence[tuple[int, Cells]], known: Mapping[str, Column]
) -> bool:
    """Whether the first row is the heading; else the table is told to be unreadable.

    Args:
        table: gets the fault.
        rows: the first rows of the table that hold something.
        known: columns by folded name.
    """
    number, first = rows[0]
    separator = separator_of(first)
    if separator:
        message = f"the header is separated by {separator}; save with commas"
        table.refuse(message, number)
        return False
    counts = [count_known(cells, known) for _, cells in rows]
    best = counts.index(max(counts))
    if best and counts[best] > 2 * counts[0] and is_heading(rows[best][1], counts[best]):
        where = rows[best][0]
        rest = f"row {number}" if where == number + 1 else f"rows {number} to {where - 1}"
        message = f"the heading is in row {where}; it must be the first row: delete {rest}"
        table.refuse(message, number)
        return False
    if not counts[0]:
        names = ", ".join(column.name for column in known.values() if column.required)
        message = f"this row names no column of the table; it must be the heading ({names}, …)"
        table.refuse(message, number)
        return False
    return True


def is_heading(cells: Cells, known: int) -> bool:
    """Whether a row that names so many known columns is a heading and no row of values."""
    return known > 1 or known == len(cells)


def separator_of(cells: Cells) -> str:
    """What separates the columns where the whole heading is one cell: `semicolons`, or nothing."""
    if len(cells) != 1:
        return ""
    text = str(next(iter(cells.values())))
    return next((name for sign, name in SEPARATORS.items() if sign in text), "")


def read_heading(table: Table, number: int, cells: Cells, known: Mapping[str, Column]) -> Heading:
    """The columns that a heading names; unknown, missing and doubled ones are faults.

    Args:
        table: gets the faults, the positions of its columns and which required ones are absent.
        number: row of the heading.
        cells: its cells.
        known: columns by folded name.
    """
    heading = Heading(number)
    names = frozenset(column.name for column in known.values())
    found: dict[str, list[int]] = defaultdict(list)
    for position, text in texts_of(table, number, cells):
        heading.named |= {position}
        if not text or text.startswith(REMARK):
            continue
        column = known.get(folded(text))
        found[column.name if column else text].append(position)
        if column:
            heading.columns[position] = column
            heading.texts[position] = folded(text)
            table.letters.setdefault(column.name, letters(position))
    doubled = [name for name in sorted(found) if len(found[name]) > 1]
    unknown = [name for name in found if name not in names]
    absent = [column.name for column in known.values() if column.required]
    absent = [name for name in absent if name not in found]
    for name in doubled:
        table.tell(number, name, "the column occurs more than once", found[name][1])
    for name in unknown:
        message = f"there is no such column{suggestion(name.casefold(), names)}"
        table.tell(number, name, message, found[name][0])
    for name in absent:
        table.tell(number, name, "the required column is missing")
    table.absent = frozenset(absent)
    table.readable = table.readable and not (doubled or unknown or absent)
    return heading


def texts_of(table: Table, number: int, cells: Cells) -> Iterator[tuple[int, str]]:
    """The headings with their positions; those that cannot be read are faults, and empty here."""
    for position, cell in sorted(cells.items()):
        if isinstance(cell, Unreadable):
            table.tell(number, "", f"the heading {cell.why}", position)
            table.readable = False
            yield position, ""
        elif text := str(cell).strip():
            yield position, text


def tell_remarks(table: Table, unnamed: Mapping[int, Sequence[int]]) -> None:
    """Tell of the columns without heading that hold something: they are read as remarks.

    Args:
        table: gets the warnings.
        unnamed: the rows that hold something, by position of such a column.
    """
    for position, rows in sorted(unnamed.items()):
        cells = "1 cell is" if len(rows) == 1 else f"{len(rows):,} cells are"
        message = (
            f"column {letters(position)} has no heading: its {cells} taken for remarks and not "
            f"read; begin its heading with '{REMARK}' to say so"
        )
        cell = table.address(rows[0], position)
        table.faults.append(Fault(table.file, rows[0], "", message, "warning", cell))
