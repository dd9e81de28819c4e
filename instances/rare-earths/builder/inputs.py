"""What the builder reads: the catalogue of facts, the assumptions, the entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import mean
from typing import TYPE_CHECKING

from builder import tables

if TYPE_CHECKING:
    from pathlib import Path

    from builder.tables import Cells, Row

MEMBERS = {"usa": "USA", "jpn": "JPN", "aus": "AUS", "ind": "IND"}
"""Member and its zone, which is also its country."""

PRODUCTS = (
    "rare_earth_oxides",
    "NdPr_oxide",
    "DyTb_oxide",
    "magnet_rare_earth_oxides",
    "rare_earth_metal",
    "NdFeB_magnets",
)
"""Products whose tonnes size a plant."""


@dataclass
class Assumptions:
    """Assumed numbers by name; remembers which were asked for."""

    rows: dict[str, Cells]
    used: set[str] = field(default_factory=set)

    def text(self, name: str) -> str:
        """Value of an assumption as text."""
        self.used.add(name)
        return self.rows[name]["value"]

    def number(self, name: str) -> float:
        """Value of an assumption as a number."""
        return float(self.text(name))

    def year(self, name: str) -> int:
        """Value of an assumption that is a whole number."""
        return int(self.number(name))

    def unused(self) -> list[str]:
        """Names that nothing asked for."""
        return sorted(set(self.rows) - self.used)


@dataclass
class Inputs:
    """All inputs, and the provenance rows that building them yields."""

    catalogue: Path
    assumptions: Assumptions
    entries: list[Cells]
    provenance: list[Row] = field(default_factory=list)

    def table(self, name: str) -> list[Cells]:
        """A table of the catalogue."""
        return tables.read(self.catalogue / f"{name}.csv")

    def number(self, name: str) -> float:
        """An assumed number."""
        return self.assumptions.number(name)

    @property
    def years(self) -> range:
        """Years of the horizon."""
        first = self.assumptions.year("horizon.first_year")
        return range(first, self.assumptions.year("horizon.last_year") + 1)

    def known_plants(self) -> dict[str, Cells]:
        """Projects and plants of the catalogue by id, with the tonnes of each rare earth product.

        The grade of the tonnes takes the place of that of the printed capacity.
        """
        known = {row["id"]: row | {"capacity_quality": ""} for row in self.table("projects")}
        for row in self.table("project_products"):
            if row["product"] in PRODUCTS:
                known[row["project"]][row["product"]] = row["quantity"]
                known[row["project"]]["capacity_quality"] = row["quality"]
        return known

    def price(self, material: str, year: int) -> float:
        """Mean printed price of a material in a year, USD/t."""
        found = [
            float(row["price"])
            for row in self.table("prices")
            if row["material"] == material
            and row["year"] == str(year)
            and "floor" not in row["series"]
        ]
        return mean(found)

    def process(self, name: str, column: str) -> float:
        """A number of the process table."""
        row = next(row for row in self.table("processes") if row["process"] == name)
        return float(row[column])

    def cell(self, of_table: str, row: str, name: str, method: str, **origin: str) -> None:
        """Note that one cell has another origin than its row; assumed unless said otherwise."""
        self.provenance.append(
            {
                "of_table": of_table,
                "row": row,
                "field": name,
                "method": method,
                "source": origin.get("source", ""),
                "quality": origin.get("quality", "assumed"),
            }
        )


def load(folder: Path, catalogue: Path, overrides: Path | None = None) -> Inputs:
    """Read the inputs; rows of `overrides` replace assumptions of the same name."""
    rows = {row["name"]: row for row in tables.read(folder / "assumptions.csv")}
    for row in tables.read(overrides) if overrides else []:
        rows[row["name"]] = rows[row["name"]] | row
    return Inputs(catalogue, Assumptions(rows), tables.read(folder / "entries.csv"))
