"""Places: blocs of members, and routes of what the draft does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import graded, rounded
from optimizer.catalogue.drafting.outlook import price
from optimizer.catalogue.drafting.places import ends
from urban.own import OWN, ZONES
from urban.scrap import MASS

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

ABROAD = "abroad"
"""Zone of everybody else."""


def set_places(drafted: Drafted) -> None:
    """Countries, zones and routes anew.

    Each member is a bloc, so that a benchmark can be its own; all others are one zone, as no shock
    here hits a route of one of them alone.
    """
    drafted.place()
    tables = drafted.tables
    for row in tables["countries"]:
        if row["alliance"]:
            row["bloc"] = row["zone"]
        else:
            row["zone"] = ABROAD
    tables["zones"] = [row for row in tables["zones"] if row["id"] in ZONES]
    tables["zones"].append(
        {"id": ABROAD, "name": "all others"} | graded("assumed", "no shock needs them apart")
    )
    tables["routes"] = [row for row in tables["routes"] if {row["origin"]} <= {*ZONES}]
    zone = {row["id"]: row["zone"] for row in tables["countries"]}
    having, _ = ends(tables, zone)
    basis = drafted.basis
    freight = {
        f"{chain.id}-primary": (
            basis.assumed["market.freight_base"]
            + basis.assumed["market.freight_share"] * price(basis, chain).value,
            graded("assumed", "haulage and a share of the value; distance left out"),
        )
        for chain in basis.chains
    }
    freight[MASS] = (OWN["freight.mass"], OWN.given("freight.mass"))
    tables["routes"] += [
        {"origin": origin, "destination": destination, "material": material}
        | {"freight_usd_per_t": rounded(cost, 4)}
        | given
        for material, (cost, given) in freight.items()
        for origin in sorted(having[material])
        for destination in ZONES
        if origin != destination
    ]
