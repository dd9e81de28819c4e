"""An instance as a workbook: a sheet `settings` (field, value) and one sheet per table."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from optimizer.errors import Fault
from optimizer.instance import Instance
from optimizer.instance.formats import limits
from optimizer.instance.formats.cells import from_value
from optimizer.instance.formats.merging import unmerged
from optimizer.instance.formats.names import (
    REMARK,
    SETTINGS,
    table_meant,
    table_named,
    unknown_sheet,
)
from optimizer.instance.formats.settings_sheet import read_settings
from optimizer.instance.formats.source import Source, content, fill, refused
from optimizer.instance.formats.table import Table
from optimizer.instance.validation.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optimizer.instance.formats.grid import Sheet

MOST_ZEROS = 3
"""Formulas with an uncertain result that are named."""
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
"""How an old `.xls` begins, and a new workbook with a password."""


def read_workbook(path: Path) -> Source:
    """Read what a workbook holds, without judging its values: `.xlsx`, `.xlsm` or `.ods`."""
    source = Source(f"{path.name} sheet {SETTINGS}", lambda table: f"{path.name} sheet {table}")
    names: dict[str, str] = {}
    meant: dict[str, str] = {}
    for sheet in sheets_of(path):
        file = f"{path.name} sheet {sheet.name}"
        if table := read_sheet(source, sheet, file, names):
            meant[table] = file
    for table in meant.keys() - {SETTINGS}:
        source.lose(table, meant[table])
    if SETTINGS not in names | meant:
        message = "the workbook has no such sheet; it holds the settings (columns field, value)"
        source.faults.append(Fault(source.settings_file, None, "", message))
    return source


def sheets_of(path: Path) -> Iterator[Sheet]:
    """The sheets of a workbook, each once its turn comes; what it holds counts, not its ending."""
    from optimizer.instance.formats import excel, opendocument

    parts = check_archive(path)
    is_ods = path.suffix.lower() == ".ods" or "content.xml" in parts
    if is_ods and "xl/workbook.xml" not in parts:
        return opendocument.sheets(path)
    return excel.sheets(path)


def check_archive(path: Path) -> list[str]:
    """Refuse what is no zip file, or unzips to more than the limit; else the names of its parts."""
    data = content(path)
    if data.startswith(OLD_OFFICE):
        message = "is an old workbook (.xls) or has a password; save it as .xlsx without one"
        raise refused(path.name, message)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        raise refused(path.name, f"is not a workbook; save it as {path.suffix.lower()}") from None
    size = sum(entry.file_size for entry in entries)
    if size > limits.UNZIPPED_BYTES:
        most = limits.UNZIPPED_BYTES // 2**20
        raise refused(
            path.name, f"the workbook unzips to {size / 2**20:,.0f} MiB; at most {most} are read"
        )
    return [entry.filename for entry in entries]


def read_sheet(source: Source, sheet: Sheet, file: str, names: dict[str, str]) -> str:
    """Read one sheet into the source: the settings, a table, a remark or something else.

    Args:
        source: gets what the sheet holds, and the faults.
        sheet: the sheet.
        file: what faults call it.
        names: sheet by table so far; gets this one.

    Returns:
        The table that it may have been meant for where it is none, or nothing.
    """
    if sheet.name.startswith(REMARK):
        return ""
    name = table_named(sheet.name)
    if not name:
        meant = table_meant(sheet.name)
        if sheet.rows or meant:
            source.faults.append(unknown_sheet(file, sheet.name))
        return meant
    if name in names:
        message = f"the sheets '{names[name]}' and '{sheet.name}' are both {name}: keep one"
        source.faults.append(Fault(file, None, "", message))
        return ""
    names[name] = sheet.name
    table = Table(file, source.faults, sheet.name)
    if name == SETTINGS:
        source.settings_file = file
    else:
        source.tables[name] = table
    if sheet.cells > limits.CELLS:
        table.refuse(f"has more than {limits.CELLS:,} cells, the most that a sheet may have")
    elif name == SETTINGS:
        read_settings(source, table, sheet)
    else:
        fill_sheet(table, name, sheet)
    return ""


def fill_sheet(table: Table, name: str, sheet: Sheet) -> None:
    """Read the rows of a table from its sheet."""
    fill(table, Instance.tables()[name], sheet.rows, from_value, unmerged(table, sheet))
    tell_zero_results(table, sheet)


def tell_zero_results(table: Table, sheet: Sheet) -> None:
    """Warn of formulas that a program saved with the result 0 without having calculated them."""
    if sheet.zero_results and table.readable:
        count = len(sheet.zero_results)
        named = sheet.zero_results[:MOST_ZEROS]
        names = listed([*named, f"{count - len(named)} more"] if count > len(named) else named)
        message = (
            f"{count:,} formulas ({names}) have the saved result 0 in a workbook that asks to be "
            "calculated anew; open and save it in a spreadsheet program"
        )
        table.faults.append(Fault(table.file, None, "", message, "warning"))
