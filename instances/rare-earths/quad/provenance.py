"""Which cells of a project row were assumed or derived although the row has a better grade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quad.entries import build_years

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import Figure, TableRow
    from quad.entries import Entry
    from quad.inputs import Inputs

ASSUMED = {
    "latitude": "placed by hand near the town or mine",
    "longitude": "placed by hand near the town or mine",
    "offtake_share": "entry, or offtake.outside",
    "life_years": "build.life",
    "ramp": "build.ramp",
    "earliest_start": "maturity, or the printed start less building time",
    "latest_start": "build.window after the earliest start",
    "online_year": "entry: printed start, or next year for plants in ramp-up",
    "goes_ahead_alone": "entry",
    "success_probability": "maturity",
    "private_appetite": "appetite by stage, changed by maturity",
    "private_least_share": "private.least_share",
    "private_premium": "maturity",
    "e_score": "esg.e by stage",
    "s_score": "from the governance of the country",
    "g_score": "from the governance of the country",
}
"""Fields that no source prints, and the assumption that fills them."""


def note_cells(inputs: Inputs, entry: Entry, rows: list[TableRow], cost: Figure) -> None:
    """Add provenance rows for the cells of an entry's project rows."""
    for row in rows:
        name = str(row["id"])
        phased = len(rows) > 1
        if row["capex_musd"] or entry.cells["status"] == "candidate":
            method = cost.note + (", split by phase" if phased else "")
            quality = "derived" if phased and cost.quality == "reported" else cost.quality
            if quality != row["quality"] or "imputed" in method:
                source = str(row["source"]) if cost.quality != "assumed" else ""
                inputs.cell("projects", name, "capex_musd", method, quality=quality, source=source)
        if "build_years" in row:
            method = build_years(entry, inputs)[1]
            inputs.cell("projects", name, "build_years", method, quality="derived")
        if row["quality"] == "assumed":
            continue
        for field, method in ASSUMED.items():
            if row.get(field) is not None:
                inputs.cell("projects", name, field, method)
