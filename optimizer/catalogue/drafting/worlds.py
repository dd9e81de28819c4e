"""Scenarios: the nominal world, and one for each past disruption of the metals coming back."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import Basis, TableRow, graded, row_of, rows_of
from optimizer.catalogue.drafting.chains import forms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.catalogue.drafting.chains import Chain

CUTS = ("export ban", "export quota", "licensing", "stoppage", "conflict")
NAMES = {"Japan": "JPN", "USA": "USA"}
"""Whom a disruption was aimed at, as the catalogue's details say it."""

MONTHS = 12
PERCENT = 100.0


def worlds(basis: Basis, suppliers: list[TableRow]) -> tuple[list[TableRow], list[TableRow]]:
    """Tables scenarios and shocks."""
    sold = {(row["country"], row["material"]) for row in suppliers}
    found = []
    for chain in basis.chains:
        for row in rows_of(basis.catalogue, "disruptions"):
            if set(row["material"].split(";")) & forms(chain):
                shock = shock_of(basis, chain, row, sold)
                if shock is not None:
                    found.append((name_of(row, chain), row, shock))
    return scenarios(basis, found), shocks(basis, found)


def past(basis: Basis, start: str, material: str = "") -> TableRow:
    """A disruption of the catalogue by its first day, and its material where several began then."""
    named = {"material": material} if material else {}
    return row_of(basis.catalogue, "disruptions", start_date=start, **named)


def congo_cuts(basis: Basis, start: int, hit: Sequence[tuple[str, str, float]]) -> list[TableRow]:
    """Shocks of Congo's cobalt suspension of eight months in 2025 and its quota after it, again.

    Args:
        basis: what the draft rests on.
        start: year of the suspension; the quota takes the two years after it.
        hit: country, material, and the part of the cut that reaches it.
    """
    ban, quota = past(basis, "2025-02-22"), past(basis, "2025-10-16")
    spans = (
        (ban, start, start, ban["duration_months"] / MONTHS),
        (quota, start + 1, start + 2, -quota["effect_pct"] / PERCENT),
    )
    return [
        {"kind": "supply", "country": country, "material": material}
        | {"first_year": first, "last_year": last, "factor": round(1 - part * cut, 3)}
        | graded("assumed", event["effect"], event["source"])
        for event, first, last, cut in spans
        for country, material, part in hit
    ]


def with_nominal(disrupted: list[TableRow]) -> list[TableRow]:
    """Table scenarios: the nominal world with what probability the others leave, then those."""
    rest = round(1 - sum(row["probability"] for row in disrupted), 6)
    quiet = {"id": "nominal", "name": "No disruption", "probability": rest, "nominal": True}
    return [quiet | graded("assumed", "what is left"), *disrupted]


def shock_of(
    basis: Basis, chain: Chain, row: dict[str, Any], sold: set[tuple[str, str]]
) -> TableRow | None:
    """What a past disruption does to this alliance; nothing if it does nothing to it."""
    material = chain.raw if row["stage"] == "extraction" and chain.mined else chain.id
    size = row["effect_pct"]
    if row["country"] in basis.allied or size is None:
        return None
    if row["kind"] == "price":
        most = basis.assumed["world.price_factor_most"]
        factor = round(min(most, 1 + size / PERCENT), 3)
        return {"kind": "price", "material": material, "factor": factor} if factor > 1 else None
    if row["kind"] not in CUTS or size >= 0 or (row["country"], material) not in sold:
        return None
    aimed = re.search(r"\((\w+)\)", row["detail"])
    if aimed and aimed[1] in NAMES:
        aim = basis.allied.get(NAMES[aimed[1]])
        if aim is None:
            return None
        target = {"country": row["country"], "material": material, "destination": aim.id}
        return {"kind": "access", "factor": 0.0, **target}
    factor = round(max(0.0, 1 + size / PERCENT), 3)
    return {"kind": "supply", "country": row["country"], "material": material, "factor": factor}


def name_of(row: dict[str, Any], chain: Chain) -> str:
    """Id of the scenario that a past disruption becomes."""
    parts = f"{chain.id} {row['country']} {row['start_date'][:7]} {row['detail'] or row['kind']}"
    return re.sub(r"[^a-z0-9]+", "-", parts.lower())[:60].strip("-")


def scenarios(basis: Basis, found: list[tuple[str, dict[str, Any], TableRow]]) -> list[TableRow]:
    """Table scenarios: equally probable disruptions, the rest nominal."""
    most = basis.assumed["world.most_probability"]
    each = basis.assumed["world.each_probability"]
    each = round(min(each, most / max(1, len(found))), 4)
    rows = []
    for name, row, _ in found:
        title = f"{row['country']} {row['start_date']}: {row['detail'] or row['kind']} comes back"
        rows.append(
            {"id": name, "name": title, "probability": each, "nominal": False}
            | graded("assumed", row["effect"], row["source"])
        )
    return with_nominal(rows)


def shocks(basis: Basis, found: list[tuple[str, dict[str, Any], TableRow]]) -> list[TableRow]:
    """Table shocks: of the printed size and length, in a year of ours."""
    rows = []
    for name, row, shock in found:
        length = basis.assumed.whole("world.years")
        if row["duration_months"] is not None:
            length = max(1, math.ceil(row["duration_months"] / MONTHS))
        first = min(
            max(basis.assumed.whole("world.first_year"), basis.years[0]), basis.years[-1] - length
        )
        told = f"{row['effect']}; size and length as printed where they are, the year is ours"
        rows.append(
            {"id": name, "scenario": name, "first_year": first}
            | {"last_year": min(basis.years[-1], first + length - 1)}
            | shock
            | graded("assumed", told, row["source"])
        )
    return rows
