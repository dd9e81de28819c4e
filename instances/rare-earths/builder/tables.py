"""Reading and writing of CSV tables, and the numbers in them."""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Cells = dict[str, str]
Row = dict[str, object]


@cache
def read(path: Path) -> list[Cells]:
    """Rows of a CSV table, every cell as text; read once, and not to be changed."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def text(value: object) -> str:
    """A cell as it is written: tuples by semicolon, numbers to seven digits, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ";".join(text(part) for part in value)
    if isinstance(value, float):
        return f"{round(value, 6) + 0.0:.7g}" if abs(value) < 1e6 else f"{value:.0f}"
    return str(value)


def write(folder: Path, name: str, rows: Iterable[Row]) -> None:
    """Write a table; columns in order of appearance, those without any value left out."""
    cells = [{key: text(value) for key, value in row.items()} for row in rows]
    columns = list(dict.fromkeys(key for row in cells for key in row))
    filled = [column for column in columns if any(row.get(column) for row in cells)]
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, filled, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(cells)


def interpolate(points: dict[int, float], year: int) -> float:
    """Straight line between the nearest years known; constant outside them."""
    before = [y for y in points if y <= year]
    after = [y for y in points if y >= year]
    if not before or not after:
        return points[min(points)] if not before else points[max(points)]
    low, high = max(before), min(after)
    if low == high:
        return points[low]
    return points[low] + (points[high] - points[low]) * (year - low) / (high - low)


def state(tables: dict[str, list[Row]], values: dict[str, dict[str, object]]) -> None:
    """Write out the best cases that are meant, which an empty cell would leave to a default.

    Of projects, candidates alone are told what they leave empty.
    """
    for table, meant in values.items():
        for row in tables[table]:
            if row.get("status", "candidate") == "candidate":
                row.update({name: value for name, value in meant.items() if row.get(name) is None})
