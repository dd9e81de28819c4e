"""What every theme of a draft reads: the catalogue, the chains, the members, the assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.assumptions import Assumptions, assumptions
from optimizer.catalogue.drafting.chains import Chain, chosen
from optimizer.catalogue.drafting.request import Ally, Request, allies
from optimizer.errors import InvalidSearch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from optimizer.catalogue import Catalogue

TableRow = dict[str, Any]
REST = "XRW"
"""Country code of the rest of the world, one of those that ISO leaves to its users."""


@dataclass(frozen=True, eq=False)
class Basis:
    """What every theme reads.

    Attributes:
        catalogue: the facts.
        request: what is asked for.
        chains: the metals asked for.
        allies: the members asked for.
        assumed: the assumed numbers.
    """

    catalogue: Catalogue
    request: Request
    chains: tuple[Chain, ...]
    allies: tuple[Ally, ...]
    assumed: Assumptions

    @property
    def allied(self) -> dict[str, Ally]:
        """Member by country that it stands for."""
        return {country: ally for ally in self.allies for country in ally.countries}

    @property
    def years(self) -> range:
        """The years of the horizon."""
        return self.request.years


def basis(catalogue: Catalogue, request: Request) -> Basis:
    """Resolve the words of a request.

    Raises:
        InvalidSearch: for a word that the catalogue does not know.
    """
    if request.last_year < request.first_year + 5:
        raise InvalidSearch(
            f"years: {request.first_year} to {request.last_year} leave no room to build and run; "
            f"say six years or more"
        )
    return Basis(
        catalogue,
        request,
        chosen(catalogue, request.materials),
        allies(catalogue, request.members),
        assumptions(request.assumptions),
    )


@dataclass(frozen=True)
class Figure:
    """A number with where it comes from.

    Attributes:
        value: in the unit that is asked for.
        quality: reported, derived or assumed.
        source: ids of sources, separated by semicolons.
        note: how it came about.
    """

    value: float
    quality: str
    source: str = ""
    note: str = ""

    def graded(self) -> TableRow:
        """The three columns that every row has."""
        return graded(self.quality, self.note, self.source)


def graded(quality: str, note: str, source: str = "") -> TableRow:
    """The three columns that every row has."""
    return {"source": source, "quality": quality, "note": note}


def interpolated(points: Mapping[int, float], year: int) -> float:
    """Straight line between the nearest years known; constant outside them."""
    low = max((known for known in points if known <= year), default=min(points))
    high = min((known for known in points if known >= year), default=max(points))
    if low == high or year <= low:
        return points[low]
    part = (year - low) / (high - low)
    return points[low] + part * (points[high] - points[low]) if part <= 1 else points[high]


def sources(cells: Iterable[str]) -> str:
    """Ids of sources in several cells, each once, in order."""
    return ";".join(dict.fromkeys(name for cell in cells for name in cell.split(";") if name))


def rounded(value: float, digits: int = 6) -> float:
    """A number to so many significant digits, as tables show it."""
    return float(f"{value:.{digits}g}")


def records(rows: pd.DataFrame) -> list[TableRow]:
    """Rows of a frame, each by column; None where a figure is missing."""
    plain = rows.astype(object).where(rows.notna(), None)
    return [{str(name): cell for name, cell in row.items()} for row in plain.to_dict("records")]


@cache
def rows_of(catalogue: Catalogue, table: str) -> tuple[TableRow, ...]:
    """Rows of a table of the catalogue, not to be changed."""
    return tuple(records(catalogue.table(table)))


def row_of(catalogue: Catalogue, table: str, **cells: object) -> TableRow:
    """The first row of a table of the catalogue that holds these cells.

    Raises:
        LookupError: if there is none.
    """
    for row in rows_of(catalogue, table):
        if all(row[name] == cell for name, cell in cells.items()):
            return row
    raise LookupError(f"{table} of the catalogue has no row with {cells}")
