"""An instance as an Excel workbook: a sheet `settings` (field, value) and one sheet per table."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import TYPE_CHECKING, Any

from optimizer.errors import Fault, OptimizerError
from optimizer.files import whole_file
from optimizer.formats import limits
from optimizer.formats.cells import EMPTY, from_value, to_text
from optimizer.formats.columns import columns
from optimizer.formats.source import (
    Source,
    Table,
    content,
    fill,
    header_of,
    known_table,
    refused,
    unknown_table,
)
from optimizer.instance import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from optimizer.instance import Instance

SHEET = "settings"
WEIGHTS = "objective.weights."
EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""Date of creation of every workbook, so that equal instances give equal files."""


def read_workbook(path: Path) -> Source:
    """Read what a workbook holds, without judging its values."""
    import openpyxl

    check_archive(path)
    source = Source(f"{path.name} sheet {SHEET}", lambda table: f"{path.name} sheet {table}")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except (KeyError, ValueError, OSError, SyntaxError, zipfile.BadZipFile):
        raise refused(path.name, "is not a workbook that can be read; save it as .xlsx") from None
    try:
        for sheet in book.worksheets:
            read_sheet(source, sheet)
    except (KeyError, ValueError, SyntaxError, zipfile.BadZipFile):
        raise refused(path.name, "the workbook is damaged; save it again as .xlsx") from None
    finally:
        book.close()
    if source.settings is None and not source.faults:
        message = "the workbook has no such sheet; it holds the settings (columns field, value)"
        source.faults.append(Fault(source.settings_file, None, "", message))
    return source


def check_archive(path: Path) -> None:
    """Refuse what is no zip file, or unzips to more than the limit."""
    content(path)
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise refused(path.name, "is not a workbook; save it as .xlsx") from None
    if size > limits.UNZIPPED_BYTES:
        most = limits.UNZIPPED_BYTES // 2**20
        raise refused(
            path.name, f"the workbook unzips to {size / 2**20:,.0f} MiB; at most {most} are read"
        )


def read_sheet(source: Source, sheet: Any) -> None:
    """Read one sheet into the source: the settings, a table, or something else."""
    name = sheet.title
    file = source.file_of(name)
    rows = values(sheet, file, source.faults)
    if name == SHEET:
        source.settings = read_settings(rows, file, source.faults)
    elif not known_table(name):
        source.faults.append(unknown_table(file, name, f"the sheet '{name}'"))
    else:
        table = Table(file)
        source.tables[name] = table
        first = next(rows, None)
        if first is not None:
            header = header_of(table, name, first[1], source.faults)
            if table.readable:
                fill(table, header, rows, from_value, source.faults)


def values(sheet: Any, file: str, faults: list[Fault]) -> Iterator[tuple[int, list[object]]]:
    """The rows of a sheet with their numbers; formulas and errors are faults."""
    header: Sequence[object] = ()
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [None if cell.data_type in ("f", "e") else cell.value for cell in row]
        if number == 1:
            header = cells
        for position, cell in enumerate(row):
            if cell.data_type in ("f", "e"):
                field = str(header[position]) if position < len(header) else ""
                what = "a formula" if cell.data_type == "f" else f"the error {cell.value}"
                faults.append(Fault(file, number, field, f"holds {what}; paste its value instead"))
        yield number, cells


def read_settings(
    rows: Iterator[tuple[int, list[object]]], file: str, faults: list[Fault]
) -> dict[str, object]:
    """The settings, nested as in `instance.toml`."""
    _, header = next(rows, (1, []))
    if [str(cell).strip() for cell in header[:2]] != ["field", "value"]:
        faults.append(Fault(file, 1, "", "the columns must be field and value"))
        return {}
    weights: dict[str, object] = {}
    objective: dict[str, object] = {}
    settings: dict[str, object] = {}
    seen: set[str] = set()
    known = columns(Settings)
    for number, cells in rows:
        field, value = ([*cells, None, None])[:2]
        name = str(field or "").strip()
        if not name or value is None:
            continue
        if name in seen:
            faults.append(Fault(file, number, name, "the field occurs more than once"))
        seen.add(name)
        if name.startswith(WEIGHTS):
            weights[name.removeprefix(WEIGHTS)] = value
        elif name.startswith("objective."):
            objective[name.removeprefix("objective.")] = value
        else:
            read = from_value(known[name], value) if name in known else value
            settings |= {} if read is EMPTY else {name: read}
    if weights:
        objective["weights"] = weights
    return settings | ({"objective": objective} if objective else {})


def write_workbook(instance: Instance, path: Path) -> None:
    """Write the settings and the tables that have rows."""
    import xlsxwriter  # type: ignore[import-untyped]

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    text = io.BytesIO()  # The library's own errors of files are no OSError.
    with xlsxwriter.Workbook(text, options | {"in_memory": True}) as book:
        book.set_properties({"created": EPOCH})
        write_sheet(book, SHEET, ["field", "value"], list(settings_rows(instance)))
        for name, record in instance.tables().items():
            rows = getattr(instance, name)
            if rows:
                known = list(columns(record))
                cells = [[getattr(row, column) for column in known] for row in rows]
                write_sheet(book, name, known, cells)
    with whole_file(path) as fresh:
        fresh.write_bytes(text.getvalue())


def settings_rows(instance: Instance) -> Iterator[list[object]]:
    """The settings as rows of field and value."""
    nested = instance.settings.model_dump()
    objective = nested.pop("objective")
    weights = objective.pop("weights")
    yield from ([name, value] for name, value in nested.items())
    yield from ([f"objective.{name}", value] for name, value in objective.items())
    yield from ([WEIGHTS + name, value] for name, value in weights.items())


def write_sheet(book: Any, name: str, header: list[str], rows: list[list[object]]) -> None:
    """Write one sheet, its header bold and always in view."""
    sheet = book.add_worksheet(name)
    sheet.write_row(0, 0, header, book.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, 1):
        for position, value in enumerate(row):
            write_cell(sheet, number, position, value)


def write_cell(sheet: Any, row: int, position: int, value: object) -> None:
    """Write a value so that it is read back exactly."""
    if isinstance(value, bool):
        sheet.write_boolean(row, position, value)
    elif isinstance(value, int | float) and survives(value):
        sheet.write_number(row, position, value)
    elif (text := to_text(value)) != "":
        if len(text) > limits.EXCEL_CELL or "x005F_" in text:
            shown = f"{text[:40]}…"
            raise OptimizerError(f"a workbook cannot hold the text '{shown}'; save as JSON")
        sheet.write_string(row, position, text)


def survives(value: float) -> bool:
    """Whether a workbook, which holds 16 digits, gives the number back; else it is text.

    Zero below zero does not: a workbook has one zero only.
    """
    return repr(float(f"{value:.16G}")) == repr(float(value)) and repr(value) != "-0.0"
