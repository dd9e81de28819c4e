"""Contracts, and what plants do without one: closing below cash cost, no loan from a bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import row_of
from quad.forms import recipes, revenue_usd_per_t
from quad.operations import operating_cost

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow
    from quad.chemistry import Chemistry
    from quad.entries import Entry
    from quad.inputs import Inputs

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
    return float(row_of(inputs.catalogue, "prices", series="US DoW price floor")["price"])


def is_merchant(entry: Entry) -> bool:
    """Whether a plant sells oxide of neodymium and praseodymium."""
    return entry.plant.form in MERCHANTS and entry.plant.main == FLOORED


def is_offered(entry: Entry, row: TableRow) -> bool:
    """Whether a price floor is on offer to the plant of a row of projects."""
    if row["id"] in OPERATING:
        return True
    candidate = row["status"] == "candidate" and not row.get("goes_ahead_alone")
    return candidate and is_merchant(entry)


def behaviour(entry: Entry, row: TableRow, inputs: Inputs, chem: Chemistry) -> TableRow:
    """TableRow of a row of projects that are not the default: when it runs, who lends to it."""
    found: TableRow = {}
    if row["status"] == "candidate" and (row["country"], row["kind"]) == ("USA", "mine"):
        found["instruments"] = ("grant", "equity", "loan", "guarantee")
    if not is_merchant(entry):
        return found
    cost, revenue = cash_cost(entry, inputs, chem), revenue_usd_per_t(entry.plant, chem)
    if revenue * inputs.own["shock.cheap.factor"] < cost:
        found["open_share"] = inputs.own["contract.open_share"]
    if is_offered(entry, row) and row["status"] == "candidate":
        size = row["capacity_t_per_year"]
        earned = (revenue - cost) * size / 1e6
        due = inputs.own["bank.service_share"] * row["capex_musd"]
        if earned < inputs.own["bank.cover"] * due:
            found["bankable"] = False
    return found


def note_behaviour(inputs: Inputs, row: TableRow, cells: TableRow) -> None:
    """Provenance of the cells that `behaviour` sets."""
    methods = {
        "open_share": "contract.open_share: at the prices of 2024 revenue is below the cash cost",
        "bankable": "revenue less cash cost at base prices is under bank.cover x debt service",
        "instruments": "US tax credits on building cost are not for mines; recalled",
    }
    for field in cells:
        quality = "derived" if field == "bankable" else "assumed"
        inputs.cell("projects", str(row["id"]), field, methods[field], quality=quality)


def floor(row: TableRow, inputs: Inputs) -> TableRow:
    """A price floor at the printed terms."""
    printed = row_of(inputs.catalogue, "instruments", id=SIGNED)
    own = row["id"] in OPERATING
    year = max(inputs.years[0], row.get("online_year", 0))
    note = "the printed contract" if own else "on offer at the terms printed for Mountain Pass"
    return {
        "id": f"floor-{row['id']}",
        "project": row["id"],
        "kind": "price_floor",
        "tenor_years": int(printed["tenor_years"]),
        "signing_year": year if own else None,
        "price_usd_per_t": floor_price(inputs),
        "upside_share": inputs.own["contract.upside_share"],
        "bankable": row.get("bankable") is False,
        "source": printed["source"],
        "quality": "derived" if own else "assumed",
        "note": f"{note}: 110 USD/kg NdPr and 30 % of what is above",
    }


def offtake(inputs: Inputs) -> TableRow:
    """All magnets of Narva that the alliance does not get already, at the printed terms."""
    printed = row_of(inputs.catalogue, "instruments", id=TAKEN)
    return {
        "id": "offtake-narva",
        "project": "narva",
        "kind": "offtake",
        "tenor_years": int(printed["tenor_years"]),
        "signing_year": inputs.years[0],
        "offtake_share": inputs.own["contract.narva_share"],
        "take_share": inputs.own["contract.take_share"],
        "source": printed["source"],
        "quality": "assumed",
        "note": "the rest of the output, for as long as the printed offtake of all MP 10X magnets",
    }


def contracts(found: list[tuple[Entry, TableRow]], inputs: Inputs) -> list[TableRow]:
    """Table contracts, of plants with their rows of projects."""
    floors = [floor(row, inputs) for entry, row in found if is_offered(entry, row)]
    return [*floors, offtake(inputs)]
