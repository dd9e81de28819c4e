"""The market of the time: materials, their prices, what China sold and what members wanted."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from builder.inputs import Inputs
    from builder.tables import Row

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


def real_price(inputs: Inputs, year: int) -> float:
    """Unit value of all rare earth oxides in a year (USD of 2005 per t)."""
    printed = inputs.price("rare_earths_total", year)
    return printed / (1 + inputs.number("price.inflation")) ** (year - inputs.years[0])


def basket_price(inputs: Inputs) -> float:
    """Undisturbed unit value: the mean of 2005 to 2009 (USD of 2005 per t)."""
    return mean(real_price(inputs, year) for year in PRICE_YEARS)


def alloy(inputs: Inputs) -> float:
    """Magnet alloy that Japan makes in a year of the level of 2019 (t)."""
    row = next(
        row
        for row in inputs.table("member_demand")
        if (row["region"], row["material"], row["sector"])
        == ("JPN", "NdFeB_magnets", "alloy production")
    )
    return float(row["quantity"]) / (1 - inputs.number("demand.jpn.alloy_fall"))


def in_alloy(inputs: Inputs) -> dict[str, float]:
    """Oxide in a tonne of magnet alloy (t/t)."""
    row = "NdFeB sintered magnet composition"
    return {
        "ndpr": inputs.process(row, "input_per_t_output") * inputs.number("oxide.ndpr"),
        "dytb": inputs.number("magnet.dytb") * inputs.process("Dy2O3 to Dy", "input_per_t_output"),
    }


def member_totals(inputs: Inputs) -> dict[str, dict[str, float]]:
    """Oxides that each zone wants in 2010 (t), by material."""
    rows = [
        row
        for row in inputs.table("member_demand")
        if row["material"] == "rare_earths_total" and row["sector"].startswith("consumption")
    ]
    japan = next(float(row["quantity"]) for row in rows if row["region"] == "JPN")
    usa = [float(r["quantity"]) for r in rows if r["region"] == "USA" and r["year"] != "2025"]
    totals = {
        "jpn": japan / (1 - inputs.number("demand.jpn.total_fall")),
        "usa": mean(usa),
        "eu": inputs.number("demand.eu.total"),
    }
    found = {"jpn": {key: t * alloy(inputs) for key, t in in_alloy(inputs).items()}}
    for zone in ("usa", "eu"):
        found[zone] = {
            key: inputs.number(f"demand.{zone}.{key}_share") * totals[zone]
            for key in ("ndpr", "dytb")
        }
    for zone, wanted in found.items():
        wanted["other"] = totals[zone] - sum(wanted.values())
    return found


def base_prices(inputs: Inputs) -> dict[str, float]:
    """Undisturbed market prices (USD of 2005 per t)."""
    deflator = (1 + inputs.number("price.inflation")) ** (2009 - inputs.years[0])
    metal = next(
        float(row["price"])
        for row in inputs.table("prices")
        if row["material"] == "neodymium_metal" and row["year"] == "2010"
    )
    ndpr = (metal - inputs.number("price.nd_margin")) / inputs.number("oxide.ndpr") / deflator
    dytb = inputs.price("dysprosium_oxide", 2009) / deflator
    wanted = member_totals(inputs)
    tonnes = {key: sum(zone[key] for zone in wanted.values()) for key in OXIDES}
    rest = basket_price(inputs) * sum(tonnes.values()) - tonnes["ndpr"] * ndpr
    other = (rest - tonnes["dytb"] * dytb) / tonnes["other"]
    content = in_alloy(inputs)
    return {
        "feed": inputs.number("price.feed_payable") * basket_price(inputs),
        "ndpr": ndpr,
        "dytb": dytb,
        "other": other,
        "swarf": inputs.number("price.scrap_payable")
        * (content["ndpr"] * ndpr + content["dytb"] * dytb),
    }


def materials() -> list[Row]:
    """Table materials."""
    return [
        {"id": key, "name": name, "chain": "rare-earths", "stage": stage, "unit": "contained"}
        for key, (name, stage) in MATERIALS.items()
    ]


def contents(inputs: Inputs) -> list[Row]:
    """Table contents: all oxides together are the traced element."""
    swarf = sum(in_alloy(inputs).values())
    ore = 1 / inputs.number("yield.separation")
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


def prices(inputs: Inputs) -> list[Row]:
    """Table prices: one undisturbed level, for a fund that does not know what will come."""
    found = base_prices(inputs)
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
        for year in inputs.years
    ]


def suppliers() -> list[Row]:
    """Table suppliers."""
    return [
        {"id": key, "country": country, "material": material}
        for key, (country, material) in SUPPLIERS.items()
    ]


def chinese_limits(inputs: Inputs) -> dict[str, float]:
    """What the alliance can buy of the quota before it was cut (t/y), at the members' mix."""
    wanted = member_totals(inputs)
    whole = sum(sum(zone.values()) for zone in wanted.values())
    open_to_members = inputs.number("china.quota") * inputs.number("china.members_share")
    return {key: open_to_members * sum(z[key] for z in wanted.values()) / whole for key in OXIDES}


def supply_limits(inputs: Inputs) -> list[Row]:
    """Table supply_limits: the same in every year."""
    found = {f"chn-{key}": limit for key, limit in chinese_limits(inputs).items()}
    for supplier, country in (("ind-monazite", "IND"), ("rus-loparite", "RUS")):
        mined = next(
            float(row["quantity"])
            for row in inputs.table("production")
            if row["material"] == "rare_earths_total"
            and (row["country"], row["year"]) == (country, "2018")
        )
        found[supplier] = mined * inputs.number(f"feed.{country.lower()}_share")
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
        for year in inputs.years
    ]


def segments() -> list[Row]:
    """Table segments."""
    return [
        {"id": f"{zone}-{key}", "zone": zone, "member": zone, "sector": sector, "material": key}
        for zone in ZONES
        for key, sector in SECTORS.items()
    ]


def demand(inputs: Inputs) -> list[Row]:
    """Table demand: the level of 2010, growing evenly."""
    growth = 1 + inputs.number("demand.growth")
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
        for zone, wanted in member_totals(inputs).items()
        for key, tonnes in wanted.items()
        for year in inputs.years
    ]


def tranches(inputs: Inputs) -> list[Row]:
    """Table tranches: multiples of the undisturbed price."""
    found = base_prices(inputs)
    return [
        {
            "segment": row["id"],
            "tranche": step,
            "share": inputs.number(f"shortage.share{step}"),
            "cost_usd_per_t": inputs.number(f"shortage.multiple{step}") * found[row["material"]],
        }
        for row in segments()
        for step in (1, 2, 3)
    ]


def sales(inputs: Inputs) -> list[Row]:
    """Table sales: what makers in the alliance or for it can place elsewhere."""
    return [
        {
            "zone": zone,
            "material": key,
            "price_share": inputs.number("sales.price_share"),
            "limit_t_per_year": inputs.number(f"sales.{key}"),
        }
        for zone in ("mys", "usa")
        for key in OXIDES
    ]


def arisings(inputs: Inputs) -> list[Row]:
    """Table arisings: swarf of Japanese magnet making."""
    making = next(
        float(row["yield_or_share"])
        for row in inputs.table("processes")
        if row["process"] == "Magnet making yield"
    )
    return [
        {
            "zone": "jpn",
            "material": "swarf",
            "year": year,
            "arisings_t_per_year": alloy(inputs) * (1 - making),
            "collection_rate": inputs.number("swarf.collection"),
            "collection_cost_usd_per_t": base_prices(inputs)["swarf"],
            "source": "adamas_jp20",
            "note": "alloy of the level of 2019 times machining loss",
        }
        for year in inputs.years
    ]
