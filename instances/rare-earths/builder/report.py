"""SOURCES.md: every assumed value with its reason, every choice about a plant, every source."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from builder.inputs import Inputs
    from builder.tables import Row

HEAD = """# Where the figures come from

Written by `build.py`; change the inputs and build again. Facts come from `instances/catalogue`
with their sources and grades. Everything else is below: values that we assumed, how each
catalogue row was turned into a plant, and which single cells differ from the grade of their row
(table `provenance`).
"""


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def grades(tables: dict[str, list[Row]]) -> list[str]:
    """How many rows of each table are reported, derived and assumed."""
    lines = ["## Rows by grade", "", _line("table", "reported", "derived", "assumed")]
    lines.append(_line("---", "---", "---", "---"))
    for name, rows in tables.items():
        if name == "provenance":
            continue
        found = [str(row.get("quality", "assumed")) for row in rows]
        counts = [str(found.count(grade)) for grade in ("reported", "derived", "assumed")]
        lines.append(_line(name, *counts))
    return lines


def assumed(inputs: Inputs) -> list[str]:
    """Every assumed value with its reason."""
    rows = inputs.assumptions.rows
    lines = [f"## Assumed values ({len(rows)})", "", _line("name", "value", "unit", "reason")]
    lines.append(_line("---", "---", "---", "---"))
    for row in rows.values():
        source = f" ({row['source']})" if row["source"] else ""
        lines.append(_line(f"`{row['name']}`", row["value"], row["unit"], row["reason"] + source))
    return lines


def _entries(inputs: Inputs) -> list[str]:
    lines = [
        "## Plants and what was decided about them",
        "",
        "Cells that are empty follow the catalogue or the assumptions. `share` is a share of all",
        "rare earth oxides printed for the plant. Capex `impute`: what is printed is no building",
        "cost; `none`: nothing left to pay that counts.",
        "",
        _line("plant", "catalogue", "values set", "why"),
        _line("---", "---", "---", "---"),
    ]
    plain = {"id", "catalogue", "reason"}
    for row in inputs.entries:
        values = [f"{key} {value}" for key, value in row.items() if value and key not in plain]
        catalogue = row["catalogue"] or "none"
        lines.append(_line(f"`{row['id']}`", catalogue, ", ".join(values), row["reason"] or "-"))
    return lines


def _cells(tables: dict[str, list[Row]]) -> list[str]:
    rows = [row for row in tables["provenance"] if row["field"] == "capex_musd"]
    lines = ["## Building costs that are not printed", "", _line("project", "grade", "method")]
    lines.append(_line("---", "---", "---"))
    for row in rows:
        lines.append(_line(f"`{row['row']}`", str(row["quality"]), str(row["method"])))
    return lines


def sources(inputs: Inputs, tables: dict[str, list[Row]]) -> list[str]:
    """Every source that a row or an assumption names."""
    used = {
        source
        for rows in tables.values()
        for row in rows
        for source in str(row.get("source", "")).split(";")
        if source
    }
    used |= {row["source"] for row in inputs.assumptions.rows.values() if row["source"]}
    lines = ["## Sources used", "", _line("id", "title", "publisher", "year", "read as")]
    lines.append(_line("---", "---", "---", "---", "---"))
    for row in inputs.table("sources"):
        if row["id"] in used:
            cells = (row["title"], row["publisher"], row["year"], row["read_as"])
            lines.append(_line(f"`{row['id']}`", *cells))
    return lines


def document(inputs: Inputs, tables: dict[str, list[Row]]) -> str:
    """The whole document."""
    parts = [
        grades(tables),
        assumed(inputs),
        _entries(inputs),
        _cells(tables),
        sources(inputs, tables),
    ]
    return HEAD + "\n" + "\n\n".join("\n".join(part) for part in parts) + "\n"
