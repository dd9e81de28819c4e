"""Worlds: past controls that come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crma.own import OWN
from optimizer.catalogue.drafting.basis import graded
from optimizer.catalogue.drafting.worlds import congo_cuts, with_nominal

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted


def replace_worlds(drafted: Drafted) -> None:
    """Graphite licences of 2023 and Congo's cobalt of 2025, from two years on; lithium of 2022."""
    tables = drafted.tables
    keep = [row for row in tables["scenarios"] if row["id"].startswith("lithium-wld")]
    tables["shocks"] = [row for row in tables["shocks"] if row["scenario"] == keep[0]["id"]]
    keep[0]["probability"] = OWN["world.lithium_probability"]
    for which in ("first", "second"):
        start = OWN.whole(f"world.{which}_start")
        for metal in ("graphite", "cobalt"):
            own = f"world.{metal}_probability"
            name = f"{metal}-{start}"
            keep.append(
                {"id": name, "name": f"Controls on {metal} come back in {start}"}
                | {"probability": OWN[own]}
                | graded("assumed", OWN.rows[own].reason)
            )
            hit = (("COD", "cobalt-raw", 1.0), ("CHN", "cobalt", OWN["world.pass_through"]))
            cobalt = congo_cuts(drafted.basis, start, hit)
            cuts = graphite_cuts(start) if metal == "graphite" else cobalt
            tables["shocks"] += [
                {"id": f"{name}-{row['material']}-{row['first_year']}", "scenario": name} | row
                for row in cuts
            ]
    tables["scenarios"] = with_nominal(keep)


def graphite_cuts(start: int) -> list[dict[str, Any]]:
    """Chinese refined graphite under licences."""
    last = start + OWN.whole("world.graphite_years") - 1
    row = {"kind": "supply", "country": "CHN", "material": "graphite", "first_year": start}
    row |= {"last_year": last, "factor": OWN["world.graphite_factor"]}
    return [row | OWN.given("world.graphite_factor")]
