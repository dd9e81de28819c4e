"""Places: countries in ten zones of trade, routes between them, the railway and tariffs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minerals.own import OWN
from minerals.plants import LOBITO
from optimizer.catalogue.drafting.basis import graded, rounded, sources
from optimizer.catalogue.drafting.places import ends

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

NORTH_AMERICA, EUROPE, PACIFIC = "north-america", "europe", "pacific"
OF_MEMBER = {
    "USA": NORTH_AMERICA,
    "CAN": NORTH_AMERICA,
    "EU": EUROPE,
    "GBR": EUROPE,
    "NOR": EUROPE,
    "JPN": PACIFIC,
    "KOR": PACIFIC,
    "AUS": PACIFIC,
    "IND": PACIFIC,
}
OF_COUNTRY = {
    "CHN": "china",
    "IDN": "indonesia",
    "COD": "copperbelt",
    "ZMB": "copperbelt",
    "TZA": "east-africa",
    "MOZ": "east-africa",
    "MDG": "east-africa",
    "ARG": "south-america",
    "BRA": "south-america",
    "CHL": "south-america",
}
OTHERS = "rest-of-world"
LOWER_INCOME = {"AGO", "COD", "MDG", "MOZ", "TZA", "ZMB", "ZWE"}
"""Hosts in which development banks are meant to work first."""

ON_RAIL = {"cobalt", "cobalt-raw"}


def set_places(drafted: Drafted) -> None:
    """Tables countries, zones and routes."""
    tables = drafted.tables
    drafted.place()
    freight = {row["material"]: row["freight_usd_per_t"] for row in tables["routes"]}
    note = next(iter(tables["routes"]))["note"]
    for row in tables["countries"]:
        ally = drafted.basis.allied.get(row["id"])
        row["zone"] = OF_MEMBER[ally.id] if ally else OF_COUNTRY.get(row["id"], OTHERS)
        row["bloc"] = "other"
        if ally:
            row["bloc"] = "union" if ally.id == "EU" else "member"
        elif row["id"] in LOWER_INCOME:
            row["bloc"] = "lower-income"
    for name in ("segments", "arisings"):
        for row in tables[name]:
            row["zone"] = OF_MEMBER.get(row["zone"], row["zone"])
    tables["zones"] = [
        {"id": name, "name": name.replace("-", " ")}
        | graded("assumed", "members in three, suppliers in seven")
        for name in sorted({row["zone"] for row in tables["countries"]})
    ]
    zone = {row["id"]: row["zone"] for row in tables["countries"]}
    having, using = ends(tables, zone)
    tables["routes"] = [
        {"origin": origin, "destination": destination, "material": material}
        | {"freight_usd_per_t": freight[material]}
        | ({"corridor": LOBITO} if (origin, material in ON_RAIL) == ("copperbelt", True) else {})
        | graded("assumed", note)
        for material in freight
        for origin in sorted(having.get(material, ()))
        for destination in sorted(using.get(material, ()))
        if origin != destination
    ]
    for row in tables["routes"]:
        if (row["origin"], row["destination"]) == ("china", NORTH_AMERICA):
            row["tariff_share"] = OWN["tariff.china"]
            row |= OWN.given("tariff.china")


def join_members(drafted: Drafted) -> None:
    """Demand, scrap and the recycling of today of members in one zone are one row each."""
    tables = drafted.tables
    names: dict[str, str] = {}
    for row in tables["segments"]:
        names[row["id"]] = f"{row['zone']}-{row['material']}"
        row["id"] = names[row["id"]]
        row["member"] = None
        row["sector"] = "all members of the zone"
    for table in ("demand", "tranches"):
        for row in tables[table]:
            row["segment"] = names[row["segment"]]
    tables["segments"] = joined(tables["segments"], ("id",))
    tables["tranches"] = joined(tables["tranches"], ("segment", "tranche"))
    tables["demand"] = joined(tables["demand"], ("segment", "year"), "demand_t_per_year")
    keys = ("zone", "material", "year")
    tables["arisings"] = joined(tables["arisings"], keys, "arisings_t_per_year")
    join_recyclers(drafted)


def join_recyclers(drafted: Drafted) -> None:
    """The recycling plants of today in one zone as one."""
    tables = drafted.tables
    zone = {row["id"]: row["zone"] for row in tables["countries"]}
    kept: dict[str, dict[str, Any]] = {}
    gone: set[str] = set()
    for row in tables["projects"]:
        if (row["status"], row["kind"]) != ("operating", "recycling"):
            continue
        name = f"{zone[row['country']]}-{row['main_material']}-recycling"
        if name in kept:
            gone.add(row["id"])
            kept[name]["capacity_t_per_year"] += row["capacity_t_per_year"]
        else:
            kept[name] = row
    drafted.drop(gone)
    for name, row in kept.items():
        for table in ("recipes", "ingredients"):
            for flow in tables[table]:
                if flow["project"] == row["id"]:
                    flow["project"] = name
        where = zone[row["country"]].replace("-", " ")
        row |= {"id": name, "name": f"{row['main_material']} recycling, {where}"}
        row["capacity_t_per_year"] = rounded(row["capacity_t_per_year"])


def joined(
    rows: list[dict[str, Any]], keys: tuple[str, ...], summed: str = ""
) -> list[dict[str, Any]]:
    """Rows of the same key as one: the first, with the sum of one column and all sources."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key not in found:
            found[key] = row
            continue
        first = found[key]
        first["source"] = sources([first["source"], row["source"]])
        if summed:
            first[summed] = rounded(first[summed] + row[summed])
            first["note"] = "sum over the members of the zone, by the draft's shares of world use"
            first["quality"] = "assumed"
    return list(found.values())
