"""Worlds: what has happened since 2022 comes back, alone or together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import graded
from optimizer.catalogue.drafting.worlds import PERCENT, past, with_nominal
from pact.own import CHAIN, MAGNET, OWN, RAW

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

LICENCES = {CHAIN: ("2025-04-04", "DyTb"), MAGNET: ("2025-04-04", "NdFeB_magnets")}
TO_AMERICA = 0.067
TOLD = "Chinese magnets to the United States in May 2025 were 93.3 % below those of a year before"


def cut(factor: float, first: int, years: int, told: str, source: str) -> dict[str, Any]:
    """What every shock of ours says."""
    span = {"factor": round(factor, 3), "first_year": first, "last_year": first + years - 1}
    return span | graded("assumed", f"{told}; the years are ours", source)


def licences(drafted: Drafted, start: int) -> list[dict[str, Any]]:
    """The licences of April 2025 for magnets and what goes into them, and gallium's of 2023."""
    length = OWN.whole("world.licence_years")
    dates = LICENCES | {"gallium": ("2023-08-01", "gallium")}
    rows = []
    for material, (date, name) in dates.items():
        event = past(drafted.basis, date, name)
        factor = TO_AMERICA if material == MAGNET else 1 + event["effect_pct"] / PERCENT
        row = {"kind": "supply", "country": "CHN", "material": material}
        told = event["effect"] if material != MAGNET else TOLD
        rows.append(row | cut(factor, start, length, told, event["source"]))
    return rows


def embargo(drafted: Drafted, start: int) -> list[dict[str, Any]]:
    """The United States alone: magnets as in May 2025, oxide and gallium as gallium in 2024."""
    length = OWN.whole("world.ban_years")
    magnets = past(drafted.basis, *LICENCES[MAGNET])
    ban = past(drafted.basis, "2024-12-03", "gallium")
    rows = []
    for material, event, factor in (
        (MAGNET, magnets, TO_AMERICA),
        (CHAIN, ban, 0.0),
        ("gallium", ban, 0.0),
    ):
        row = {"kind": "access", "country": "CHN", "material": material, "destination": "USA"}
        told = event["effect"] if material != MAGNET else TOLD
        rows.append(row | cut(factor, start, length, told, event["source"]))
    return rows


def crash(drafted: Drafted, start: int) -> list[dict[str, Any]]:
    """The fall of NdPr oxide from 2022 to 2024."""
    rows = drafted.basis.catalogue.prices
    oxide = rows[rows["series"] == "NdPr oxide 99%"].set_index("year")
    fall = float(oxide["price"][2024] / oxide["price"][2022])
    part = OWN["world.magnet_share_of_metal"]
    factors = {CHAIN: fall, RAW: fall, MAGNET: 1 - part * (1 - fall)}
    told = "NdPr oxide fell from 124,000 USD/t in 2022 to 55,000 in 2024"
    source = str(oxide["source"][2024])
    return [
        {"kind": "price", "material": material}
        | cut(factor, start, OWN.whole("world.crash_years"), told, source)
        for material, factor in factors.items()
    ]


def replace_worlds(drafted: Drafted) -> None:
    """Six worlds beside the nominal one."""
    first, second = OWN.whole("world.first_start"), OWN.whole("world.second_start")
    low = OWN.whole("world.crash_start")
    worlds: dict[str, tuple[str, str, list[dict[str, Any]]]] = {
        f"licences-{first}": ("Chinese licences", "licences", licences(drafted, first)),
        f"licences-{second}": ("Chinese licences", "licences", licences(drafted, second)),
        f"embargo-{first + 1}": (
            "Chinese ban on the United States",
            "embargo",
            embargo(drafted, first + 1),
        ),
        f"crash-{low}": ("Rare earth prices of 2024", "crash", crash(drafted, low)),
        f"trap-{low}": (
            "Low prices, then licences",
            "trap",
            crash(drafted, low) + licences(drafted, second),
        ),
        f"gallium-{first - 1}": (
            "Gallium ban on the United States",
            "gallium",
            embargo(drafted, first - 1)[-1:],
        ),
    }
    drafted.tables["shocks"] = [
        {"id": f"{name}-{row['kind']}-{row['material']}", "scenario": name} | row
        for name, (_, _, rows) in worlds.items()
        for row in rows
    ]
    drafted.tables["scenarios"] = with_nominal(
        [
            {"id": name, "name": f"{title}, {name[-4:]}"}
            | {"probability": OWN[f"world.{own}_probability"]}
            | OWN.given(f"world.{own}_probability")
            for name, (title, own, _) in worlds.items()
        ]
    )
