"""Worlds: licences on rare earths, Congo's cobalt, and scrap that is kept at home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import graded
from optimizer.catalogue.drafting.worlds import PERCENT, congo_cuts, past, with_nominal
from urban.own import EARTHS, OWN
from urban.scrap import MASS, NICKEL

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

Row = dict[str, Any]
REFINERS = ("CHN", "FIN", "JPN")
"""Countries that refine Congolese cobalt."""


def replace_worlds(drafted: Drafted) -> None:
    """Tables scenarios and shocks, anew."""
    tables = drafted.tables
    known = {"licences": licences(drafted, OWN.whole("world.licences_start"))}
    refined = [(country, "cobalt-primary", OWN["world.pass_through"]) for country in REFINERS]
    start = OWN.whole("world.cobalt_start")
    known["cobalt"] = congo_cuts(drafted.basis, start, refined)
    known["scrap-kept"] = scrap_kept(OWN.whole("world.kept_start"))
    titles = {
        "licences": "China licenses rare earths as in 2025 again, from",
        "cobalt": "The Congo stops cobalt again, from",
        "scrap": "Scrap is kept at home and plants are late, from",
    }
    scenarios, tables["shocks"] = [], []
    for name, cuts in known.items():
        own = f"world.{name.split('-')[0].replace('scrap', 'kept')}_probability"
        scenarios.append(
            {"id": name, "name": f"{titles[name.split('-')[0]]} {cuts[0]['first_year']}"}
            | {"probability": OWN[own]}
            | graded("assumed", OWN.rows[own].reason)
        )
        tables["shocks"] += [
            {"id": f"{name}-{number}", "scenario": name} | cut for number, cut in enumerate(cuts, 1)
        ]
    tables["scenarios"] = with_nominal(scenarios)


def delay(drafted: Drafted) -> None:
    """Plants for black mass come late where scrap is kept."""
    drafted.tables["delays"] = [
        {"scenario": "scrap-kept", "project": row["id"], "years": OWN.whole("world.late_years")}
        | OWN.given("world.late_years")
        for row in drafted.tables["projects"]
        if row["status"] == "candidate" and row.get("main_material") == NICKEL
    ]


def licences(drafted: Drafted, start: int) -> list[Row]:
    """Chinese rare earths under licences."""
    event = past(drafted.basis, "2025-04-04", "DyTb")
    row = {"kind": "supply", "country": "CHN", "material": f"{EARTHS}-primary", "first_year": start}
    row |= {"last_year": start + OWN.whole("world.years") - 1}
    row |= {"factor": round(1 + event["effect_pct"] / PERCENT, 3)}
    return [
        row | graded("assumed", f"{event['effect']}; length and start are ours", event["source"])
    ]


def scrap_kept(start: int) -> list[Row]:
    """Nobody lets black mass go: not the two sellers, not the Union to Japan."""
    span = {"first_year": start, "last_year": start + OWN.whole("world.kept_years") - 1}
    rows: list[Row] = [
        {"kind": "supply", "country": country, "material": MASS, "factor": 0.0} | span
        for country in ("USA", "KOR")
    ]
    rows.append({"kind": "access", "material": MASS, "destination": "JPN", "factor": 0.0} | span)
    return [row | OWN.given("world.kept_years") for row in rows]
