"""Write what `docs/catalogue.md` says of tables and counts, from the tables themselves.

python -m optimizer.catalogue.reference            # writes it
python -m optimizer.catalogue.reference --check    # says whether it is up to date
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.catalogue import Catalogue
from optimizer.catalogue.facts import GRADES
from optimizer.catalogue.showing import by_grade
from optimizer.catalogue.tables import TABLES
from optimizer.instance.formats.columns import summary
from optimizer.instance.formats.reference import between, keep, table_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        rows = catalogue.table(table.table)
        graded = [str(count) for count in by_grade(table, rows)] or [""] * len(GRADES)
        cells = [f"`{table.table}`", summary(table), f"{len(rows):,}", *graded]
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
    parts = [
        "\n".join(
            [f"### {table.table}", "", *table_lines(table, table.key, table.columns().values())]
        )
        for table in TABLES
    ]
    return "\n\n".join(parts) + "\n"


def page(text: str) -> str:
    """The page with its generated parts as they must be."""
    catalogue = Catalogue.load(PAGE.parents[1] / "instances" / "catalogue")
    return between(between(text, COUNTS, counts(catalogue)), COLUMNS, columns())


def main(arguments: Sequence[str]) -> int:
    """Write the page, or check it; the exit code is 1 if it is stale."""
    wanted = {PAGE: page(PAGE.read_text(encoding="utf-8"))}
    return keep(wanted, arguments, "optimizer.catalogue.reference")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
