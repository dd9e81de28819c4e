"""Host terms: what stays in the country of a plant, and what it wants processed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minerals.own import OWN
from minerals.plants import SHARED

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

PROCESSED = ("nickel", "cobalt")
"""Metals of which Tanzania wants a share processed at home."""


def set_host_terms(drafted: Drafted) -> None:
    """What each host earns of a plant, and the two rules."""
    for row in drafted.tables["projects"]:
        if row["status"] == "candidate" and row["country"] not in drafted.basis.allied:
            own = f"host.benefit_{row['country'].lower()}"
            own = "host.benefit_shared" if row["id"] == SHARED else own
            row["host_benefit_share"] = OWN[own]
    rows = drafted.tables["policies"]
    rows.append(
        {"id": "host-benefit", "kind": "host_benefit", "sense": "least"}
        | {"value": OWN["host.least_benefit"], "tag": "outside"}
        | OWN.given("host.least_benefit")
    )
    rows += [
        {"id": f"tanzania-{metal}", "kind": "local_processing", "sense": "least"}
        | {"value": OWN["host.processed_share"], "element": metal, "country": "TZA"}
        | {"first_year": OWN.whole("host.processed_from")}
        | OWN.given("host.processed_share")
        for metal in PROCESSED
    ]
