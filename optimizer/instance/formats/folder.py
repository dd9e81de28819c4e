"""An instance as a folder: `instance.toml` with the settings and one CSV file per table."""

from __future__ import annotations

import contextlib
import csv
import io
import tomllib
from typing import TYPE_CHECKING

import tomli_w

from optimizer.errors import Fault, InvalidInstance, OptimizerError
from optimizer.instance import Instance
from optimizer.instance.formats import limits
from optimizer.instance.formats.beside import SETTINGS_FILE, bare, tell_file, tell_folder
from optimizer.instance.formats.cells import from_csv, guarded, to_text
from optimizer.instance.formats.columns import columns
from optimizer.instance.formats.names import SETTINGS, table_named
from optimizer.instance.formats.source import Source, fill, known_table, text_of
from optimizer.instance.formats.table import Table
from optimizer.system.files import files_into

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optimizer.instance.formats.columns import Column
    from optimizer.instance.formats.grid import Cells
    from optimizer.instance.records import Record, Row


def read_folder(path: Path) -> Source:
    """Read what a folder holds, without judging its values."""
    source = Source(SETTINGS_FILE, lambda table: f"{table}.csv")
    others: list[Path] = []
    for file in sorted(path.iterdir()):
        if file.suffix == ".csv" and known_table(file.stem) and file.is_file():
            source.tables[file.stem] = read_table(file, Instance.tables()[file.stem], source.faults)
        elif file.name != SETTINGS_FILE:
            others.append(file)
    has_settings = (path / SETTINGS_FILE).is_file()
    here = {*source.tables, *([SETTINGS] if has_settings else [])}
    meant = {table for file in others for table in tell_other(source, file, here)}
    if has_settings or SETTINGS not in meant:
        try:
            source.settings = read_settings(path / SETTINGS_FILE)
        except InvalidInstance as fault:
            source.faults += fault.faults
    return source


def tell_other(source: Source, file: Path, here: set[str]) -> set[str]:
    """Tell of what lies beside the tables; the tables that it may have been meant for, if any.

    Args:
        source: gets the fault; the table that a file was meant for counts as lost.
        file: the file or folder.
        here: the tables, and `settings`, that are there under their right names.
    """
    if file.suffix == ".csv" and known_table(file.stem):
        source.faults.append(Fault(file.name, None, "", "is no file that can be read"))
        source.lose(file.stem, file.name)
        return {file.stem}
    if file.is_dir() and not table_named(bare(file.name)):
        with contextlib.suppress(OSError):  # Nobody may read it, and nobody asks for it.
            inner = [one.name for one in file.iterdir()]
            source.faults += tell_folder(file.name, inner, here)
        return set()
    found, meant = tell_file(file.name, here)
    source.faults += [found] if found else []
    if meant and meant != SETTINGS:
        source.lose(meant, file.name)
    return {meant} - {""}


def read_settings(path: Path) -> dict[str, object]:
    """The settings as TOML says them."""
    if not path.is_file():
        message = "the folder has no such file; it holds the settings of the instance"
        raise InvalidInstance((Fault(SETTINGS_FILE, None, "", message),))
    try:
        return tomllib.loads(text_of(path))
    except tomllib.TOMLDecodeError as fault:
        message = f"is not valid TOML: {fault}"
        raise InvalidInstance((Fault(SETTINGS_FILE, None, "", message),)) from None


def read_table(path: Path, record: type[Record], faults: list[Fault]) -> Table:
    """The rows of one CSV file, read as records; what cannot be read is added to the faults."""
    table = Table(path.name, faults)
    uneven: list[Fault] = []
    try:
        rows = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
        fill(table, record, numbered(table, rows, uneven), read_cell)
        faults += uneven if table.letters else []  # Else the first row is no heading to go by.
    except InvalidInstance as fault:
        faults += fault.faults
        table.readable = False
    except csv.Error as fault:
        message = f"cannot be read beyond line {rows.line_num}: {fault}"
        faults.append(Fault(path.name, None, "", message))
        table.readable = False
    return table


def numbered(
    table: Table, rows: Iterator[list[str]], uneven: list[Fault]
) -> Iterator[tuple[int, Cells]]:
    """The rows that hold something, with their numbers as a spreadsheet counts.

    Those with fewer or more cells than the first are faults: a comma is missing or too many.
    """
    width = 0
    for number, cells in enumerate(rows, 1):
        held: Cells = {position: cell for position, cell in enumerate(cells) if cell}
        if not held:
            continue
        width = width or len(cells)
        if len(cells) < width or max(held) >= width:
            slip = "missing" if len(cells) < width else "too many"
            message = f"has {len(cells)} cells, but the header has {width}: a comma {slip}?"
            uneven.append(Fault(table.file, number, "", message))
        yield number, {position: cell for position, cell in held.items() if position < width}


def read_cell(column: Column, cell: object) -> object:
    """What a CSV cell says."""
    return from_csv(column, str(cell))


def write_folder(instance: Instance, path: Path) -> None:
    """Write the settings and the tables that have rows; files of empty tables are removed."""
    with files_into(path) as fresh:
        settings = tomli_w.dumps(instance.settings.model_dump(mode="json"))
        (fresh / SETTINGS_FILE).write_text(settings, encoding="utf-8", newline="")
        for name, record in instance.tables().items():
            if rows := getattr(instance, name):
                text = table_text(record, rows)
                (fresh / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    remove_empty(instance, path)


def remove_empty(instance: Instance, path: Path) -> None:
    """Remove the files that a folder has of tables without rows in this instance."""
    for name in instance.tables():
        if not getattr(instance, name):
            (path / f"{name}.csv").unlink(missing_ok=True)


def table_text(record: type[Row], rows: tuple[Row, ...]) -> str:
    """The CSV text of a table: every column, also those at their default."""
    known = columns(record)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(known)
    for row in rows:
        writer.writerow([cell_text(column, getattr(row, name)) for name, column in known.items()])
    return text.getvalue()


def cell_text(column: Column, value: object) -> str:
    """One cell; free text that looks like a formula is guarded."""
    text = to_text(value)
    if len(text) > limits.CSV_CELL:
        raise OptimizerError(
            f"{column.name}: {len(text):,} characters do not fit into a CSV cell; save as JSON"
        )
    return guarded(text) if column.kind == "text" else text
