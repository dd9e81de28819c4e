"""Write what `docs/catalogue.md` says of tables and counts, from the tables themselves.

python -m optimizer.catalogue.reference            # writes it
python -m optimizer.catalogue.reference --check    # says whether it is up to date
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.catalogue import Catalogue
from optimizer.catalogue.columns import GRADES
from optimizer.catalogue.showing import by_grade
from optimizer.catalogue.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.catalogue.columns import Column, Table

PAGE = Path(__file__).parents[2] / "docs" / "catalogue.md"
COUNTS = ("<!-- counts -->\n", "<!-- /counts -->\n")
COLUMNS = ("<!-- columns -->\n", "<!-- /columns -->\n")


def counts(catalogue: Catalogue) -> str:
    """Rows by table and grade, and what is known of the projects."""
    lines = [
        f"| table | what | rows | {' | '.join(GRADES)} |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for table in TABLES:
        rows = catalogue.table(table.name)
        graded = [str(count) for count in by_grade(table, rows)] or [""] * len(GRADES)
        cells = [f"`{table.name}`", table.about, f"{len(rows):,}", *graded]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n\n" + known_of_projects(catalogue)


def known_of_projects(catalogue: Catalogue) -> str:
    """One sentence on how much the projects' rows say."""
    projects = catalogue.projects
    sized = projects["id"].isin(catalogue.project_products["project"])
    costed = projects["capex_musd"].notna()
    return (
        f"Of the {len(projects)} projects and plants {sized.sum()} have tonnes, "
        f"{costed.sum()} a building cost and {(sized & costed).sum()} both; "
        f"{projects['opex_usd_per_t'].notna().sum()} have an operating cost, "
        f"{projects['npv_musd'].notna().sum()} a net present value, "
        f"{projects['irr_pct'].notna().sum()} a rate of return, "
        f"{projects['build_years'].notna().sum()} a building time. "
        f"Of {(projects['verification'] == 'list').sum()} only a place on a list was read.\n"
    )


def columns() -> str:
    """Every table with its key and its columns."""
    return "\n".join(section(table) for table in TABLES)


def section(table: Table) -> str:
    """One table."""
    key = ", ".join(f"`{name}`" for name in table.key)
    lines = [f"### {table.name}\n", f"Key: {key}.\n", "| column | meaning |", "|---|---|"]
    lines += [f"| `{column.name}` | {meaning(column)} |" for column in table.columns]
    return "\n".join(lines) + "\n"


def meaning(column: Column) -> str:
    """What a column means, with its words and where its grade is."""
    parts = [column.meaning]
    if column.words:
        parts.append(f"one of {', '.join(f'`{word}`' for word in column.words)}")
    if column.grade:
        parts.append(f"graded by `{column.grade}`")
    return "; ".join(parts)


def page(text: str) -> str:
    """The page with its generated parts as they must be."""
    catalogue = Catalogue.load(PAGE.parents[1] / "instances" / "catalogue")
    for (opening, closing), part in ((COUNTS, counts(catalogue)), (COLUMNS, columns())):
        before, _, rest = text.partition(opening)
        text = before + opening + part + closing + rest.partition(closing)[2]
    return text


def main(arguments: Sequence[str]) -> int:
    """Write the page, or check it; the exit code is 1 if it is stale."""
    parser = argparse.ArgumentParser(description="Writes the generated parts of the page.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if the page is stale")
    check = parser.parse_args(arguments).check
    text = PAGE.read_text(encoding="utf-8")
    wanted = page(text)
    if not check:
        PAGE.write_text(wanted, encoding="utf-8", newline="")
    elif wanted != text:
        sys.stderr.write(f"{PAGE.name} is stale: run python -m optimizer.catalogue.reference\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
