"""What can be wrong with a cell, with its grade, and with what it points to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from optimizer.catalogue.columns import GRADES, PLACES
from optimizer.catalogue.tables import TABLES
from optimizer.errors import Fault
from optimizer.instance.validation.words import is_country, not_a_country, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from optimizer.catalogue.columns import Column, Table

FIRST_YEAR, LAST_YEAR = 1900, 2100
POINTS_TO = {"material": "materials", "sources": "sources", "project": "projects"}
"""Table that the cells of a kind of column point to."""


def cell_fault(column: Column, cell: str) -> str:
    """What is wrong with a cell in itself, or nothing."""
    if cell != cell.strip():
        return f"'{cell}' begins or ends with a blank: remove it"
    if not cell:
        return "must not be empty" if column.needed else ""
    if column.kind == "number":
        return "" if is_number(cell) else f"'{cell}' is not a number"
    if column.kind == "year":
        fits = cell.isdecimal() and FIRST_YEAR <= int(cell) <= LAST_YEAR
        return "" if fits else f"'{cell}' is not a year"
    if column.kind == "place":
        return "" if cell in PLACES or is_country(cell) else not_a_country(cell)
    known = GRADES if column.kind == "grade" else column.words
    for word in cell.split(";") if known else ():
        if word not in known:
            return f"'{word}' is not one of {', '.join(known)}{suggestion(word, known)}"
    return ""


def is_number(cell: str) -> bool:
    """Whether a cell is a finite number."""
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def grade_faults(table: Table, rows: pd.DataFrame) -> Iterator[Fault]:
    """Figures without a grade, grades without a figure, facts without a source."""
    file = f"{table.name}.csv"
    for column in table.columns:
        if not column.grade:
            continue
        for row, (cell, grade) in enumerate(
            zip(rows[column.name], rows[column.grade], strict=True), 2
        ):
            if cell and not grade:
                yield Fault(file, row, column.grade, f"{column.name} has no grade")
    if not {"source", "quality"} <= {column.name for column in table.columns}:
        return
    for row, (source, grade) in enumerate(zip(rows["source"], rows["quality"], strict=True), 2):
        if grade != "assumed" and not source:
            yield Fault(file, row, "source", f"a {grade} row must name its source")


def reference_faults(texts: dict[str, pd.DataFrame]) -> Iterator[Fault]:
    """Cells that point to a row that does not exist; projects with two sizes."""
    for table in TABLES:
        for column in table.columns:
            target = POINTS_TO.get(column.kind, "")
            if not target or column.name == "id":
                continue
            known = set(texts[target]["id"])
            for row, cell in enumerate(texts[table.name][column.name], 2):
                for name in filter(None, cell.split(";")):
                    if name not in known:
                        message = f"'{name}' is not in {target}.csv{suggestion(name, known)}"
                        yield Fault(f"{table.name}.csv", row, column.name, message)
    products = texts["project_products"]
    sizes = products[products["main"] == "yes"]
    for place in sizes.index[sizes.duplicated("project")]:
        message = f"{products['project'][place]} already has a row that is its size"
        yield Fault("project_products.csv", int(place) + 2, "main", message)
