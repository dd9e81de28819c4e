"""Cells: what a text, a spreadsheet's value or a JSON value says, and how a value is written."""

from __future__ import annotations

import datetime
import math
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from optimizer.instance.formats.columns import Column

GUARDED = re.compile(r"^'*[=+\-@\t]")
"""Free text that a spreadsheet would take for a formula, with the quotes put before it."""


class Empty(NamedTuple):
    """An empty cell: the field takes its default."""


EMPTY = Empty()


def guarded(text: str) -> str:
    """Free text, kept from being taken for a formula by a single quote before it."""
    return f"'{text}" if GUARDED.match(text) else text


def unguarded(text: str) -> str:
    """Free text without the single quote of `guarded`."""
    return text[1:] if text.startswith("'") and GUARDED.match(text) else text


def from_text(column: Column, text: str) -> object:
    """What a text cell says: EMPTY, a text for pydantic to parse, or a tuple of such."""
    if column.kind == "text":
        return text if text else EMPTY
    stripped = text.strip()
    if not stripped:
        return EMPTY
    return tuple(part.strip() for part in stripped.split(";")) if column.many else stripped


def from_csv(column: Column, text: str) -> object:
    """What a CSV cell says."""
    return from_text(column, unguarded(text) if column.kind == "text" else text)


def from_value(column: Column, value: object) -> object:
    """What a spreadsheet's or JSON value says: EMPTY, or a value for pydantic to parse."""
    if value is None:
        return EMPTY
    if isinstance(value, str):
        return from_text(column, value)
    if isinstance(value, list | tuple):
        return tuple(plain(column, part) for part in value) if column.many else value
    said = plain(column, value)
    return (said,) if column.many else said


def plain(column: Column, value: object) -> object:
    """One value; numbers in columns of names are names such as `2030`, dates in free text are text.

    A yes or no in a number column is passed on as text, so that it is refused and not read as 1.
    """
    if isinstance(value, bool):
        return value if column.kind == "boolean" else str(value).lower()
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return date_text(value) if column.kind == "text" else value
    if column.numeric or column.kind == "boolean" or not isinstance(value, int | float):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return value
    whole = isinstance(value, int) or value.is_integer()
    return str(int(value)) if whole else repr(value)


def date_text(value: datetime.date | datetime.time | datetime.timedelta) -> str:
    """A date as ISO 8601 writes it, without the time of day where there is none."""
    if isinstance(value, datetime.timedelta):
        return str(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return value.isoformat()


def to_text(value: object) -> str:
    """A value as the text of a cell; floats so that they are read back exactly."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ";".join(to_text(part) for part in value)
    return repr(value) if isinstance(value, float) else str(value)
