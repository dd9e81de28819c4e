"""Writing an instance as an Excel workbook that helps whoever fills it in.

Every table has its sheet, also an empty one, with all headings; each heading has a comment with
unit and meaning, and cells with a choice have a list to choose from.
"""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any

from optimizer.errors import OptimizerError
from optimizer.instance.formats import limits
from optimizer.instance.formats.cells import to_text
from optimizer.instance.formats.columns import Column, columns
from optimizer.instance.formats.grid import letters
from optimizer.instance.formats.messages import one_of, range_text
from optimizer.instance.formats.names import REMARK, SETTINGS
from optimizer.instance.formats.settings_sheet import OBJECTIVE, WEIGHTS
from optimizer.instance.settings import Objective, Settings
from optimizer.system.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optimizer.instance import Instance

EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""Date of creation of every workbook, so that equal instances give equal files."""
TEXT = {"num_format": "@"}
NARROWEST = 9
CHOICES = f"{REMARK}choices"
LONGEST_LIST = 255
"""Characters of a list in a cell's rule."""
COMMENT = {"x_scale": 2.5, "y_scale": 1.6, "author": "Lodestone"}
WEIGHTS_NOTE = "Weight of a criterion in the objective; one row per criterion."


def write_workbook(instance: Instance, path: Path) -> None:
    """Write the settings and every table, with headings, units and lists of choices.

    Raises:
        OptimizerError: a text does not fit into a cell.
        OSError: it cannot be written there; what was there is left as it was.
    """
    import xlsxwriter  # type: ignore[import-untyped]

    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    content = io.BytesIO()  # The library's own errors of files are no OSError.
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": EPOCH})
        bold, text, lists = book.add_format({"bold": True}), book.add_format(TEXT), Lists(book)
        write_settings(book, bold, lists, instance)
        for name, record in instance.tables().items():
            known = columns(record)
            sheet = add_sheet(book, name, bold, list(known))
            for position, column in enumerate(known.values()):
                describe(sheet, position, column, text if is_text(column) else None)
                if not column.many and (column.choices or column.kind == "boolean"):
                    sheet.data_validation(1, position, limits.ROWS, position, lists.of(column))
            for number, row in enumerate(getattr(instance, name), 1):
                for position, column_name in enumerate(known):
                    write_cell(sheet, number, position, getattr(row, column_name))
    with whole_file(path) as fresh:
        fresh.write_bytes(content.getvalue())


def write_settings(book: Any, bold: Any, lists: Lists, instance: Instance) -> None:
    """Write the sheet of the settings; what each means is a comment on its field."""
    sheet = add_sheet(book, SETTINGS, bold, ["field", "value"])
    known = {OBJECTIVE + name: column for name, column in columns(Objective).items()}
    known |= columns(Settings)
    for number, (name, value) in enumerate(settings_rows(instance), 1):
        write_cell(sheet, number, 0, name)
        write_cell(sheet, number, 1, value)
        note = comment(known[name]) if name in known else WEIGHTS_NOTE
        sheet.write_comment(number, 0, note, COMMENT)
        if name in known and known[name].choices:
            sheet.data_validation(number, 1, number, 1, lists.of(known[name]))
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 24)


def add_sheet(book: Any, name: str, bold: Any, header: list[str]) -> Any:
    """A new sheet, its heading bold and always in view."""
    sheet = book.add_worksheet(name)
    sheet.write_row(0, 0, header, bold)
    sheet.freeze_panes(1, 0)
    return sheet


def is_text(column: Column) -> bool:
    """Whether a spreadsheet program must not make a date or number of what is typed."""
    return column.many or not (column.numeric or column.kind == "boolean")


def describe(sheet: Any, position: int, column: Column, form: Any) -> None:
    """Say what a column means in a comment on its heading, and give it width and format."""
    sheet.write_comment(0, position, comment(column), COMMENT)
    sheet.set_column(position, position, max(NARROWEST, len(column.name) + 2), form)


def comment(column: Column) -> str:
    """Unit, range, default and meaning of a column."""
    holds = f"{column.unit}; {bounds}" if (bounds := range_text(column)) else column.unit
    if column.choices:
        holds = one_of(column)
    default = to_text(tuple(column.default) if isinstance(column.default, list) else column.default)
    empty = "Required." if column.required else f"Empty: {default or 'not stated'}."
    several = "Several, separated by semicolons." if column.many else ""
    parts = (f"[{holds}]" if holds else "", column.meaning, several, empty)
    return "\n".join(part for part in parts if part)


class Lists:
    """Lists of choices; those too long to stand in a cell's rule stand in a hidden sheet."""

    def __init__(self, book: Any) -> None:
        """Begin without any in the hidden sheet, which is made with the first."""
        self._book = book
        self._sheet: Any = None
        self._columns = 0

    def of(self, column: Column) -> dict[str, Any]:
        """The rule that a cell holds one of a column's choices, for a spreadsheet program."""
        choices = list(column.choices) or ["TRUE", "FALSE"]
        source: list[str] | str = choices
        if len(",".join(choices)) > LONGEST_LIST:
            if self._sheet is None:
                self._sheet = self._book.add_worksheet(CHOICES)
                self._sheet.hide()
            self._sheet.write_column(0, self._columns, choices)
            letter = letters(self._columns)
            source = f"='{CHOICES}'!${letter}$1:${letter}${len(choices)}"
            self._columns += 1
        message = f"'{column.name}' is one of the list"
        return {"validate": "list", "source": source, "error_message": message}


def settings_rows(instance: Instance) -> Iterator[list[object]]:
    """The settings as rows of field and value."""
    nested = instance.settings.model_dump()
    objective = nested.pop("objective")
    weights = objective.pop("weights")
    yield from ([name, value] for name, value in nested.items())
    yield from ([f"objective.{name}", value] for name, value in objective.items())
    yield from ([WEIGHTS + name, value] for name, value in weights.items())


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
