"""What must hold between the cells of a row, between rows, and between tables of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.errors import Fault
from optimizer.instance.validation.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optimizer.catalogue.facts import Fact
    from optimizer.instance.formats.rows import Rows


def table_faults(record: type[Fact], rows: Rows[Fact]) -> Iterator[Fault]:
    """Figures without a grade, facts without a source, keys that come twice."""
    graded = [column for column in record.columns().values() if column.grade]
    sourced = {"source", "quality"} <= record.columns().keys()
    seen = set()
    for fact, (file, row) in zip(rows.records, rows.places, strict=True):
        cells = dict(fact)
        for column in graded:
            if cells[column.name] is not None and cells[column.grade] is None:
                yield Fault(file, row, column.grade, f"{column.name} has no grade")
        if sourced and cells["quality"] != "assumed" and not cells["source"]:
            yield Fault(file, row, "source", f"a {cells['quality']} row must name its source")
        key = tuple(cells[name] for name in record.key)
        if key in seen:
            message = f"another row has the same key: {', '.join(map(str, key))}"
            yield Fault(file, row, ", ".join(record.key), message)
        seen.add(key)


def reference_faults(
    tables: Mapping[str, Rows[Fact]], records: tuple[type[Fact], ...]
) -> Iterator[Fault]:
    """Cells that name a row that does not exist; projects with two sizes."""
    known = {name: identifiers(rows) for name, rows in tables.items()}
    for record in records:
        naming = [column for column in record.columns().values() if column.names]
        rows = tables[record.table]
        for fact, (file, row) in zip(rows.records, rows.places, strict=True):
            for column in naming:
                cell, there = getattr(fact, column.name), known[column.names]
                for name in cell if column.many else filter(None, [cell]):
                    if there is not None and name not in there:
                        message = f"'{name}' is not in {column.names}.csv{suggestion(name, there)}"
                        yield Fault(file, row, column.name, message)
    products, sized = tables["project_products"], set()
    for fact, (file, row) in zip(products.records, products.places, strict=True):
        cells = dict(fact)
        if cells["main"] == "yes" and cells["project"] in sized:
            message = f"{cells['project']} already has a row that is its size"
            yield Fault(file, row, "main", message)
        sized |= {cells["project"]} if cells["main"] == "yes" else set()


def identifiers(rows: Rows[Fact]) -> set[str] | None:
    """Identifiers of a table, those of refused rows among them; None if it cannot be read."""
    if rows.lost is None:
        return None
    return {str(dict(fact).get("id")) for fact in rows.records} | rows.lost
