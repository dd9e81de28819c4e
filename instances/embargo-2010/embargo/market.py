"""The market of the time: materials, their prices, what China sold and what members wanted."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING

from embargo.own import FACTS, OWN, YEARS
from optimizer.catalogue.drafting.basis import row_of, rows_of
from optimizer.catalogue.drafting.outlook import printed_price

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow

OXIDES = ("ndpr", "dytb", "other")
"""Separated oxides, in the order of tables."""

ZONES = {"jpn": "Japan", "usa": "United States", "eu": "European Union"}
"""Zones of the alliance, one for each member."""

MATERIALS = {
    "feed": ("rare earth concentrate, contained oxides", "extraction"),
    "ndpr": ("neodymium and praseodymium oxide", "processing"),
    "dytb": ("dysprosium and terbium oxide", "processing"),
    "other": ("lanthanum, cerium and other oxides", "processing"),
    "swarf": ("waste of magnet making", "scrap"),
}
SECTORS = {"ndpr": "magnets", "dytb": "magnets", "other": "catalysts, glass, polishing, alloys"}
PRICE_YEARS = range(2005, 2010)
SUPPLIERS = {
    "chn-ndpr": ("CHN", "ndpr"),
    "chn-dytb": ("CHN", "dytb"),
    "chn-other": ("CHN", "other"),
    "ind-monazite": ("IND", "feed"),
    "rus-loparite": ("RUS", "feed"),
}
QUOTA_SOURCE = "jmb_2010;bham_2013"


def real_price(year: int) -> float:
    """Unit value of all rare earth oxides in a year (USD of 2005 per t)."""
    printed = printed_price(FACTS, "rare_earths_total", year)
    return printed / (1 + OWN["price.inflation"]) ** (year - YEARS[0])


def basket_price() -> float:
    """Undisturbed unit value: the mean of 2005 to 2009 (USD of 2005 per t)."""
    return mean(real_price(year) for year in PRICE_YEARS)


def alloy() -> float:
    """Magnet alloy that Japan makes in a year of the level of 2019 (t)."""
    sector = "alloy production"
    row = row_of(FACTS, "member_demand", region="JPN", material="NdFeB_magnets", sector=sector)
    return float(row["quantity"]) / (1 - OWN["demand.jpn.alloy_fall"])


def in_alloy() -> dict[str, float]:
    """Oxide in a tonne of magnet alloy (t/t)."""
    row = "NdFeB sintered magnet composition"
    return {
        "ndpr": row_of(FACTS, "processes", process=row)["input_per_t_output"] * OWN["oxide.ndpr"],
        "dytb": OWN["magnet.dytb"]
        * row_of(FACTS, "processes", process="Dy2O3 to Dy")["input_per_t_output"],
    }


def member_totals() -> dict[str, dict[str, float]]:
    """Oxides that each zone wants in 2010 (t), by material."""
    rows = [
        row
        for row in rows_of(FACTS, "member_demand")
        if row["material"] == "rare_earths_total" and row["sector"].startswith("consumption")
    ]
    japan = next(row["quantity"] for row in rows if row["region"] == "JPN")
    usa = [row["quantity"] for row in rows if row["region"] == "USA" and row["year"] != 2025]
    totals = {
        "jpn": japan / (1 - OWN["demand.jpn.total_fall"]),
        "usa": mean(usa),
        "eu": OWN["demand.eu.total"],
    }
    found = {"jpn": {key: t * alloy() for key, t in in_alloy().items()}}
    for zone in ("usa", "eu"):
        found[zone] = {
            key: OWN[f"demand.{zone}.{key}_share"] * totals[zone] for key in ("ndpr", "dytb")
        }
    for zone, wanted in found.items():
        wanted["other"] = totals[zone] - sum(wanted.values())
    return found


def base_prices() -> dict[str, float]:
    """Undisturbed market prices (USD of 2005 per t)."""
    deflator = (1 + OWN["price.inflation"]) ** (2009 - YEARS[0])
    metal = row_of(FACTS, "prices", material="neodymium_metal", year=2010)["price"]
    ndpr = (metal - OWN["price.nd_margin"]) / OWN["oxide.ndpr"] / deflator
    dytb = printed_price(FACTS, "dysprosium_oxide", 2009) / deflator
    wanted = member_totals()
    tonnes = {key: sum(zone[key] for zone in wanted.values()) for key in OXIDES}
    rest = basket_price() * sum(tonnes.values()) - tonnes["ndpr"] * ndpr
    other = (rest - tonnes["dytb"] * dytb) / tonnes["other"]
    content = in_alloy()
    return {
        "feed": OWN["price.feed_payable"] * basket_price(),
        "ndpr": ndpr,
        "dytb": dytb,
        "other": other,
        "swarf": OWN["price.scrap_payable"] * (content["ndpr"] * ndpr + content["dytb"] * dytb),
    }


def materials() -> list[TableRow]:
    """Table materials."""
    return [
        {"id": key, "name": name, "chain": "rare-earths", "stage": stage, "unit": "contained"}
        for key, (name, stage) in MATERIALS.items()
    ]


def contents() -> list[TableRow]:
    """Table contents: all oxides together are the traced element."""
    swarf = sum(in_alloy().values())
    ore = 1 / OWN["yield.separation"]
    return [
        {
            "material": key,
            "element": "REO",
            "content_t_per_t": swarf if key == "swarf" else 1.0,
            "gross_up_extraction": ore if key in OXIDES else None,
            "quality": "assumed",
        }
        for key in MATERIALS
    ]


PRICE_NOTES = {
    "feed": "price.feed_payable of the basket",
    "ndpr": "Nd metal before the crisis, less reduction, over oxide per metal; deflated",
    "dytb": "Dy oxide of January 2009, Tb at the same price; deflated",
    "other": "what remains of the mean unit value of 2005 to 2009 at the members' mix; deflated",
    "swarf": "price.scrap_payable of the oxides in it",
}
PRICE_SOURCES = {"ndpr": "bham_2013", "dytb": "mining_dy"}


def prices() -> list[TableRow]:
    """Table prices: one undisturbed level, for a fund that does not know what will come."""
    found = base_prices()
    return [
        {
            "material": key,
            "year": year,
            "price_usd_per_t": found[key],
            "source": PRICE_SOURCES.get(key, "usgs_ds140_ree"),
            "quality": "assumed" if key in ("feed", "swarf") else "derived",
            "note": PRICE_NOTES[key],
        }
        for key in MATERIALS
        for year in YEARS
    ]


def suppliers() -> list[TableRow]:
    """Table suppliers."""
    return [
        {"id": key, "country": country, "material": material}
        for key, (country, material) in SUPPLIERS.items()
    ]


def chinese_limits() -> dict[str, float]:
    """What the alliance can buy of the quota before it was cut (t/y), at the members' mix."""
    wanted = member_totals()
    whole = sum(sum(zone.values()) for zone in wanted.values())
    open_to_members = OWN["china.quota"] * OWN["china.members_share"]
    return {key: open_to_members * sum(z[key] for z in wanted.values()) / whole for key in OXIDES}


def supply_limits() -> list[TableRow]:
    """Table supply_limits: the same in every year."""
    found = {f"chn-{key}": limit for key, limit in chinese_limits().items()}
    for supplier, country in (("ind-monazite", "IND"), ("rus-loparite", "RUS")):
        mined = row_of(
            FACTS, "production", material="rare_earths_total", country=country, year=2018
        )
        found[supplier] = mined["quantity"] * OWN[f"feed.{country.lower()}_share"]
    return [
        {
            "supplier": key,
            "year": year,
            "limit_t_per_year": limit,
            "source": QUOTA_SOURCE if key.startswith("chn") else "usgs_myb2022_ree",
            "quality": "assumed",
            "note": "printed quota, assumed share of the members, their mix"
            if key.startswith("chn")
            else "mine output of 2018, assumed for 2005 to 2014",
        }
        for key, limit in found.items()
        for year in YEARS
    ]


def segments() -> list[TableRow]:
    """Table segments."""
    return [
        {"id": f"{zone}-{key}", "zone": zone, "member": zone, "sector": sector, "material": key}
        for zone in ZONES
        for key, sector in SECTORS.items()
    ]


def demand() -> list[TableRow]:
    """Table demand: the level of 2010, growing evenly."""
    growth = 1 + OWN["demand.growth"]
    origin = {"jpn": "adamas_jp20", "usa": "usgs_mcs2026"}
    return [
        {
            "segment": f"{zone}-{key}",
            "year": year,
            "demand_t_per_year": tonnes * growth ** (year - 2010),
            "source": origin.get(zone),
            "quality": "assumed",
            "note": "later consumption taken for 2010, then demand.growth"
            if zone in origin
            else "no figure found, see SOURCES.md",
        }
        for zone, wanted in member_totals().items()
        for key, tonnes in wanted.items()
        for year in YEARS
    ]


def tranches() -> list[TableRow]:
    """Table tranches: multiples of the undisturbed price."""
    found = base_prices()
    return [
        {
            "segment": row["id"],
            "tranche": step,
            "share": OWN[f"shortage.share{step}"],
            "cost_usd_per_t": OWN[f"shortage.multiple{step}"] * found[row["material"]],
        }
        for row in segments()
        for step in (1, 2, 3)
    ]


def sales() -> list[TableRow]:
    """Table sales: what makers in the alliance or for it can place elsewhere."""
    return [
        {
            "zone": zone,
            "material": key,
            "price_share": OWN["sales.price_share"],
            "limit_t_per_year": OWN[f"sales.{key}"],
        }
        for zone in ("mys", "usa")
        for key in OXIDES
    ]


def arisings() -> list[TableRow]:
    """Table arisings: swarf of Japanese magnet making."""
    making = row_of(FACTS, "processes", process="Magnet making yield")["yield_or_share"]
    return [
        {
            "zone": "jpn",
            "material": "swarf",
            "year": year,
            "arisings_t_per_year": alloy() * (1 - making),
            "collection_rate": OWN["swarf.collection"],
            "collection_cost_usd_per_t": base_prices()["swarf"],
            "source": "adamas_jp20",
            "note": "alloy of the level of 2019 times machining loss",
        }
        for year in YEARS
    ]
