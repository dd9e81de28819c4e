"""The market: magnets as a stage of their own, who sells what, who wants it and how badly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import graded, rounded
from optimizer.catalogue.drafting.outlook import demand_of, output, price, recovery
from pact.own import CHAIN, MAGNET, OWN, RAW

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

YEARS_OF_RESHORING = 10
UNTRUSTED = ("CHN", "RUS")


def add_magnets(drafted: Drafted) -> None:
    """The material that motors and weapons need."""
    tables = drafted.tables
    tables["materials"].append(
        {"id": MAGNET, "name": "sintered magnets", "chain": CHAIN, "stage": "manufacturing"}
        | graded("assumed", "loose magnets, gross tonnes")
    )
    inside, feed = OWN["chain.magnet_content"], OWN["chain.magnet_feed"]
    refined = recovery(drafted.basis, drafted.chain(CHAIN)).value
    tables["contents"].append(
        {"material": MAGNET, "element": CHAIN, "content_t_per_t": inside}
        | {"gross_up_processing": rounded(feed / inside)}
        | {"gross_up_extraction": rounded(feed / inside / refined)}
        | OWN.given("chain.magnet_feed")
    )
    tables["prices"] += [
        {"material": MAGNET, "year": year, "price_usd_per_t": OWN["chain.magnet_price"]}
        | OWN.given("chain.magnet_price")
        for year in drafted.basis.years
    ]


def needed(drafted: Drafted, year: int) -> float:
    """Loose magnets that the United States use in a year, t, defence included."""
    first = drafted.basis.years[0]
    part = min(1.0, (year - first) / YEARS_OF_RESHORING)
    loose = OWN["demand.loose_first"] * (1 - part) + OWN["demand.loose_last"] * part
    return loose * american(drafted, year) / OWN["chain.magnet_content"]


def american(drafted: Drafted, year: int) -> float:
    """Rare earths that the United States use in all goods, t contained."""
    ally = drafted.basis.allied["USA"]
    return demand_of(drafted.basis, drafted.chain(CHAIN), ally, year).value


def defence(drafted: Drafted, year: int) -> float:
    """Magnets that American defence wants in a year, t."""
    age = year - drafted.basis.years[0]
    return OWN["demand.defence_t"] * (1 + OWN["demand.defence_growth"]) ** age


def wanted(drafted: Drafted, year: int) -> dict[str, tuple[str, str, float, str]]:
    """Zone, material, tonnes and the assumption behind them, by segment."""
    war, all_uses = defence(drafted, year), needed(drafted, year)
    row = next(
        row
        for row in drafted.tables["demand"]
        if row["segment"] == "usa-gallium" and row["year"] == year
    )
    gallium, part = row["demand_t_per_year"], OWN["demand.gallium_defence"]
    abroad = OWN["demand.aus_defence_share"] * war
    return {
        "usa-magnet-defence": ("USA", MAGNET, war, "demand.defence_t"),
        "usa-magnet-civil": ("USA", MAGNET, all_uses - war, "demand.loose_first"),
        "aus-magnet-defence": ("AUS", MAGNET, abroad, "demand.aus_defence_share"),
        "aus-magnet-civil": ("AUS", MAGNET, OWN["demand.aus_civil"], "demand.aus_civil"),
        "usa-gallium-defence": ("USA", "gallium", part * gallium, "demand.gallium_defence"),
        "usa-gallium-civil": ("USA", "gallium", (1 - part) * gallium, "demand.gallium_defence"),
    }


def replace_demand(drafted: Drafted, *, priority: bool) -> None:
    """Defence and the others, in place of one segment for all uses of a metal."""
    tables = drafted.tables
    by_year = {year: wanted(drafted, year) for year in drafted.basis.years}
    value = {MAGNET: OWN["chain.magnet_price"]}
    value["gallium"] = price(drafted.basis, drafted.chain("gallium")).value
    for name in ("segments", "demand", "tranches"):
        tables[name] = []
    shares = [drafted.basis.assumed[f"shortage.{step}_share"] for step in ("first", "second")]
    shares.append(round(1 - sum(shares), 9))
    for name, (zone, material, _, own) in by_year[drafted.basis.years[0]].items():
        sector = name.rsplit("-", 1)[1]
        segment: dict[str, Any] = {"id": name, "zone": zone, "member": zone, "sector": sector}
        if priority:
            segment["priority"] = 1 if sector == "defence" else 2
        tables["segments"].append(segment | {"material": material} | OWN.given(own))
        tables["demand"] += [
            {"segment": name, "year": year, "demand_t_per_year": rounded(found[name][2])}
            | OWN.given(own)
            for year, found in by_year.items()
        ]
        scale = sector if priority else "civil"
        tables["tranches"] += [
            {"segment": name, "tranche": rank, "share": share}
            | {"cost_usd_per_t": rounded(OWN[f"shortage.{scale}_{rank}"] * value[material])}
            | OWN.given(f"shortage.{scale}_{rank}")
            for rank, share in enumerate(shares, 1)
        ]


def supplier(drafted: Drafted, name: str, country: str, limits: dict[int, float], own: str) -> None:
    """One outside seller of magnets and what the two can have of it."""
    drafted.tables["suppliers"].append(
        {"id": name, "country": country, "material": MAGNET} | OWN.given(own)
    )
    drafted.tables["supply_limits"] += [
        {"supplier": name, "year": year, "limit_t_per_year": rounded(tonnes)} | OWN.given(own)
        for year, tonnes in limits.items()
    ]


def replace_supply(drafted: Drafted) -> None:
    """Ore and oxide that the two can really have, magnets, and whom they trust."""
    tables, years = drafted.tables, drafted.basis.years
    gone = {f"{who}-{RAW}" for who in ("aus", "usa", "chn", "mmr")}
    for table, column in (
        ("suppliers", "id"),
        ("supply_limits", "supplier"),
        ("origins", "supplier"),
    ):
        tables[table] = [row for row in tables[table] if row[column] not in gone]
    parts = {f"chn-{CHAIN}": "supply.china_oxide", f"mys-{CHAIN}": "supply.lynas"}
    for row in tables["supply_limits"]:
        own = parts.get(row["supplier"])
        if own:
            made = output(drafted.basis, drafted.chain(CHAIN), "processing", row["year"])
            country = row["supplier"][:3].upper()
            row |= {"limit_t_per_year": rounded(OWN[own] * made[country].value)} | OWN.given(own)
    part = OWN["supply.china_magnets"]
    limits = {year: part * (needed(drafted, year) + OWN["demand.aus_civil"]) for year in years}
    supplier(drafted, "chn-magnet", "CHN", limits, "supply.china_magnets")
    japan, china = OWN["supply.japan_made"], OWN["supply.japan_china"]
    for name, own in (
        ("jpn-magnet", "supply.japan_magnets"),
        ("jpn-magnet-dear", "supply.japan_dear"),
    ):
        supplier(drafted, name, "JPN", dict.fromkeys(years, OWN[own] * japan), own)
        tables["origins"] += [
            {"supplier": name, "stage": stage, "country": country, "share": share}
            | OWN.given("supply.japan_china")
            for stage, other in (("processing", "MYS"), ("extraction", "AUS"))
            for country, share in (("CHN", china), (other, 1 - china))
        ]
    tables["suppliers"][-1]["price_factor"] = OWN["supply.dear_factor"]
    for row in tables["suppliers"]:
        row["trusted"] = row["country"] not in UNTRUSTED
    tables["sales"] = [
        {"zone": zone, "material": material, "price_share": OWN["supply.sales_share"]}
        | {"limit_t_per_year": OWN[own]}
        | OWN.given(own)
        for zone, material, own in (
            ("USA", CHAIN, "supply.sales_usa"),
            ("AUS", CHAIN, "supply.sales_aus"),
            ("AUS", "gallium", "supply.sales_gallium"),
        )
    ]


def add_routes(drafted: Drafted) -> None:
    """Ways for magnets, and what America takes of Chinese goods at the border."""
    tables, assumed = drafted.tables, drafted.basis.assumed
    zone = {row["id"]: row["zone"] for row in tables["countries"]}
    freight = assumed["market.freight_base"]
    freight += assumed["market.freight_share"] * OWN["chain.magnet_price"]
    ways = [(zone[c], to) for c in ("CHN", "JPN") for to in ("USA", "AUS")]
    tables["routes"] += [
        {"origin": origin, "destination": to, "material": MAGNET, "freight_usd_per_t": freight}
        | graded("assumed", "haulage and a share of the value; distance left out")
        for origin, to in [*ways, ("USA", "AUS")]
    ]
    most = max(
        row["limit_t_per_year"]
        for row in tables["supply_limits"]
        if row["supplier"] == "chn-magnet"
    )
    for row in tables["routes"]:
        taxed = row["material"] in (MAGNET, "gallium")
        if taxed and (row["origin"], row["destination"]) == ("CHN", "USA"):
            row |= {"tariff_share": OWN["tariff.china"]} | OWN.given("tariff.china")
            if row["material"] == MAGNET:
                row["capacity_t_per_year"] = most
