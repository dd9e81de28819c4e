"""An instance whose tables a script writes by hand: its horizon, its settings, its files.

Enters: the instance's own assumed numbers, rows of tables, and the catalogue that they rest on.
Leaves: the same files as those of a draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import TableRow, rounded
from optimizer.catalogue.drafting.write import cited, grades, own_words, publish
from optimizer.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from optimizer.catalogue import Catalogue
    from optimizer.catalogue.drafting.assumptions import Assumptions

DIGITS, PLACES = 7, 6
"""Significant digits and decimal places of a figure."""


def years(own: Assumptions) -> range:
    """The years of the horizon."""
    return range(own.whole("horizon.first_year"), own.whole("horizon.last_year") + 1)


def settings(own: Assumptions, name: str, title: str, risk_weight: float = 0.0) -> dict[str, Any]:
    """What `instance.toml` says."""
    horizon = years(own)
    return {
        "id": name,
        "title": title,
        "first_year": horizon[0],
        "last_year": horizon[-1],
        "base_year": horizon[0],
        "discount_rate": own["horizon.discount_rate"],
        "least_operating_years": own.whole("horizon.least_operating_years"),
        "objective": {"risk_weight": risk_weight},
    }


def tidied(rows: list[TableRow]) -> list[TableRow]:
    """Rows without empty cells, their figures to seven digits and six decimal places."""
    return [
        {
            name: rounded(round(cell, PLACES), DIGITS) if isinstance(cell, float) else cell
            for name, cell in row.items()
            if cell is not None
        }
        for row in rows
    ]


def instance(stated: dict[str, Any], tables: Mapping[str, list[TableRow]]) -> Instance:
    """The instance that settings and tables make.

    Raises:
        InvalidInstance: with every fault, if they do not fit together.
    """
    made = {name: tidied(rows) for name, rows in tables.items()}
    return Instance.model_validate({"settings": stated, **made})


def write(  # noqa: PLR0913 - what the files say, and where they go
    made: Instance,
    own: Assumptions,
    catalogue: Catalogue,
    head: str,
    more: list[str],
    folder: Path,
) -> None:
    """Write the instance, and SOURCES.md beside it.

    Args:
        made: the instance.
        own: every value that was assumed for it.
        catalogue: where its facts come from.
        head: what SOURCES.md says first.
        more: what it says of the instance's own choices, in Markdown.
        folder: is made if it is missing.
    """
    tables = {name: [dict(row) for row in getattr(made, name)] for name in made.tables()}
    named = [row["source"] for rows in tables.values() for row in rows]
    named += [row.source for row in own.rows.values()]
    parts = (head, *grades(tables), *own_words(own), *more, *cited(catalogue, named), "")
    publish(made, "\n".join(parts), folder)
