"""The entries: which plants there are, how large, how far, and when they can start."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import rows_of
from quad.forms import GROUP, Plant

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow
    from quad.inputs import Inputs

MATURITY = {
    "FID pending": "fid_pending",
    "construction paused": "fid_pending",
    "planned": "planned",
    "engineering": "engineering",
    "feasibility": "feasibility",
    "DFS": "feasibility",
    "PFS": "pre_feasibility",
    "pre-feasibility": "pre_feasibility",
    "permitting": "pre_feasibility",
    "scoping": "scoping",
    "study": "scoping",
    "PEA": "scoping",
    "": "stand_in",
}
LEAD_TIME_STAGE = {
    "mine": "extraction",
    "integrated": "extraction;processing",
    "processing": "processing",
    "metal": "processing",
    "recycling": "processing",
    "magnet": "manufacturing",
}


@dataclass(frozen=True)
class Entry:
    """One entry with what the catalogue knows of it and its size."""

    cells: TableRow
    known: TableRow
    plant: Plant
    size_quality: str

    @property
    def country(self) -> str:
        """Country of the site."""
        return str(self.known.get("country") or self.cells["country"])

    @property
    def shares(self) -> list[float]:
        """Phases as shares of the whole."""
        return [float(share) for share in self.cells["phases"].split(";") if share] or [1.0]

    @property
    def ids(self) -> list[str]:
        """Ids of the phases."""
        name = self.cells["id"]
        if len(self.shares) == 1:
            return [name]
        return [f"{name}-{number}" for number, _ in enumerate(self.shares, 1)]

    @property
    def grade(self) -> str:
        """Grade of the rows: phases of a printed plant are derived."""
        split = len(self.shares) > 1 and self.size_quality == "reported"
        return "derived" if split else self.size_quality

    @property
    def maturity(self) -> str:
        """How far a candidate has come."""
        return MATURITY[self.known.get("status_detail") or self.known.get("status", "")]


def _printed_grade(known: TableRow) -> str:
    """Grade of a capacity that the catalogue prints."""
    return str(known.get("capacity_quality") or known.get("quality", "assumed"))


def _amount(cells: TableRow, known: TableRow, name: str) -> tuple[float, str]:
    """Tonnes of one of the pair and their grade: entry, share of all oxides, catalogue."""
    if cells[f"{name}_t"]:
        return float(cells[f"{name}_t"]), "assumed" if not known else "derived"
    if cells[f"{name}_share"]:
        whole = known.get("rare_earth_oxides") or known["magnet_rare_earth_oxides"]
        return float(whole) * float(cells[f"{name}_share"]), "assumed"
    printed = known.get({"ndpr": "NdPr_oxide", "dytb": "DyTb_oxide"}[name])
    return (float(printed), _printed_grade(known)) if printed else (0.0, "derived")


def _plant(cells: TableRow, known: TableRow) -> tuple[Plant, str]:
    """Size of the whole plant and its grade."""
    main = cells["main"]
    if main in ("magnet", "ndpr_metal"):
        column = "NdFeB_magnets" if main == "magnet" else "rare_earth_metal"
        quality = "assumed" if cells["product_t"] else _printed_grade(known)
        return Plant(cells["form"], main, float(cells["product_t"] or known[column]), 0.0), quality
    pair = ("ndpr", "dytb") if main.startswith("ndpr") else ("dytb", "ndpr")
    (size, quality), (partner, _) = (_amount(cells, known, name) for name in pair)
    return Plant(cells["form"], main, round(size, 1), round(partner, 1)), quality


def entries(inputs: Inputs) -> list[Entry]:
    """All entries with their sizes."""
    known = inputs.known_plants()
    result = []
    for cells in inputs.entries:
        found = known[cells["catalogue"]] if cells["catalogue"] else {}
        plant, grade = _plant(cells, found)
        result.append(Entry(cells, found, plant, cells["grade"] or grade))
    return result


def build_years(entry: Entry, inputs: Inputs) -> tuple[int, str]:
    """Years of building with the usual delay, and how they were found."""
    delay = inputs.own["build.delay"]
    printed = entry.known.get("build_years")
    if printed:
        return ceil(printed * (1 + delay)), f"{printed:g} printed, later by {delay:.0%}"
    stage = LEAD_TIME_STAGE[GROUP[entry.plant.form]]
    row = next(
        row
        for row in rows_of(inputs.catalogue, "lead_times")
        if row["stage"] == stage and row["metric"].startswith("median planned")
    )
    median = float(row["value"])
    method = f"median planned {median} at the stage, later by {delay:.0%}"
    return ceil(median * (1 + delay)), method


def window(entry: Entry, inputs: Inputs) -> tuple[int, int]:
    """Earliest and latest start of a candidate."""
    earliest = inputs.own.whole(f"maturity.{entry.maturity}.earliest_start")
    planned = entry.known.get("start_year")
    if planned:
        start = planned - build_years(entry, inputs)[0]
        limit = inputs.own.whole("build.start_limit")
        earliest = max(earliest, min(start, limit))
    least = inputs.own.whole("horizon.least_operating_years")
    last = inputs.years[-1] - build_years(entry, inputs)[0] - least + 1
    return earliest, min(earliest + inputs.own.whole("build.window"), last)
