"""One table as it was read: its records, where each of them stood, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.errors import Fault
from optimizer.instance.formats.grid import address, letters

Place = tuple[str, int | None]
"""File, and row as a spreadsheet counts."""


@dataclass
class Table:
    """The rows of one table as they were read."""

    file: str
    """Where faults of the whole table are."""
    faults: list[Fault] = field(default_factory=list)
    """Where its faults are added."""
    sheet: str = ""
    """Name of its sheet; empty where it is no sheet."""
    letters: dict[str, str] = field(default_factory=dict)
    """Letters of its columns in the sheet."""
    records: list[dict[str, object]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    absent: frozenset[str] = frozenset()
    """Required columns that are missing: told once, not in every row."""
    refused: dict[int, set[str]] = field(default_factory=dict)
    """Fields that could not be read, by record: told already."""
    readable: bool = True
    """Whether all of its rows and columns are here, right or wrong."""

    def address(self, row: int, position: int) -> str:
        """The address of a cell in a workbook; empty elsewhere."""
        return address(self.sheet, letters(position), row) if self.sheet else ""

    def cell(self, row: int | None, name: str) -> str:
        """The address of a column's cell in a workbook; empty elsewhere, or without it."""
        if not self.sheet or row is None or name not in self.letters:
            return ""
        return address(self.sheet, self.letters[name], row)

    def tell(self, row: int, name: str, message: str, position: int | None = None) -> None:
        """Add a fault of a cell or, without its position, of a row."""
        cell = "" if position is None else self.address(row, position)
        self.faults.append(Fault(self.file, row, name, message, cell=cell))

    def add(self, row: int, record: dict[str, object], lost: set[str]) -> None:
        """Keep a row if it says anything.

        Args:
            row: its number.
            record: its values.
            lost: fields that could not be read.
        """
        if lost:
            self.refused[len(self.records)] = lost
        if record or lost:
            self.records.append(record)
            self.places.append((self.file, row))

    def refuse(self, message: str, row: int | None = None) -> None:
        """Add a fault for which nothing of the table can be read."""
        self.faults.append(Fault(self.file, row, "", message))
        self.records, self.places, self.refused, self.readable = [], [], {}, False
