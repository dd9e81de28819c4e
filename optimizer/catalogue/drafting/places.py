"""Zones, countries, and the routes between those who have something and those who use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import REST, Basis, TableRow, graded, rounded, rows_of
from optimizer.catalogue.drafting.market import held, sold
from optimizer.catalogue.drafting.outlook import output, price, raw_price, scrap_price

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTNERS, OTHERS = "partners", "rest-of-world"
Tables = dict[str, list[TableRow]]


def large(basis: Basis) -> set[str]:
    """Countries outside the alliance that supply much of anything in the first or last year."""
    least = basis.assumed["market.own_zone_share"]
    found = set()
    for chain in basis.chains:
        for _, stage in sold(basis, chain):
            for year in (basis.years[0], basis.years[-1]):
                made = output(basis, chain, stage, year)
                total = sum(figure.value for figure in made.values())
                found |= {name for name, figure in made.items() if figure.value > least * total}
    return found - {REST} - set(basis.allied)


def zone_of(basis: Basis, country: str, alone: set[str]) -> str:
    """The zone of a country: its member's, its own, that of partners, or that of the others."""
    if country in basis.allied:
        return basis.allied[country].id
    if country in alone:
        return country
    rows = basis.catalogue.countries
    cells = rows.loc[rows["id"] == country, "memberships"]
    partner = bool(len(cells)) and "MSP" in str(cells.iloc[0]).split(";")
    return PARTNERS if partner else OTHERS


def used_countries(basis: Basis, tables: Tables) -> set[str]:
    """Countries that other tables name."""
    named = {
        row["country"]
        for name in ("projects", "suppliers", "origins", "shocks", "policies")
        for row in tables[name]
        if row.get("country")
    }
    return named | set(basis.allied)


def countries(basis: Basis, tables: Tables) -> list[TableRow]:
    """Table countries."""
    printed = {row["id"]: row for row in rows_of(basis.catalogue, "countries")}
    alone = large(basis)
    rows = []
    for name in sorted(used_countries(basis, tables)):
        zone = zone_of(basis, name, alone)
        row: TableRow = {"id": name, "zone": zone, "alliance": name in basis.allied}
        row["bloc"] = "member" if name in basis.allied else "other"
        if zone == PARTNERS:
            row["bloc"] = "partner"
        known = printed.get(name)
        if known is not None and known["governance"] is not None:
            row["governance"] = known["governance"]
            told = "governance: mean of six indicators; zone and bloc by rule of the draft"
            row |= graded("derived", told, known["source"])
        else:
            told = "the rest of the world as one country" if name == REST else "not in countries"
            row |= graded("assumed", told)
        rows.append(row)
    return rows


def zones(basis: Basis, found: list[TableRow]) -> list[TableRow]:
    """Table zones: those that countries lie in."""
    printed = dict(
        zip(basis.catalogue.countries["id"], basis.catalogue.countries["name"], strict=True)
    )
    names = {ally.id: ally.name for ally in basis.allies}
    names |= {PARTNERS: "partner countries", OTHERS: "rest of the world"}
    return [
        {"id": zone, "name": names.get(zone, printed.get(zone, zone))}
        | graded("assumed", "members, large suppliers, and groups of the others")
        for zone in sorted({row["zone"] for row in found})
    ]


def routes(basis: Basis, tables: Tables) -> list[TableRow]:
    """Table routes: from every zone that has a material to every other that uses it."""
    zone = {row["id"]: row["zone"] for row in tables["countries"]}
    having, using = ends(tables, zone)
    rows = []
    for chain in basis.chains:
        value = {
            chain.id: price(basis, chain).value,
            chain.raw: raw_price(basis, chain),
            chain.scrap: scrap_price(basis, chain),
        }
        for material, _, _ in held(basis, chain):
            freight = basis.assumed["market.freight_base"]
            freight += basis.assumed["market.freight_share"] * value[material]
            rows += [
                {"origin": origin, "destination": destination, "material": material}
                | {"freight_usd_per_t": rounded(freight, 4)}
                | graded("assumed", "haulage and a share of the value; distance left out")
                for origin in sorted(having.get(material, ()))
                for destination in sorted(using.get(material, ()))
                if origin != destination
            ]
    return rows


def ends(
    tables: Tables, zone: Mapping[str, str]
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Zones that have a material, and zones that use it."""
    having: dict[str, set[str]] = {}
    using: dict[str, set[str]] = {}
    for row in tables["suppliers"]:
        having.setdefault(row["material"], set()).add(zone[row["country"]])
    for row in tables["arisings"]:
        having.setdefault(row["material"], set()).add(row["zone"])
    for row in tables["segments"]:
        using.setdefault(row["material"], set()).add(row["zone"])
    place = {row["id"]: zone[row["country"]] for row in tables["projects"]}
    for row in tables["ingredients"]:
        side = having if row["direction"] == "output" else using
        side.setdefault(row["material"], set()).add(place[row["project"]])
    for row in tables.get("stockpiles", ()):
        using.setdefault(row["material"], set()).add(place[row["project"]])
    return having, using
