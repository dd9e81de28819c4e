"""How much of an instance is assumed: the count of figures behind `12 of 480 are assumed`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from optimizer.instance.validation.references import key_text

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.records import Row


@cache
def figures(row_class: type[Row]) -> tuple[tuple[str, object], ...]:
    """Numeric columns of a table that are not part of its key, with their defaults."""
    found = []
    for name, field in row_class.model_fields.items():
        text = str(field.annotation)
        numeric = field.annotation in (int, float) or "float" in text or "int" in text
        if numeric and name not in row_class.key and "Literal" not in text:
            default = None if field.is_required() else field.get_default()
            found.append((name, default))
    return tuple(found)


def assumed_values(instance: Instance) -> tuple[int, int]:
    """Number of assumed figures, and of all figures that differ from their default.

    A figure is assumed if its row is, unless `provenance` says otherwise of the cell.
    """
    cells = {(row.of_table, row.row, row.field): row.quality for row in instance.provenance}
    assumed = total = 0
    for table, row_class in instance.tables().items():
        if table == "provenance":
            continue
        columns = figures(row_class)
        for row in getattr(instance, table):
            key = key_text(row) if cells else ""
            for name, default in columns:
                if getattr(row, name) == default:
                    continue
                total += 1
                assumed += cells.get((table, key, name), row.quality) == "assumed"
    return assumed, total
