"""The catalogue as text for people: an overview, rows of a table, their sources.

A figure that no source prints never stands bare: `*` marks what is computed from printed figures,
`(assumed)` what is ours or recalled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from optimizer.catalogue.facts import GRADES
from optimizer.catalogue.tables import TABLES
from optimizer.instance.formats.columns import summary
from optimizer.instance.validation.words import number_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from optimizer.catalogue import Catalogue
    from optimizer.catalogue.facts import Fact
    from optimizer.instance.formats.columns import Column

WIDEST = 44
"""Longest text that a cell shows."""

LEGEND = "* computed from printed figures; (assumed) printed nowhere, or not read"
MARKS = {"reported": "", "derived": "*", "assumed": " (assumed)"}


def overview(catalogue: Catalogue, rows: Mapping[str, pd.DataFrame]) -> str:
    """Rows by table and grade, and the materials of the projects among them.

    Args:
        catalogue: for what the tables are about.
        rows: all or some rows of tables, by name.
    """
    lines: list[Sequence[str]] = [("table", "rows", *GRADES, "what")]
    for table in TABLES:
        if table.table in rows:
            counts = [f"{count:,}" for count in by_grade(table, rows[table.table])]
            cells = counts or [""] * len(GRADES)
            lines.append((table.table, f"{len(rows[table.table]):,}", *cells, summary(table)))
    parts = [aligned(lines, range(1, 2 + len(GRADES)))]
    if "projects" in rows and len(rows["projects"]):
        counted = rows["projects"]["material"].value_counts()
        names = ", ".join(f"{name} {count}" for name, count in counted.items())
        parts.append(f"Projects by main material: {names}")
    return "\n\n".join(parts)


def by_grade(table: type[Fact], rows: pd.DataFrame) -> list[int]:
    """Number of rows of each grade; nothing for a table without grades."""
    if not table.is_graded():
        return []
    return [int((rows["quality"] == grade).sum()) for grade in GRADES]


def listing(table: type[Fact], rows: pd.DataFrame) -> str:
    """Rows of a table with the columns that matter."""
    count = f"{len(rows):,} row{'s' * (len(rows) != 1)} of {table.table}"
    if rows.empty:
        return f"{count}: nothing in the catalogue fits"
    columns = [table.columns()[name] for name in table.shown]
    lines = [[heading(column) for column in columns]]
    lines += [[shown(column, row) for column in columns] for row in rows.to_dict("records")]
    if table.is_graded():
        for line, cell in zip(lines, ["grade", *rows["quality"]], strict=True):
            line.append(cell)
        count += f"; {LEGEND}"
    if "source" in rows:
        cited = [str(len([name for name in cell.split(";") if name])) for cell in rows["source"]]
        for line, cell in zip(lines, ["sources", *cited], strict=True):
            line.append(cell)
    figures = [place for place, column in enumerate(columns) if column.kind == "number"]
    return f"{aligned(lines, figures)}\n\n{count}"


def shown(column: Column, row: Mapping[Hashable, object]) -> str:
    """A cell as people read it, with the mark of its grade."""
    value = row[column.name]
    if pd.isna(value) or value == "":  # type: ignore[call-overload]
        return ""
    if not column.numeric:
        text = str(value)
        return text if len(text) <= WIDEST else text[: WIDEST - 1].rstrip() + "…"
    grade = row[column.grade] if column.grade else row.get("quality", "reported")
    if column.kind == "integer":
        return str(value) + (MARKS[str(grade)] if column.grade else "")
    return number_text(float(str(value))) + MARKS[str(grade)]


def heading(column: Column) -> str:
    """A column's name with its unit set apart: `capex M$`."""
    name = column.name
    for ending, unit in (
        ("_musd", "M$"),
        ("_pct", "%"),
        ("_months", "months"),
        ("_years", "years"),
    ):
        if name.endswith(ending):
            name = f"{name.removesuffix(ending)} {unit}"
    return name.replace("_", " ")


def source_list(sources: pd.DataFrame) -> str:
    """Sources, each on a few lines."""
    entries = []
    for row in sources.to_dict("records"):
        about = ", ".join(str(row[name]) for name in ("publisher", "year") if row[name])
        lines = [f"{row['id']}: {row['title']}", f"  {about}" if about else ""]
        lines += [f"  read as: {row['read_as']}" if row["read_as"] else ""]
        lines += [f"  {row['url']}" if row["url"] else ""]
        entries.append("\n".join(line for line in lines if line))
    count = f"{len(sources):,} source{'s' * (len(sources) != 1)}"
    return "\n".join([count, *entries])


def aligned(lines: Sequence[Sequence[str]], right: Iterable[int]) -> str:
    """Lines of cells in columns; the columns named are set to the right."""
    to_right = set(right)
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    written = []
    for line in lines:
        cells = [
            cell.rjust(width) if place in to_right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        written.append("  ".join(cells).rstrip())
    return "\n".join(written)
