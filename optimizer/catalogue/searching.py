"""Search one table by material, stage, country, status and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.facts import FACETS, PLACES
from optimizer.errors import InvalidSearch
from optimizer.instance.validation.words import is_country, not_a_country, suggestion

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from optimizer.catalogue.facts import Fact


def found(
    table: type[Fact],
    rows: pd.DataFrame,
    materials: pd.DataFrame,
    wanted: Mapping[str, str],
    text: str | None,
) -> pd.DataFrame:
    """Rows that fit all that is wanted, by facet, and hold a text in a cell that is no figure.

    Raises:
        InvalidSearch: for a facet that the table lacks, or a word that the facet lacks.
    """
    for facet, value in wanted.items():
        words = accepted(table, facet, value, materials)
        fits = [
            any(words & set(cell.split(";")) for cell in cells)
            for cells in zip(*(rows[column.name] for column in table.facet(facet)), strict=True)
        ]
        rows = rows[fits]
    if text is not None:
        cells: list[list[str]] = rows.select_dtypes("str").to_numpy().tolist()
        rows = rows[[text.casefold() in "\n".join(row).casefold() for row in cells]]
    return rows


def accepted(table: type[Fact], facet: str, value: str, materials: pd.DataFrame) -> set[str]:
    """Words that a cell may hold to fit."""
    columns = table.facet(facet)
    if not columns:
        can = ", ".join(name for name in (*FACETS, "text") if name == "text" or table.facet(name))
        raise InvalidSearch(f"{table.table} cannot be searched by {facet}, only by {can}")
    if facet == "material":
        return members(value, materials)
    if facet == "country":
        code = value.upper()
        if not (code in PLACES or is_country(code)):
            raise InvalidSearch(f"country: {not_a_country(value)}")
        return {code}
    return {known_word(facet, value, columns[0].choices)}


def members(value: str, materials: pd.DataFrame) -> set[str]:
    """Ids of a material or of a family's members."""
    families = {name for cell in materials["families"] for name in cell.split(";") if name}
    name = known_word("material", value, {*materials["id"], *families})
    inside = [name in cell.split(";") for cell in materials["families"]]
    return {name, *materials["id"][inside]}


def known_word(facet: str, value: str, known: Collection[str]) -> str:
    """A word as the catalogue writes it, blanks and capitals forgiven."""
    folded = {word.casefold(): word for word in known}
    asked = value.strip().casefold()
    for form in (asked, asked.replace(" ", "_")):
        if form in folded:
            return folded[form]
    raise InvalidSearch(f"{facet}: the catalogue knows no '{value}'{suggestion(value, known)}")
