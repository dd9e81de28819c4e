"""What the builder reads: the catalogue of facts, the assumptions, the entries."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.catalogue import Catalogue
from optimizer.catalogue.drafting import by_hand
from optimizer.catalogue.drafting.assumptions import Assumptions
from optimizer.catalogue.drafting.basis import row_of, rows_of

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow

HERE = Path(__file__).resolve().parents[1]
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


@dataclass(frozen=True)
class Inputs:
    """All inputs, and the provenance rows that building them yields."""

    catalogue: Catalogue
    own: Assumptions
    entries: list[dict[str, str]]
    provenance: list[TableRow] = field(default_factory=list)

    @property
    def years(self) -> range:
        """Years of the horizon."""
        return by_hand.years(self.own)

    def known_plants(self) -> dict[str, TableRow]:
        """Projects and plants of the catalogue by id, with the tonnes of each rare earth product.

        The grade of the tonnes takes the place of that of the printed capacity.
        """
        rows = rows_of(self.catalogue, "projects")
        known = {row["id"]: row | {"capacity_quality": ""} for row in rows}
        for row in rows_of(self.catalogue, "project_products"):
            if row["product"] in PRODUCTS:
                known[row["project"]][row["product"]] = row["quantity"]
                known[row["project"]]["capacity_quality"] = row["quality"]
        return known

    def process(self, name: str, column: str) -> float:
        """A number of the process table."""
        return float(row_of(self.catalogue, "processes", process=name)[column])

    def cell(self, of_table: str, row: str, name: str, method: str, **origin: str) -> None:
        """Note that one cell has another origin than its row; assumed unless said otherwise."""
        self.provenance.append(
            {"of_table": of_table, "row": row, "field": name, "method": method} | origin
        )


def load(variant: Path | None = None) -> Inputs:
    """Read the inputs; assumptions in the folder of a variant replace those of the same name."""
    with (HERE / "inputs" / "entries.csv").open(encoding="utf-8", newline="") as file:
        entries = list(csv.DictReader(file))
    own = Assumptions.own(HERE)
    own = own.replaced(Assumptions.own(variant)) if variant else own
    return Inputs(Catalogue.load(HERE.parent / "catalogue"), own, entries)
