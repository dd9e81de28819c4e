"""Contracts, and what plants do without one: closing below cash cost, no loan from a bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.forms import recipes, revenue_usd_per_t
from builder.operations import operating_cost

if TYPE_CHECKING:
    from builder.chemistry import Chemistry
    from builder.entries import Entry
    from builder.inputs import Inputs
    from builder.tables import Cells, Row

FLOORED = "ndpr_oxide"
"""The price that is floored."""
MERCHANTS = ("separation", "integrated")
"""Forms of plant that sell oxide on the market."""
SIGNED = "I002"
"""The printed price floor, of the table instruments."""
TAKEN = "I004"
"""The printed offtake, of the table instruments."""
OPERATING = ("mountain-pass-separation", "mountain-pass-ramp")
"""Plants that run or are being finished and are covered by the printed floor."""


def cash_cost(entry: Entry, inputs: Inputs, chem: Chemistry) -> float:
    """Operating cost and inputs at base prices, USD per tonne of main material."""
    opex, _ = operating_cost(entry, inputs, chem)
    first = recipes(entry.plant, opex, inputs, chem)[0]
    return opex + sum(t * chem.prices[material] for material, t in first.inputs.items())


def floor_price(inputs: Inputs) -> float:
    """The printed price floor, USD/t."""
    row = next(row for row in inputs.table("prices") if row["series"] == "US DoW price floor")
    return float(row["price"])


def _printed(inputs: Inputs, key: str) -> Cells:
    return next(row for row in inputs.table("instruments") if row["id"] == key)


def is_merchant(entry: Entry) -> bool:
    """Whether a plant sells oxide of neodymium and praseodymium."""
    return entry.plant.form in MERCHANTS and entry.plant.main == FLOORED


def is_offered(entry: Entry, row: Row) -> bool:
    """Whether a price floor is on offer to the plant of a row of projects."""
    if row["id"] in OPERATING:
        return True
    candidate = row["status"] == "candidate" and not row.get("goes_ahead_alone")
    return candidate and is_merchant(entry)


def behaviour(entry: Entry, row: Row, inputs: Inputs, chem: Chemistry) -> Row:
    """Cells of a row of projects that are not the default: when it runs, who lends to it."""
    found: Row = {}
    if row["status"] == "candidate" and (row["country"], row["kind"]) == ("USA", "mine"):
        found["instruments"] = ("grant", "equity", "loan", "guarantee")
    if not is_merchant(entry):
        return found
    cost, revenue = cash_cost(entry, inputs, chem), revenue_usd_per_t(entry.plant, chem)
    if revenue * inputs.number("shock.cheap.factor") < cost:
        found["open_share"] = inputs.number("contract.open_share")
    if is_offered(entry, row) and row["status"] == "candidate":
        size = float(str(row["capacity_t_per_year"]))
        earned = (revenue - cost) * size / 1e6
        due = inputs.number("bank.service_share") * float(str(row["capex_musd"]))
        if earned < inputs.number("bank.cover") * due:
            found["bankable"] = False
    return found


def note_behaviour(inputs: Inputs, row: Row, cells: Row) -> None:
    """Provenance of the cells that `behaviour` sets."""
    methods = {
        "open_share": "contract.open_share: at the prices of 2024 revenue is below the cash cost",
        "bankable": "revenue less cash cost at base prices is under bank.cover x debt service",
        "instruments": "US tax credits on building cost are not for mines; recalled",
    }
    for field in cells:
        quality = "derived" if field == "bankable" else "assumed"
        inputs.cell("projects", str(row["id"]), field, methods[field], quality=quality)


def floor(row: Row, inputs: Inputs) -> Row:
    """A price floor at the printed terms."""
    printed = _printed(inputs, SIGNED)
    own = row["id"] in OPERATING
    year = max(inputs.years[0], int(str(row.get("online_year") or 0)))
    note = "the printed contract" if own else "on offer at the terms printed for Mountain Pass"
    return {
        "id": f"floor-{row['id']}",
        "project": row["id"],
        "kind": "price_floor",
        "tenor_years": int(printed["tenor_years"]),
        "signing_year": year if own else None,
        "price_usd_per_t": floor_price(inputs),
        "upside_share": inputs.number("contract.upside_share"),
        "bankable": row.get("bankable") is False,
        "source": printed["source"],
        "quality": "derived" if own else "assumed",
        "note": f"{note}: 110 USD/kg NdPr and 30 % of what is above",
    }


def offtake(inputs: Inputs) -> Row:
    """All magnets of Narva that the alliance does not get already, at the printed terms."""
    printed = _printed(inputs, TAKEN)
    return {
        "id": "offtake-narva",
        "project": "narva",
        "kind": "offtake",
        "tenor_years": int(printed["tenor_years"]),
        "signing_year": inputs.years[0],
        "offtake_share": inputs.number("contract.narva_share"),
        "take_share": inputs.number("contract.take_share"),
        "source": printed["source"],
        "quality": "assumed",
        "note": "the rest of the output, for as long as the printed offtake of all MP 10X magnets",
    }


def contracts(found: list[tuple[Entry, Row]], inputs: Inputs) -> list[Row]:
    """Table contracts, of plants with their rows of projects."""
    floors = [floor(row, inputs) for entry, row in found if is_offered(entry, row)]
    return [*floors, offtake(inputs)]
