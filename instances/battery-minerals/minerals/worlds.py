"""Worlds: past controls that come back, and a price that rises because plants come late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minerals.own import OWN
from optimizer.catalogue.drafting.basis import graded
from optimizer.catalogue.drafting.worlds import congo_cuts, past, with_nominal

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

LATE = "late"
NAMES = {
    "nickel": "Indonesia cuts its nickel",
    "cobalt": "Congo suspends cobalt, then a quota",
    "graphite": "China licenses graphite",
}


def replace_worlds(drafted: Drafted, *, delays: bool) -> None:
    """Nickel and graphite from two years on, cobalt once, and late plants with dear lithium."""
    tables = drafted.tables
    event = past(drafted.basis, "2022-01", "lithium")
    keep: list[dict[str, Any]] = [
        {"id": LATE, "name": "Large plants come late, and lithium is as dear as in 2022"}
        | {"probability": OWN["world.late_probability"]}
        | OWN.given("world.late_probability")
    ]
    start = OWN.whole("world.dear_start")
    tables["shocks"] = [
        {"id": f"{LATE}-lithium", "scenario": LATE, "kind": "price", "material": "lithium"}
        | {"first_year": start, "last_year": start + OWN.whole("world.years") - 1}
        | {"factor": OWN["world.dear_factor"]}
        | graded(
            "assumed",
            f"{event['effect']}; {OWN.rows['world.dear_factor'].reason}",
            event["source"],
        )
    ]
    if delays:
        tables["delays"] = late(drafted)
    for metal, name in NAMES.items():
        for which in ("first",) if metal == "cobalt" else ("first", "second"):
            start = OWN.whole(f"world.{which}_start")
            own = f"world.{metal}_probability"
            label = f"{metal}-{start}"
            keep.append(
                {"id": label, "name": f"{name} in {start}", "probability": OWN[own]}
                | graded("assumed", OWN.rows[own].reason)
            )
            tables["shocks"] += [
                {"id": f"{label}-{row['country'].lower()}-{row['first_year']}-{row['material']}"}
                | {"scenario": label}
                | row
                for row in cuts(drafted, metal, start)
            ]
    tables["scenarios"] = with_nominal(keep)


def cuts(drafted: Drafted, metal: str, start: int) -> list[dict[str, Any]]:
    """Shocks of one control that begins in a year."""
    if metal == "cobalt":
        hit = (("COD", "cobalt-raw", 1.0), ("CHN", "cobalt", OWN["world.pass_through"]))
        return congo_cuts(drafted.basis, start, hit)
    last = start + OWN.whole("world.years") - 1
    factors = {"graphite": {"CHN": "world.graphite_factor"}}
    factors["nickel"] = {"IDN": "world.nickel_factor", "CHN": "world.nickel_china_factor"}
    return [
        {"kind": "supply", "country": country, "material": metal, "factor": OWN[own]}
        | {"first_year": start, "last_year": last}
        | OWN.given(own)
        for country, own in factors[metal].items()
    ]


def late(drafted: Drafted) -> list[dict[str, Any]]:
    """Candidates that cost more than a thousand millions come late."""
    return [
        {"scenario": LATE, "project": row["id"], "years": OWN.whole("world.late_years")}
        | OWN.given("world.late_years")
        for row in drafted.tables["projects"]
        if row["status"] == "candidate" and row["capex_musd"] >= OWN["world.large_musd"]
    ]
