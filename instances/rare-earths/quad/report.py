"""What SOURCES.md says beside the assumptions: every choice about a plant, every cost imputed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.write import line

if TYPE_CHECKING:
    from quad.inputs import Inputs

HEAD = """# Where the figures come from

Written by `build.py`; change the inputs and build again. Facts come from `instances/catalogue`
with their sources and grades. Everything else is below: values that we assumed, how each
catalogue row was turned into a plant, and which single cells differ from the grade of their row
(table `provenance`)."""

ENTRIES = """
## Plants and what was decided about them

Cells that are empty follow the catalogue or the assumptions. `share` is a share of all
rare earth oxides printed for the plant. Capex `impute`: what is printed is no building
cost; `none`: nothing left to pay that counts.
"""
PLAIN = {"id", "catalogue", "reason"}


def choices(inputs: Inputs) -> list[str]:
    """The entries as they were set, and building costs that are not printed, in Markdown."""
    lines = [ENTRIES, line("plant", "catalogue", "values set", "why"), line(*["---"] * 4)]
    for row in inputs.entries:
        values = ", ".join(
            f"{key} {value}" for key, value in row.items() if value and key not in PLAIN
        )
        cells = (row["catalogue"] or "none", values, row["reason"] or "-")
        lines.append(line(f"`{row['id']}`", *cells))
    lines += ["", "## Building costs that are not printed", ""]
    lines += [line("project", "grade", "method"), line(*["---"] * 3)]
    rows = [row for row in inputs.provenance if row["field"] == "capex_musd"]
    for row in sorted(rows, key=lambda row: str(row["row"])):
        grade = row.get("quality", "assumed")
        lines.append(line(f"`{row['row']}`", grade, row["method"]))
    return lines
