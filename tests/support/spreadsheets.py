"""Workbooks changed in ways that programs save them, for tests of formats."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import openpyxl

from optimizer.instance.formats.reader import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl.worksheet.worksheet import Worksheet

    from optimizer.instance import Instance

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NAMESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def as_saved() -> Instance:
    """tiny as it was when LibreOffice saved it (tests/files): the works for 600 t a year."""
    works = {"projects.works.capacity_t_per_year": 600}
    return load(Path("instances/tiny")).changed(works)


def edited(path: Path, change: Callable[[openpyxl.Workbook], object]) -> Path:
    """A workbook after a change of what is in it."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def column(sheet: Worksheet, name: str) -> str:
    """The letter of a column by its heading."""
    return next(cell.column_letter for cell in sheet[1] if cell.value == name)


def with_parts(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """A workbook whose parts are changed, each given by name and bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)))
    path.write_bytes(target.getvalue())
    return path


def with_formulas(path: Path) -> Path:
    """A workbook in which every cell is a formula with its result saved."""
    with zipfile.ZipFile(path) as archive:
        strings = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    texts = ["".join(part.text or "" for part in one.iter(f"{{{MAIN}}}t")) for one in strings]

    def change(name: str, content: bytes) -> bytes:
        if not name.startswith("xl/worksheets/sheet"):
            return content
        root = ElementTree.fromstring(content)
        for cell in root.iter(f"{{{MAIN}}}c"):
            value = cell.find(f"{{{MAIN}}}v")
            if value is None:
                continue
            if cell.get("t") == "s":
                cell.set("t", "str")
                value.text = texts[int(value.text or "")]
            formula = ElementTree.Element(f"{{{MAIN}}}f")
            formula.text = "1+1"
            cell.insert(0, formula)
        return ElementTree.tostring(root)

    return with_parts(path, change)


def as_ods(source: Path, target: Path) -> Path:
    """A workbook as an OpenDocument spreadsheet, equal cells and rows folded as programs do."""
    book = openpyxl.load_workbook(source)
    sheets = "".join(ods_sheet(sheet) for sheet in book.worksheets)
    content = (
        f"<office:document-content {NAMESPACES}><office:body><office:spreadsheet>{sheets}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return target


def ods_sheet(sheet: Worksheet) -> str:
    rows = [[ods_cell(cell.value) for cell in row] for row in sheet.iter_rows()]
    text = "".join(f"<table:table-row>{''.join(folded(row))}</table:table-row>" for row in rows)
    rest = '<table:table-row table:number-rows-repeated="1048000"/>'
    return f"<table:table table:name={quoteattr(sheet.title)}>{text}{rest}</table:table>"


def folded(cells: list[str]) -> list[str]:
    """Cells with each run of equal ones said once, with their number."""
    found: list[str] = []
    runs: list[int] = []
    for cell in cells:
        if found and found[-1] == cell:
            runs[-1] += 1
        else:
            found.append(cell)
            runs.append(1)
    repeated = 'table:table-cell table:number-columns-repeated="{}"'
    return [
        cell if run == 1 else cell.replace("table:table-cell", repeated.format(run), 1)
        for cell, run in zip(found, runs, strict=True)
    ]


def ods_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        kind = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
        return f"<table:table-cell {kind}/>"
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
    if isinstance(value, datetime.datetime):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
        return f"<table:table-cell {kind}/>"
    lines = [
        re.sub(" {2,}|^ | $", lambda run: f'<text:s text:c="{len(run[0])}"/>', escape(line))
        for line in str(value).replace("\t", "\0").split("\n")
    ]
    paragraphs = "".join(f"<text:p>{line}</text:p>" for line in lines)
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'.replace(
        "\0", "<text:tab/>"
    )
