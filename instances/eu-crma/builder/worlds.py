"""Worlds: past controls that come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builder.own import OWN
from optimizer.drafting.basis import graded
from optimizer.drafting.worlds import MONTHS, PERCENT, past, with_nominal

if TYPE_CHECKING:
    from optimizer.drafting import Drafted


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
                | graded("assumed", OWN.rows[own]["reason"])
            )
            cuts = graphite_cuts(start) if metal == "graphite" else cobalt_cuts(drafted, start)
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


def cobalt_cuts(drafted: Drafted, start: int) -> list[dict[str, Any]]:
    """Congo's suspension of eight months, and its quota of two years after it."""
    ban, quota = past(drafted.basis, "2025-02-22"), past(drafted.basis, "2025-10-16")
    spans = (
        (ban, start, start, ban["duration_months"] / MONTHS),
        (quota, start + 1, start + 2, -quota["effect_pct"] / PERCENT),
    )
    rows = []
    for event, first, last, cut in spans:
        passed = cut * OWN["world.pass_through"]
        for country, material, lost in (
            ("COD", "cobalt-raw", cut),
            ("CHN", "cobalt", passed),
        ):
            row = {"kind": "supply", "country": country, "material": material}
            row |= {"first_year": first, "last_year": last, "factor": round(1 - lost, 3)}
            rows.append(row | graded("assumed", event["effect"], event["source"]))
    return rows
