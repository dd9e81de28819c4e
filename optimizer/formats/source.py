"""What a reader of one format hands on: rows of plain values, and where each of them stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optimizer.errors import Fault, InvalidInstance
from optimizer.formats import limits
from optimizer.formats.cells import EMPTY
from optimizer.formats.columns import Column, columns
from optimizer.instance import Instance
from optimizer.validation.words import nearest, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

SLIP = 0.75
"""Likeness from which a file's name is taken for a misspelt table: `country`, not `pictures`."""

Place = tuple[str, int | None]
"""File, and row as a spreadsheet counts."""


@dataclass
class Table:
    """The rows of one table as they were read."""

    file: str
    """Where faults of the whole table are."""
    records: list[dict[str, object]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    absent: frozenset[str] = frozenset()
    """Required columns that are missing: told once, not in every row."""
    readable: bool = True
    """Whether all of its rows are here, right or wrong."""


@dataclass
class Source:
    """An instance as it was read, before any record was built."""

    settings_file: str
    file_of: Callable[[str], str]
    """Where a table is, or would be."""
    settings: dict[str, object] | None = None
    tables: dict[str, Table] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    document: str = ""
    """The text of a JSON document; empty for the other formats."""


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
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        message = f"byte {fault.start} is not UTF-8 text; save as UTF-8"
        raise refused(path.name, message) from None


def known_table(name: str) -> bool:
    """Whether an instance has a table of this name."""
    return name in Instance.tables()


def unknown_table(file: str, name: str, what: str) -> Fault:
    """The fault of a file or sheet that is no table: an error where a slip is likely."""
    near = nearest(name, frozenset(Instance.tables()), SLIP)
    if near:
        message = f"{what} is no table of an instance (did you mean {near}?)"
        return Fault(file, None, "", message)
    return Fault(file, None, "", f"{what} is no table of an instance and is not read", "warning")


def header_of(
    table: Table, name: str, cells: Sequence[object], faults: list[Fault]
) -> list[Column | None]:
    """The columns that a header names; None for those that are not read."""
    known = columns(Instance.tables()[name])
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) == 1 and ";" in names[0]:
        message = "the header is separated by semicolons; save with commas"
        faults.append(Fault(table.file, 1, "", message))
        table.readable = False
        return [None]
    for text in sorted({text for text in names if text and names.count(text) > 1}):
        faults.append(Fault(table.file, 1, text, "the column occurs more than once"))
    if "" in names:
        message = f"column {names.index('') + 1} has no name"
        faults.append(Fault(table.file, 1, "", message))
    for text in names:
        if text and text not in known:
            hint = suggestion(text, frozenset(known))
            faults.append(Fault(table.file, 1, text, f"there is no such column{hint}"))
    absent = [text for text, column in known.items() if column.required and text not in names]
    faults += [Fault(table.file, 1, text, "the required column is missing") for text in absent]
    table.absent = frozenset(absent)
    return [known.get(text) for text in names]


def fill(
    table: Table,
    header: Sequence[Column | None],
    rows: Iterable[tuple[int, Sequence[object]]],
    read: Callable[[Column, object], object],
    faults: list[Fault],
) -> None:
    """Turn rows of cells into records of plain values, up to the limit on rows."""
    width = len(header)
    for number, cells in rows:
        if len(table.records) == limits.ROWS:
            message = f"has more than {limits.ROWS:,} rows, the most that a table may have"
            faults.append(Fault(table.file, None, "", message))
            table.records, table.places, table.readable = [], [], False
            return
        if any(cell not in (None, "") for cell in cells[width:]):
            message = f"has {len(cells)} cells, but the header has {width}: a comma too many?"
            faults.append(Fault(table.file, number, "", message))
        record = {
            column.name: value
            for column, cell in zip(header, cells, strict=False)
            if column is not None and (value := read(column, cell)) is not EMPTY
        }
        if record:
            table.records.append(record)
            table.places.append((table.file, number))
