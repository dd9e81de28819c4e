"""Sheets of an Excel workbook, `.xlsx` or `.xlsm`, with the results that Excel saved in it.

Read cell by cell with openpyxl's parser of sheets: the size that a sheet declares is not believed,
cells that have a format alone cost nothing, and a formula counts with its saved result. Its
read-only sheets do none of the three.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ParseError

from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._reader import (
    FORMULA_TAG,
    MERGE_TAG,
    ROW_TAG,
    VALUE_TAG,
    WorkSheetParser,
)
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.xml.functions import iterparse

from optimizer.instance.formats.grid import FORMULA, Area, Sheet, Unreadable, error_value, letters
from optimizer.instance.formats.source import content, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MERGED_CELL = MERGE_TAG.removesuffix("s")
STRICT = b"purl.oclc.org/ooxml"
BROKEN = (
    *(AttributeError, EOFError, IndexError, KeyError, OSError, ParseError, SyntaxError),
    *(TypeError, ValueError, zipfile.BadZipFile),
)
"""What openpyxl raises on a workbook that is damaged or forged."""


class Reader(ExcelReader):
    """Reads a workbook without the sheets of charts, which hold no cells."""

    def read_chartsheet(self, *_: object) -> None:
        """Pass over a chart."""


class Parser(WorkSheetParser):
    """Reads the cells of one sheet, each with whether it is a formula."""

    def parse_row(self, row: Any) -> tuple[int, list[dict[str, Any]]]:
        """The number of a row and its cells, without those that have a format alone."""
        row[:] = [cell for cell in row if len(cell) or not cell.get("r")]
        found: tuple[int, list[dict[str, Any]]] = super().parse_row(row)
        return found

    def parse_cell(self, element: Element) -> dict[str, Any]:
        """A cell as openpyxl reads it, with the value Unreadable where there is none to read."""
        cell: dict[str, Any] = super().parse_cell(element)
        cell["formula"] = element.find(FORMULA_TAG) is not None
        if cell["data_type"] == "e":
            cell["value"] = error_value(cell["value"])
        elif cell["formula"] and cell["value"] is None and not is_empty_text(element):
            cell["value"] = Unreadable(FORMULA)
        return cell


def is_empty_text(element: Element) -> bool:
    """Whether a formula's saved result is the empty text."""
    return element.get("t") == "str" and element.find(VALUE_TAG) is not None


def sheets(path: Path) -> Iterator[Sheet]:
    """The sheets of a workbook.

    Raises:
        InvalidInstance: it is not a workbook that can be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of styles, which are not read.
            body = io.BytesIO(content(path))  # Of a path openpyxl would judge the ending.
            reader = Reader(body, read_only=True, data_only=True, keep_links=False)
            reader.read()
            book = reader.wb
    except BROKEN:
        raise refused(path.name, unreadable(path)) from None
    try:
        if is_strict(path):
            raise refused(path.name, unreadable(path))
        for sheet in book.worksheets:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Of dates out of range: they are error values.
                found = read_sheet(sheet)
            yield found
    except BROKEN:
        raise refused(path.name, "the workbook is damaged; save it again as .xlsx") from None
    finally:
        book.close()


def is_strict(path: Path) -> bool:
    """Whether a workbook is of the strict sort, whose names openpyxl does not know."""
    with zipfile.ZipFile(path) as archive:
        return STRICT in archive.read("xl/workbook.xml")


def unreadable(path: Path) -> str:
    """Why a zip file is not read as a workbook."""
    try:
        if is_strict(path):
            return "is a 'Strict Open XML' workbook; save it as 'Excel Workbook (.xlsx)'"
    except (KeyError, zipfile.BadZipFile):
        pass
    return "is not a workbook that can be read; save it as .xlsx"


def read_sheet(sheet: Any) -> Sheet:
    """The cells of one sheet that hold something, and what is merged."""
    book, found = sheet.parent, Sheet(sheet.title)
    anew = bool(book.calculation is not None and book.calculation.fullCalcOnLoad)
    with sheet._get_source() as source:
        parser = Parser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for _, element in iterparse(source):
            if element.tag == ROW_TAG:
                number, cells = parser.parse_row(element)
                element.clear()
                held = {cell["column"] - 1: cell for cell in cells if holds(cell["value"])}
                found.add(number, {column: cell["value"] for column, cell in held.items()})
                if anew:
                    zeros = [column for column, cell in held.items() if is_zero_result(cell)]
                    found.zero_results += [f"{letters(column)}{number}" for column in zeros]
                if found.full:
                    break
            elif element.tag == MERGED_CELL:
                area = CellRange(element.get("ref"))
                found.merged.append(
                    Area(area.min_row, area.min_col - 1, area.max_row, area.max_col - 1)
                )
    return found


def holds(value: object) -> bool:
    """Whether a cell holds something."""
    return value is not None and value != ""


def is_zero_result(cell: dict[str, Any]) -> bool:
    """Whether a cell is a formula with the result 0, which programs write that do not calculate."""
    value = cell["value"]
    return cell["formula"] and not isinstance(value, bool) and value == 0
