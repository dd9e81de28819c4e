"""Countries, zones and routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import rows_of
from quad.inputs import MEMBERS

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow
    from quad.inputs import Inputs

ZONES = {
    "USA": "United States",
    "JPN": "Japan",
    "AUS": "Australia",
    "IND": "India",
    "CHN": "China",
    "EUR": "European partners",
    "SEA": "South-East Asia",
    "ROW": "Africa, other Americas, Central Asia",
}
EUROPE = {"DEU", "EST", "FRA", "GBR", "ITA", "POL", "SWE"}
ASIA = {"MMR", "MYS", "THA", "VNM"}
NEAR = [{"JPN", "SEA", "CHN", "IND", "AUS"}, {"USA", "EUR", "ROW"}]
OXIDE = {
    "CHN": ("USA", "JPN", "IND", "SEA", "EUR"),
    "AUS": ("USA", "JPN", "IND", "SEA", "EUR"),
    "SEA": ("USA", "JPN", "IND", "EUR"),
    "USA": ("JPN", "IND", "SEA", "EUR"),
    "EUR": ("USA", "JPN", "IND", "SEA"),
    "ROW": ("USA", "JPN", "IND", "SEA", "EUR"),
    "IND": ("JPN", "SEA", "USA"),
    "JPN": ("SEA", "USA"),
}
METAL = {
    "CHN": ("USA", "JPN", "SEA", "EUR"),
    "SEA": ("USA", "JPN", "EUR"),
    "EUR": ("USA", "JPN", "SEA"),
    "USA": ("JPN", "EUR", "SEA"),
    "JPN": ("USA", "SEA"),
    "IND": ("USA", "JPN", "SEA"),
    "ROW": ("USA", "JPN", "EUR"),
}
FEED = {
    "AUS": ("USA", "EUR", "SEA", "ROW"),
    "ROW": ("USA", "EUR", "SEA", "AUS"),
    "USA": ("SEA", "EUR", "ROW"),
}
MAGNET = {
    "CHN": ("USA", "JPN", "AUS", "IND"),
    "EUR": ("USA", "JPN", "AUS", "IND"),
    "SEA": ("USA", "JPN", "AUS", "IND"),
    "USA": ("JPN", "AUS", "IND"),
    "JPN": ("USA", "AUS", "IND"),
    "IND": ("USA", "JPN", "AUS"),
}
SCRAP = {
    "USA": ("EUR", "JPN"),
    "JPN": ("USA", "EUR"),
    "IND": ("JPN", "EUR"),
    "AUS": ("JPN", "USA"),
    "EUR": ("USA",),
    "SEA": ("JPN", "EUR"),
}
TRADE = {
    "ndpr_feed": FEED,
    "dytb_feed": {origin: tuple(z for z in ends if z != "ROW") for origin, ends in FEED.items()},
    "ndpr_oxide": OXIDE,
    "dytb_oxide": {origin: ends for origin, ends in OXIDE.items() if origin != "IND"},
    "ndpr_metal": METAL,
    "dytb_metal": {origin: ends for origin, ends in METAL.items() if origin != "ROW"},
    "magnet": MAGNET,
    "magnet_scrap": SCRAP,
}


def zone_of(country: str) -> str:
    """Zone of a country."""
    if country in MEMBERS.values() or country == "CHN":
        return country
    if country in EUROPE:
        return "EUR"
    return "SEA" if country in ASIA else "ROW"


def zones() -> list[TableRow]:
    """Table zones."""
    return [{"id": key, "name": name} for key, name in ZONES.items()]


def bloc_of(country: str, memberships: str) -> str:
    """Political group: the four members, partners by membership, others."""
    if country in MEMBERS.values():
        return "quad"
    partner = {"MSP", "EU", "G7", "OECD", "AUKUS"} & set(memberships.split(";"))
    return "partner" if partner else "other"


def countries(inputs: Inputs, used: set[object]) -> list[TableRow]:
    """Table countries, of those used: the four members are the alliance, partners are outside."""
    return [
        {
            "id": row["id"],
            "zone": zone_of(row["id"]),
            "alliance": row["id"] in MEMBERS.values(),
            "bloc": bloc_of(row["id"], row["memberships"]),
            "governance": round(row["governance"], 3),
            "source": row["source"],
            "quality": "derived",
            "note": "plain mean of six indicators of 2023; bloc by memberships",
        }
        for row in rows_of(inputs.catalogue, "countries")
        if row["id"] in used
    ]


def freight(inputs: Inputs, origin: str, destination: str, material: str) -> float:
    """Freight by class of distance, USD/t."""
    near = any({origin, destination} <= group for group in NEAR)
    cost = inputs.own["freight.near" if near else "freight.far"]
    return cost * (inputs.own["freight.feed_factor"] if material.endswith("_feed") else 1)


def routes(inputs: Inputs) -> list[TableRow]:
    """Table routes: only from where a form can be made to where it can be used."""
    return [
        {
            "origin": origin,
            "destination": destination,
            "material": material,
            "freight_usd_per_t": freight(inputs, origin, destination, material),
        }
        for material, pairs in TRADE.items()
        for origin, ends in pairs.items()
        for destination in ends
    ]
