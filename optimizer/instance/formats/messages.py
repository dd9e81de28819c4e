"""Faults of one record in plain words: what pydantic found, told to an analyst."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

from optimizer.instance.formats.cells import to_text
from optimizer.instance.formats.columns import Column, columns
from optimizer.instance.formats.numbers import meant, percent
from optimizer.instance.validation.kinds import words_for
from optimizer.instance.validation.words import (
    not_a_country,
    not_a_currency,
    number_text,
    suggestion,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError

    from optimizer.instance.records import Record

DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+$")
THOUSANDS = re.compile(r"^[+-]?\d{1,3}([,'’\s]\d{3})+(\.\d+)?$")
LONGEST_QUOTE = 60


def quoted(value: object) -> str:
    """A value as the analyst typed it, cut if it is long."""
    text = value if isinstance(value, str) else str(value)
    return f"'{text[:LONGEST_QUOTE]}…'" if len(text) > LONGEST_QUOTE else f"'{text}'"


def figure_text(column: Column, number: float) -> str:
    """A number as people write it in a column: years have no separators."""
    return f"{number:.0f}" if column.unit == "year" else number_text(number)


def range_text(column: Column) -> str:
    """`0 to 1 share`, `at least 0 tonnes`, or nothing."""
    low, high = column.low, column.high
    if low is None and high is None:
        return ""
    if low is None or high is None:
        bound = f"at least {low:,}" if low is not None else f"at most {high:,}"
        return f"{bound} {column.unit}".strip()
    return f"{figure_text(column, low)} to {figure_text(column, high)} {column.unit}".strip()


def not_a_number(column: Column, value: object) -> str:
    """Why a cell of a number column cannot be read."""
    what = "a whole number" if column.kind == "integer" else "a number"
    text = str(value).strip()
    if isinstance(value, int | float):
        return f"{quoted(text)} is too large"
    if not text:
        return "one of its values is empty"
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return f"{quoted(text)} is a date or time; write {what} and give the cell a number format"
    if text.casefold() in ("nan", "na", "n/a", "null", "none", "-", "–", "tbd", "?"):
        return f"{quoted(text)} is not {what}; {unknown(column)}"
    number = meant(text)
    if text.endswith("%") and number:
        return f"{quoted(text)} is not {what}; write {text[:-1].strip()} % as {number}"
    if DECIMAL_COMMA.match(text) and not THOUSANDS.match(text):
        return f"{quoted(text)} has a decimal comma; write {number}"
    if THOUSANDS.match(text):
        hint = f"; write {number} without separators"
        if DECIMAL_COMMA.match(text):
            hint += f", or {text.replace(',', '.')} if the comma is a decimal comma"
        return f"{quoted(text)} has a separator in the number{hint}"
    if number:
        return f"{quoted(text)} is text, not {what}; write {number}"
    return f"{quoted(text)} is text, not {what}"


def unknown(column: Column) -> str:
    """What to write where a number is not known: an empty cell is not always unknown."""
    if column.required:
        return "the column must be filled: write the best estimate"
    if column.default is None:
        return "leave the cell empty where nothing is known"
    if column.name == "capex_musd":
        return "write the best estimate: a candidate without a building cost would be free"
    default = to_text(column.default)
    return f"write the best estimate: an empty cell is read as {default}"


def out_of_range(column: Column, value: object) -> str:
    """Why a number is outside its range."""
    try:
        number = float(str(value))
    except ValueError:
        return f"{quoted(value)} is not within {range_text(column)}"
    shown = figure_text(column, number)
    wanted = f"it must be {range_text(column)}"
    if column.low == 0 and number < 0:
        return f"{shown} is negative; {wanted}"
    if column.high == 1 and 1 < number <= 100:
        return f"{shown} is above 1; {wanted} ({shown} % is {percent(shown)})"
    if column.high is not None and number > column.high:
        slip = ": a slip of unit?" if column.kind == "number" and column.high >= 1e3 else ""
        return f"{shown} is too large; {wanted}{slip}"
    return f"{shown} is too small; {wanted}"


def not_text(column: Column, error: dict[str, Any]) -> str:
    """Why a cell of names or text cannot be read."""
    value = error["input"]
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "string_too_long":
        return f"has {len(value):,} characters; at most {error['ctx']['max_length']:,}"
    if error["type"] == "string_unicode":
        return "holds characters that are no Unicode text"
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return (
            f"{quoted(value)} is a date or time, which a spreadsheet program may have made of a "
            f"name; format the cell as text and write it again"
        )
    if error["type"] != "string_pattern_mismatch":
        return f"{quoted(value)} is not a text"
    if column.kind == "country":
        return not_a_country(str(value))
    if column.kind == "currency":
        return not_a_currency(str(value))
    if column.kind == "identifier":
        if not str(value):
            return "one of its names is empty"
        return (
            f"{quoted(value)} is not an identifier: up to 64 letters, digits, '_', '.' and '-', "
            f"beginning with a letter or digit"
        )
    return "holds a control character, which is no text"


def message_of(column: Column | None, error: dict[str, Any]) -> str:
    """One pydantic error in plain words."""
    kind, value = error["type"], error["input"]
    if kind == "missing":
        return "is empty, but must be filled"
    if column is None and kind == "string_pattern_mismatch":
        return f"{quoted(value)} is no name that can stand here"
    if column is None:
        return f"{quoted(value)}: {words_for(kind, error.get('ctx', {}))}"
    if kind == "finite_number":
        return f"{quoted(value)} is not a finite number; {unknown(column)}"
    if kind in ("greater_than_equal", "less_than_equal", "int_parsing_size"):
        return out_of_range(column, value)
    if kind == "int_from_float" or (kind == "int_parsing" and is_number(value)):
        return f"{quoted(value)} is not a whole number"
    if kind == "literal_error":
        return f"{quoted(value)} is not allowed; write {one_of(column)}{near(column, value)}"
    if kind.startswith("bool"):
        return f"{quoted(value)} is neither true nor false"
    if column.numeric:
        return not_a_number(column, value)
    return not_text(column, error)


def is_number(value: object) -> bool:
    """Whether a text reads as a number."""
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def one_of(column: Column) -> str:
    """`a, b or c`."""
    *others, last = column.choices
    return f"{', '.join(others)} or {last}" if others else last


def near(column: Column, value: object) -> str:
    """A hint only where a choice is really near: the choices are spelt out already."""
    hint = suggestion(str(value), frozenset(column.choices))
    return hint if "did you mean" in hint else ""


def faults_in(record: type[Record], fault: ValidationError) -> Iterator[tuple[str, str]]:
    """Field and message of each error of a single record."""
    for error in fault.errors(include_url=False):
        yield told(record, dict(error), error["loc"])


def told(
    record: type[Record], error: dict[str, Any], place: tuple[int | str, ...]
) -> tuple[str, str]:
    """Field and message of one error, at its place within the record."""
    names = [part for part in place if isinstance(part, str) and part != "[key]"]
    field = ".".join(names)
    if error["type"] == "extra_forbidden":
        hint = suggestion(field, frozenset(record.model_fields))
        return field, f"there is no such column{hint}"
    return field, message_of(columns(record).get(field), error)
