"""Market: who wants how much of what, who sells it, and what its making emits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import graded, interpolated, rounded, sources
from optimizer.catalogue.drafting.outlook import demand_of, world_demand
from urban.own import EARTHS, METALS, OWN, ZONES, put

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted
    from optimizer.catalogue.drafting.chains import Chain

KEPT = ("p058-keliber", "jpn-cobalt-recycling", "deu-cobalt-recycling")
REFINERIES = {"fin-cobalt-refinery": "fin-cobalt", "jpn-cobalt-refinery": "jpn-cobalt"}
CARS = ("EV", "grid_storage")
"""Sectors of the outlook that are the segment `cars`; what is left is `other`."""

MAGNETS = {"EU": "use.eu_magnets_t", "JPN": "use.japan_magnets_t"}
MADE = {"EU": "use.eu_made", "JPN": "use.japan_made"}
BASE_YEAR = 2024
LARGE = 1.5
"""Size of the users of primary metal, in times of their demand: never a limit."""


def keep_refined(drafted: Drafted) -> None:
    """Only refined metal is traded: ore, its miners and its refiners leave the draft."""
    tables = drafted.tables
    size = {row["id"]: row["capacity_t_per_year"] for row in tables["projects"]}
    drafted.drop(set(size) - set(KEPT))
    for name, column in (("materials", "id"), ("contents", "material"), ("prices", "material")):
        tables[name] = [row for row in tables[name] if not row[column].endswith("-raw")]
    gone = {row["id"] for row in tables["suppliers"] if row["material"].endswith("-raw")}
    tables["suppliers"] = [row for row in tables["suppliers"] if row["id"] not in gone]
    tables["supply_limits"] = [
        row for row in tables["supply_limits"] if row["supplier"] not in gone
    ]
    tables["origins"], tables["policies"] = [], []
    for row in tables["contents"]:
        row.pop("gross_up_extraction", None)
    for plant, name in REFINERIES.items():
        part = OWN["supply.finland_ours"] if name.startswith("fin") else 1.0
        told = "refineries of the country as one, as they are today; their ore is left out"
        tables["suppliers"].append(
            {"id": name, "country": name[:3].upper(), "material": "cobalt"}
            | graded("assumed", told)
        )
        tables["supply_limits"] += [
            {"supplier": name, "year": year, "limit_t_per_year": rounded(part * size[plant])}
            | OWN.given("supply.finland_ours")
            for year in drafted.basis.years
        ]


def sector_share(drafted: Drafted, chain: Chain, sectors: tuple[str, ...], year: int) -> float:
    """Part of world use that some sectors have, as the IEA sees it in STEPS."""
    rows = drafted.basis.catalogue.demand
    fits = (rows["material"] == chain.wanted) & rows["scenario"].isin(("base", "STEPS"))
    rows = rows[fits & rows["sector"].isin(sectors)]
    by_year = rows.groupby("year")["quantity"].sum()
    known = dict(zip(by_year.index.astype(int), by_year, strict=True))
    return interpolated(known, year) / world_demand(drafted.basis, chain, year).value


def whole_use(drafted: Drafted, chain: Chain, zone: str, year: int) -> tuple[float, str, str]:
    """What a member uses of a metal in a year, its source and how it came about."""
    basis = drafted.basis
    world = world_demand(basis, chain, year)
    if chain.id == EARTHS:
        own = MAGNETS[zone]
        grown = world.value / world_demand(basis, chain, BASE_YEAR).value
        told = f"{OWN.rows[own].reason}; grown as the world's use (IEA STEPS)"
        value = OWN[own] * OWN["use.magnet_content"] * grown
        return value, sources([OWN.rows[own].source, world.source]), told
    if chain.id == "cobalt" and zone == "JPN":
        return (
            OWN["use.japan_cobalt"] * world.value,
            world.source,
            OWN.rows["use.japan_cobalt"].reason,
        )
    found = demand_of(basis, chain, next(ally for ally in basis.allies if ally.id == zone), year)
    return found.value, found.source, found.note


def set_demand(drafted: Drafted) -> None:
    """Segments of cars and other uses; supply is what the members' part then is."""
    tables = drafted.tables
    steps: dict[str, list[dict[str, Any]]] = {}
    for row in tables["tranches"]:
        if row["segment"].startswith("eu-"):
            steps.setdefault(row["segment"].split("-", 1)[1], []).append(row)
    before, used = totals(drafted), totals(drafted, by="zone")
    tables["segments"], tables["demand"], tables["tranches"] = [], [], []
    for chain in drafted.basis.chains:
        for zone in ZONES:
            for sector in ("cars", "other"):
                add_segment(drafted, chain, zone, sector)
                name = f"{zone.lower()}-{chain.id}-{sector}"
                tables["tranches"] += [row | {"segment": name} for row in steps[chain.id]]
    scale_supply(drafted, before)
    scale_scrap(drafted, used)


def add_segment(drafted: Drafted, chain: Chain, zone: str, sector: str) -> None:
    """One segment and what it wants."""
    tables = drafted.tables
    name = f"{zone.lower()}-{chain.id}-{sector}"
    tables["segments"].append(
        {"id": name, "zone": zone, "member": zone, "sector": sector, "material": chain.id}
        | graded("assumed", "sectors of the outlook")
    )
    for year in drafted.basis.years:
        value, source, told = whole_use(drafted, chain, zone, year)
        share = sector_share(drafted, chain, CARS, year)
        share = share if sector == "cars" else 1 - share
        if sector == "cars" and chain.id != EARTHS:
            value *= OWN[MADE[zone]]
            told += f"; of this {OWN[MADE[zone]]:g}: {OWN.rows[MADE[zone]].reason}"
        if sector == "other" and chain.id == "lithium":
            value *= OWN["use.portable"]
            told += f"; of this {OWN['use.portable']:g}: {OWN.rows['use.portable'].reason}"
        tables["demand"].append(
            {"segment": name, "year": year, "demand_t_per_year": rounded(share * value)}
            | graded("assumed", f"{share:.3g} of use, as in the world; {told}", source)
        )


def totals(drafted: Drafted, by: str = "all") -> dict[tuple[str, int], float]:
    """Demand by metal and year, of all members or (`by` zone) with the zone before the metal."""
    name = {
        row["id"]: row["material"] if by == "all" else f"{row['zone']}-{row['material']}"
        for row in drafted.tables["segments"]
    }
    found: dict[tuple[str, int], float] = {}
    for row in drafted.tables["demand"]:
        key = name[row["segment"]], row["year"]
        found[key] = found.get(key, 0.0) + row["demand_t_per_year"]
    return found


def scale_supply(drafted: Drafted, before: dict[tuple[str, int], float]) -> None:
    """Sellers abroad sell in proportion to what the members want now, and at least a margin more.

    Where the outlook of output falls short of that of demand, new mines are taken to close the gap.
    """
    tables, after = drafted.tables, totals(drafted)
    metal = {row["id"]: row["material"] for row in tables["suppliers"]}
    sold: dict[tuple[str, int], float] = {}
    own: dict[tuple[str, int], float] = {}
    for row in tables["supply_limits"]:
        key = metal[row["supplier"]], row["year"]
        side = own if row["supplier"] in REFINERIES.values() else sold
        side[key] = side.get(key, 0.0) + row["limit_t_per_year"]
    for row in tables["supply_limits"]:
        if row["supplier"] in REFINERIES.values():
            continue
        key = metal[row["supplier"]], row["year"]
        least = (1 + OWN["supply.least_margin"]) * after[key] - own.get(key, 0.0)
        factor = max(after[key] / before[key], least / sold[key])
        row["limit_t_per_year"] = rounded(row["limit_t_per_year"] * factor)
        row["note"] += f"; times {factor:.3g}: the demand here over that of the draft, or a margin"


def scale_scrap(drafted: Drafted, before: dict[tuple[str, int], float]) -> None:
    """Cobalt of alloys is recycled in proportion to what each member uses now."""
    tables, after = drafted.tables, totals(drafted, by="zone")
    first = drafted.basis.years[0]
    for row in tables["arisings"]:
        key = f"{row['zone']}-cobalt", row["year"]
        row["arisings_t_per_year"] = rounded(row["arisings_t_per_year"] * after[key] / before[key])
    for row in tables["projects"]:
        if row["id"].endswith("-cobalt-recycling"):
            key = f"{'JPN' if row['country'] == 'JPN' else 'EU'}-cobalt", first
            size = row["capacity_t_per_year"] * after[key] / before[key]
            row["capacity_t_per_year"] = rounded(size)


def count_emissions(drafted: Drafted) -> None:
    """Primary metal comes through users that carry its emissions; recycled metal does not."""
    tables = drafted.tables
    most: dict[tuple[str, str], float] = {}
    for segment in tables["segments"]:
        key = segment["zone"], segment["material"]
        sizes = [r["demand_t_per_year"] for r in tables["demand"] if r["segment"] == segment["id"]]
        most[key] = most.get(key, 0.0) + max(sizes)
    for row in tables["suppliers"]:
        row["material"] += "-primary"
    for chain in drafted.basis.chains:
        primary = f"{chain.id}-primary"
        copied: dict[str, Any] = next(row for row in tables["materials"] if row["id"] == chain.id)
        tables["materials"].append(copied | {"id": primary, "name": f"{chain.name}, primary"})
        tables["contents"].append(
            {"material": primary, "element": chain.id, "content_t_per_t": 1.0}
            | graded("derived", "contained metal")
        )
        tables["prices"] += [
            row | {"material": primary} for row in tables["prices"] if row["material"] == chain.id
        ]
        own = f"carbon.{METALS[chain.id]}"
        for zone, country in zip(ZONES, ("DEU", "JPN"), strict=True):
            name = f"{zone.lower()}-primary-{METALS[chain.id]}"
            told = "no plant: where primary metal is taken in and its emissions are counted"
            tables["projects"].append(
                {"id": name, "name": f"Primary {chain.name} taken in, {zone}", "country": country}
                | {"status": "operating", "kind": "manufacturing", "main_material": chain.id}
                | {"capacity_t_per_year": rounded(LARGE * most[zone, chain.id])}
                | {"capex_kind": "remaining", "life_years": 100}
                | graded("assumed", told)
            )
            tables["recipes"].append(
                {"project": name, "recipe": "main", "carbon_t_per_t": OWN[own]} | OWN.given(own)
            )
            flows = {chain.id: 1.0, primary: -1.0}
            put(drafted, name, "main", flows, graded("derived", "tonne by tonne"))
