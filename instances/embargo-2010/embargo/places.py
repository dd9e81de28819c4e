"""Countries, zones and routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embargo.market import OXIDES, ZONES, chinese_limits, member_totals
from embargo.own import OWN

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow

OUTSIDE = {
    "chn": "China",
    "aus": "Australia",
    "mys": "Malaysia",
    "ind": "India",
    "rus": "Russia",
}
COUNTRIES = {
    "JPN": "jpn",
    "USA": "usa",
    "FRA": "eu",
    "EST": "eu",
    "CHN": "chn",
    "AUS": "aus",
    "MYS": "mys",
    "IND": "ind",
    "RUS": "rus",
}
FEED_WAYS = (("aus", "mys"), ("ind", "eu"), ("rus", "eu"))


def zones() -> list[TableRow]:
    """Table zones."""
    return [{"id": key, "name": name} for key, name in (ZONES | OUTSIDE).items()]


def countries() -> list[TableRow]:
    """Table countries; no governance, because the catalogue's is of 2023."""
    return [
        {"id": country, "zone": zone, "alliance": zone in ZONES, "quality": "derived"}
        for country, zone in sorted(COUNTRIES.items())
    ]


def routes() -> list[TableRow]:
    """Table routes: oxides to every member from all who make them; feed to its plants."""
    freight = OWN["route.freight"]
    wanted = member_totals()
    limits = chinese_limits()
    rows: list[TableRow] = [
        {"origin": start, "destination": end, "material": "feed", "freight_usd_per_t": freight}
        for start, end in FEED_WAYS
    ]
    for start in ("chn", "mys", *ZONES):
        for end in ZONES:
            for key in OXIDES:
                if start == end or (start, key) == ("jpn", "other"):
                    continue
                row: TableRow = {"origin": start, "destination": end, "material": key}
                row["freight_usd_per_t"] = freight
                if (start, end) == ("chn", "jpn"):
                    part = wanted[end][key] / sum(zone[key] for zone in wanted.values())
                    row["capacity_t_per_year"] = limits[key] * part
                    row["note"] = "Japan's part of the quota: an embargo of months needs a capacity"
                rows.append(row)
    return rows
