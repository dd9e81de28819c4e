"""What a reader of one format hands on: rows of plain values, and where each of them stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING

from optimizer.errors import Fault, InvalidInstance
from optimizer.instance import Instance
from optimizer.instance.formats import limits
from optimizer.instance.formats.cells import EMPTY
from optimizer.instance.formats.columns import Column, columns
from optimizer.instance.formats.grid import Unreadable
from optimizer.instance.formats.headings import (
    SEARCHED,
    Heading,
    by_folded,
    find_heading,
    read_heading,
    tell_remarks,
)
from optimizer.instance.formats.table import Table
from optimizer.instance.validation.findings import MOST_LISTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from optimizer.instance.formats.grid import Cells
    from optimizer.instance.records import Record


@dataclass
class Source:
    """An instance as it was read, before any record was built."""

    settings_file: str
    file_of: Callable[[str], str]
    """Where a table is, or would be."""
    settings: dict[str, object] | None = None
    settings_cells: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Row and cell of each setting in a workbook."""
    settings_refused: set[str] = field(default_factory=set)
    """Settings that could not be read: told already."""
    tables: dict[str, Table] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    document: str = ""
    """The text of a JSON document; empty for the other formats."""

    def place_of(self, table: str) -> str:
        """Where a table is: its own place where it has been read."""
        return self.tables[table].file if table in self.tables else self.file_of(table)

    def lose(self, table: str, file: str) -> None:
        """Take a table for unreadable that stands under a wrong name, so that it is not missed."""
        self.tables.setdefault(table, Table(file, readable=False))


def refused(file: str, message: str) -> InvalidInstance:
    """The exception for a file of which nothing can be read."""
    return InvalidInstance((Fault(file, None, "", message),))


def content(path: Path) -> bytes:
    """The bytes of a file that is neither empty nor too large."""
    size = path.stat().st_size
    if size == 0:
        raise refused(path.name, "the file is empty, not even a header; delete it or fill it")
    if size > limits.FILE_BYTES:
        raise refused(
            path.name,
            f"the file has {size / 2**20:,.0f} MiB; at most {limits.FILE_BYTES // 2**20} are read",
        )
    return path.read_bytes()


def text_of(path: Path) -> str:
    """The text of a UTF-8 file, with or without byte order mark."""
    data = content(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        message = f"byte {fault.start} is not UTF-8 text; save as UTF-8"
        raise refused(path.name, message) from None
    if "\0" in text:
        message = f"byte {data.index(0)} is zero, as in UTF-16 or no text at all; save as UTF-8"
        raise refused(path.name, message)
    return text


def known_table(name: str) -> bool:
    """Whether an instance has a table of this name."""
    return name in Instance.tables()


def fill(
    table: Table,
    record: type[Record],
    rows: Iterable[tuple[int, Cells]],
    read: Callable[[Column, object], object],
    check: Callable[[Heading], bool] = lambda _: True,
) -> None:
    """Turn rows of cells, the first of them the heading, into records of plain values.

    Args:
        table: gets the records and the faults.
        record: what its rows are.
        rows: the rows that hold something, with their numbers.
        read: what a cell of a column says.
        check: told the heading before the rows below it are read; False ends the reading.
    """
    numbered = iter(rows)
    first = list(islice(numbered, SEARCHED))
    known = by_folded(columns(record))
    if not first or not find_heading(table, first, known):
        return
    heading = read_heading(table, *first[0], known)
    if check(heading):
        read_rows(table, heading, chain(first[1:], numbered), read)


def read_rows(
    table: Table,
    heading: Heading,
    rows: Iterator[tuple[int, Cells]],
    read: Callable[[Column, object], object],
) -> None:
    """Read the rows below a heading, up to the limit on rows."""
    unnamed: dict[int, list[int]] = {}
    unreadable: list[tuple[int, int, Column, str]] = []
    for number, cells in rows:
        if len(table.records) == limits.ROWS:
            table.refuse(f"has more than {limits.ROWS:,} rows, the most that a table may have")
            return
        if heading.is_repeated_in(cells):
            message = "the heading occurs again: keep one block of rows in a table, and delete this"
            table.refuse(message, number)
            return
        record: dict[str, object] = {}
        lost: set[str] = set()
        for position, cell in cells.items():
            column = heading.columns.get(position)
            if column is None:
                if position not in heading.named and str(cell).strip():
                    unnamed.setdefault(position, []).append(number)
            elif isinstance(cell, Unreadable):
                lost.add(column.name)
                unreadable.append((number, position, column, cell.why))
            elif (value := read(column, cell)) is not EMPTY:
                record[column.name] = value
        table.add(number, record, lost)
    tell_unreadable(table, unreadable)
    tell_remarks(table, unnamed)


def tell_unreadable(table: Table, cells: list[tuple[int, int, Column, str]]) -> None:
    """The faults of cells without a value that can be read: row, position, column and why."""
    new = [cell for cell in cells if cell[-1]]
    for number, position, column, why in new[:MOST_LISTED]:
        table.tell(number, column.name, why, position)
    if len(new) > MOST_LISTED:
        message = f"has {len(new):,} such cells; only the first {MOST_LISTED:,} are listed"
        table.faults.append(Fault(table.file, None, "", message))
