"""Faults as text for the wire: all that helps the analyst, nothing that harms a reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from api.errors import Place
from optimizer.instance import Instance

if TYPE_CHECKING:
    from optimizer.errors import Fault

LONGEST_QUOTE = 60
"""Characters of a value or name that are quoted."""
LONGEST_FAULT = 600
LONG_QUOTE = re.compile(rf"'([^']{{{LONGEST_QUOTE + 1},}})'")


def text_of(fault: Fault) -> str:
    """A fault in one line, with long quotes cut and control characters spelt out."""
    field = cut(fault.field, LONGEST_QUOTE)
    message = LONG_QUOTE.sub(lambda quote: f"'{quote[1][:LONGEST_QUOTE]}…'", fault.message)
    short = fault._replace(file=cut(fault.file, 2 * LONGEST_QUOTE), field=field, message=message)
    return cut(printable(str(short)), LONGEST_FAULT)


def place_of(fault: Fault) -> Place:
    """Where a fault of a submission is: file, table, row, field and cell as far as it has them."""
    file, position = fault.parts
    file = cut(printable(file), 2 * LONGEST_QUOTE)
    name = file.rpartition(" ")[2].rpartition("/")[2].removesuffix(".csv").lower()
    return Place(
        file=file,
        table=name if name in Instance.tables() or name == "settings" else "",
        row=fault.row if position is None else position,
        field=cut(printable(fault.field), LONGEST_QUOTE),
        cell=cut(printable(fault.cell), LONGEST_QUOTE),
    )


def printable(text: str) -> str:
    """The text with every character that does not print written as its escape."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def cut(text: str, most: int) -> str:
    """The text, or its beginning."""
    return text if len(text) <= most else f"{text[:most]}…"
