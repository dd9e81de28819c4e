"""Sheets as a spreadsheet program saved them: cells with a value, and what is merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from optimizer.instance.formats import limits

MOST_COLUMNS = 16_384
"""Columns of a sheet: as many as spreadsheet programs have."""

FORMULA = (
    "holds a formula; paste its value instead, or save the workbook in a spreadsheet program, "
    "which keeps the result with the formula"
)


class Unreadable(NamedTuple):
    """A cell that has something in it, but no value that can be read."""

    why: str
    """What is wrong, and what to do; empty where it is told elsewhere."""


def error_value(text: object) -> Unreadable:
    """A cell with an error such as #REF!."""
    return Unreadable(f"holds the error {text}; paste its value instead")


Cells = dict[int, object]
"""Cells of a row that hold something, by column; the first column is 0."""


class Area(NamedTuple):
    """Cells merged into one; rows count from 1 and columns from 0, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def columns(self) -> range:
        """Its columns."""
        return range(self.first_column, self.last_column + 1)

    def rows(self, sheet: dict[int, Cells]) -> list[int]:
        """Those of its rows that hold something."""
        own = range(self.first_row, self.last_row + 1)
        if len(own) < len(sheet):
            return [number for number in own if number in sheet]
        return [number for number in sheet if number in own]

    @property
    def text(self) -> str:
        """`K30:K33`."""
        first = f"{letters(self.first_column)}{self.first_row}"
        return f"{first}:{letters(self.last_column)}{self.last_row}"


@dataclass
class Sheet:
    """One sheet."""

    name: str
    rows: list[tuple[int, Cells]] = field(default_factory=list)
    """The rows that hold something, with their numbers from 1, up to the limit on rows."""
    merged: list[Area] = field(default_factory=list)
    zero_results: list[str] = field(default_factory=list)
    """Formulas saved with the result 0 in a workbook that asks to be calculated anew."""

    cells: int = 0
    """How many cells hold something."""

    @property
    def full(self) -> bool:
        """Whether it has more rows or cells than are read."""
        return len(self.rows) > limits.ROWS + 1 or self.cells > limits.CELLS

    def add(self, number: int, cells: Cells) -> None:
        """Keep a row if it holds something."""
        if cells:
            self.rows.append((number, cells))
            self.cells += len(cells)


def letters(column: int) -> str:
    """The letters of a column; the first column is 0 and has the letter A."""
    text = ""
    while column >= 0:
        column, letter = divmod(column, 26)
        text = chr(ord("A") + letter) + text
        column -= 1
    return text


def address(sheet: str, column: str, row: int) -> str:
    """`projects!K30`, or `'Projects 2026'!K30`."""
    name = sheet if sheet.isidentifier() else "'" + sheet.replace("'", "''") + "'"
    return f"{name}!{column}{row}"
