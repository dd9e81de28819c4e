"""Sheets of an OpenDocument spreadsheet, `.ods`, as LibreOffice and others save it.

Libraries that read it lose what a formula's error was and which cells are merged, so it is read
here: its `content.xml` says every cell with its value.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from typing import IO, TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError, iterparse

from optimizer.instance.formats import limits
from optimizer.instance.formats.grid import (
    FORMULA,
    MOST_COLUMNS,
    Area,
    Cells,
    Sheet,
    Unreadable,
    error_value,
)
from optimizer.instance.formats.source import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
TABLE = f"{{{NAMES}table:1.0}}"
OFFICE = f"{{{NAMES}office:1.0}}"
TEXT = f"{{{NAMES}text:1.0}}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
ERROR_TEXT = re.compile(r"#[A-Z0-9/?!]+|Err:\d+")
"""How the result of a formula that fails is shown."""
NUMBERS = frozenset({"float", "percentage", "currency"})
CELLS = frozenset({f"{TABLE}table-cell", f"{TABLE}covered-table-cell"})


def sheets(path: Path) -> Iterator[Sheet]:
    """The sheets of a spreadsheet.

    Raises:
        InvalidInstance: it is not a spreadsheet that can be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise refused(path.name, "is encrypted; save it without a password")
            with archive.open("content.xml") as content:
                yield from tables(content)
    except (KeyError, ValueError, ParseError, OSError, EOFError, zipfile.BadZipFile):
        raise refused(
            path.name, "is not a spreadsheet that can be read; save it again as .ods or .xlsx"
        ) from None


def tables(content: IO[bytes]) -> Iterator[Sheet]:
    """The sheets in the order of the document; tables within cells and of changes are left out."""
    path: list[str] = []
    sheet, number = Sheet(""), 0
    for event, element in iterparse(content, ("start", "end")):
        if event == "start":
            path.append(element.tag)
            if is_sheet(path):
                sheet, number = Sheet(element.get(f"{TABLE}name", "")), 0
            continue
        if is_sheet(path):
            yield sheet
            element.clear()
        elif element.tag == f"{TABLE}table-row" and within_sheet(path):
            cells = row_of(element, number + 1, sheet)
            repeated = times(element, "rows")
            for later in range(repeated if cells else 0):
                if sheet.full:
                    break
                sheet.add(number + 1 + later, cells)
            number += repeated
            element.clear()
        path.pop()


def is_sheet(path: list[str]) -> bool:
    """Whether an element is a sheet of the document."""
    return path[-1] == f"{TABLE}table" and path[-2] == f"{OFFICE}spreadsheet"


def within_sheet(path: list[str]) -> bool:
    """Whether a row belongs to the sheet itself."""
    return f"{OFFICE}spreadsheet" in path and path.count(f"{TABLE}table-row") == 1


def times(element: Element, what: str) -> int:
    """How often a cell or row stands beside itself."""
    return max(1, int(element.get(f"{TABLE}number-{what}-repeated", "1")))


def row_of(row: Element, number: int, sheet: Sheet) -> Cells:
    """The cells of a row that hold something; what is merged is added to the sheet."""
    cells: Cells = {}
    column = 0
    for element in row:
        if element.tag not in CELLS:
            continue
        repeated = times(element, "columns")
        value = value_of(element)
        if value is not None and value != "":
            for position in range(column, min(column + repeated, MOST_COLUMNS)):
                cells[position] = value
        wide = int(element.get(f"{TABLE}number-columns-spanned", "1"))
        high = int(element.get(f"{TABLE}number-rows-spanned", "1"))
        if wide > 1 or high > 1:
            sheet.merged.append(Area(number, column, number + high - 1, column + wide - 1))
        column += repeated
    return cells


def value_of(cell: Element) -> object:
    """What a cell holds: None, a number, a truth value, a text, a date, or Unreadable."""
    kind = cell.get(f"{OFFICE}value-type", "")
    formula = cell.get(f"{TABLE}formula") is not None
    shown = text_of(cell)
    if cell.get(f"{CALC}value-type") == "error" or (formula and ERROR_TEXT.fullmatch(shown)):
        return error_value(shown)
    if kind in NUMBERS:
        text = cell.get(f"{OFFICE}value", "")
        return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value") == "true"
    if kind == "date":
        return datetime.datetime.fromisoformat(cell.get(f"{OFFICE}date-value", ""))
    if kind == "time":
        return cell.get(f"{OFFICE}time-value", "")
    if formula and not kind:
        return Unreadable(FORMULA)
    return cell.get(f"{OFFICE}string-value", shown)


def text_of(cell: Element) -> str:
    """The text of a cell, one line per paragraph; comments on the cell are left out."""
    return "\n".join("".join(pieces(part)) for part in cell if part.tag == f"{TEXT}p")


def pieces(element: Element) -> Iterator[str]:
    """The text of a paragraph, piece by piece."""
    if element.tag == f"{OFFICE}annotation":
        return
    yield element.text or ""
    for part in element:
        if part.tag == f"{TEXT}s":
            yield " " * min(int(part.get(f"{TEXT}c", "1")), limits.EXCEL_CELL)
        elif part.tag == f"{TEXT}tab":
            yield "\t"
        elif part.tag == f"{TEXT}line-break":
            yield "\n"
        else:
            yield from pieces(part)
        yield part.tail or ""
