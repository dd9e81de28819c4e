"""Places: countries in ten zones of trade, routes between them, the railway and tariffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minerals.own import OWN
from minerals.plants import LOBITO
from optimizer.drafting.basis import graded
from optimizer.drafting.places import ends

if TYPE_CHECKING:
    from optimizer.drafting import Drafted

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


def join_scrap(drafted: Drafted) -> None:
    """Scrap of members in one zone is one row."""
    joined: dict[tuple[str, str, int], dict[str, object]] = {}
    for row in drafted.tables["arisings"]:
        key = (row["zone"], row["material"], row["year"])
        if key in joined:
            joined[key]["arisings_t_per_year"] += row["arisings_t_per_year"]  # type: ignore[operator]
        else:
            joined[key] = row
    drafted.tables["arisings"] = list(joined.values())
