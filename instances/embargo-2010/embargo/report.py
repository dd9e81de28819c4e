"""SOURCES.md: rows by grade, every assumed value with its reason, every source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.report import assumed, grades, sources

if TYPE_CHECKING:
    from builder.inputs import Inputs
    from builder.tables import Row

HEAD = """# Where the figures come from

Written by `build.py`; change the inputs and build again. Facts come from `instances/catalogue`
with their sources and grades. Its production and consumption by country begin in 2018, so the
market of 2005 to 2014 is derived from later years, or assumed. *Recalled* marks a figure that we
know but found in none of the catalogue's sources; *tuned* a value that was changed after a look
at plans, with its first setting. Money is in USD of 2005.
"""


def document(inputs: Inputs, tables: dict[str, list[Row]]) -> str:
    """The whole document."""
    parts = [grades(tables), assumed(inputs), sources(inputs, tables)]
    return HEAD + "\n" + "\n\n".join("\n".join(part) for part in parts) + "\n"
