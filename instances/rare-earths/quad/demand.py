"""What the members need: segments, yearly demand, shortage tranches, and scrap that arises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import interpolated, rows_of
from quad.inputs import MEMBERS

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow
    from quad.chemistry import Chemistry
    from quad.inputs import Inputs

BASE_YEAR = 2024
NOTE = {
    "ev": "IEA electric cars, share of cars sold, part bought loose",
    "wind": "IEA wind, share of capacity installed, part bought loose",
    "defence": "part of loose magnets in 2024, grows as IEA other uses",
    "industry": "rest of loose magnets in 2024 with hybrids, grows as IEA other uses",
}


def world(inputs: Inputs, sector: str, year: int) -> float:
    """World demand of a sector for magnet rare earths, t of element (IEA, interpolated)."""
    scenario = inputs.own.text("demand.scenario")
    points = {
        row["year"]: row["quantity"]
        for row in rows_of(inputs.catalogue, "demand")
        if row["material"] == "magnet_rare_earths"
        and row["sector"] == sector
        and row["scenario"] in ("base", scenario)
    }
    return interpolated(points, year)


def member_share(inputs: Inputs, product: str, country: str, year: int) -> float:
    """Country's share of a product's world market, from printed counts."""
    source = {"electric_cars": "iea_gevo2025", "wind_turbines": "wwea_2024"}[product]
    points = {
        row["year"]: row["share_pct"] / 100
        for row in rows_of(inputs.catalogue, "member_demand")
        if row["material"] == product and row["region"] == country and row["source"] == source
    }
    if not points:
        return inputs.own["demand.wind_jpn"]
    return interpolated(points, year)


def reshoring(inputs: Inputs, member: str, year: int) -> float:
    """Growth of loose purchases beyond IEA growth since the base year."""
    last = inputs.own[f"demand.{member}.reshoring"]
    return interpolated({BASE_YEAR: 1.0, inputs.years[-1]: last}, year)


def base_demand(inputs: Inputs, member: str) -> float:
    """Loose magnets that a member's makers use in the base year, t."""
    if member == "jpn":
        return inputs.own["demand.jpn_alloy"] * inputs.own["demand.magnet_yield"]
    if member == "aus":
        return inputs.own["demand.aus_base"]
    monthly = inputs.own[f"demand.{member}_month"]
    return 12 * monthly / inputs.own["demand.china_share_of_imports"]


def clean_demand(inputs: Inputs, chem: Chemistry, member: str, sector: str, year: int) -> float:
    """Loose magnets for electric cars or wind turbines, t."""
    product = {"ev": "electric_cars", "wind": "wind_turbines"}[sector]
    iea = {"ev": "EV", "wind": "wind"}[sector]
    magnets = world(inputs, iea, year) / (chem.ndpr_in_magnet + chem.dytb_in_magnet)
    share = member_share(inputs, product, MEMBERS[member], year)
    loose = inputs.own[f"demand.{member}.{sector}_loose"]
    return magnets * share * loose * reshoring(inputs, member, year)


def other_growth(inputs: Inputs, member: str, year: int) -> float:
    """Growth of all other uses since the base year."""
    growth = world(inputs, "other", year) / world(inputs, "other", BASE_YEAR)
    if member != "ind":
        return growth
    doubling = inputs.own["demand.ind_doubling_years"]
    until = min(year, 2030)
    later = world(inputs, "other", year) / world(inputs, "other", until)
    return float(2 ** ((until - 2025) / doubling)) * later


def base_split(inputs: Inputs, chem: Chemistry, member: str) -> dict[str, float]:
    """Loose magnets of the base year by sector, t; industry takes what is left."""
    base = base_demand(inputs, member)
    split = {s: clean_demand(inputs, chem, member, s, BASE_YEAR) for s in ("ev", "wind")}
    split["defence"] = base * inputs.own[f"demand.{member}.defence"]
    split["industry"] = base - sum(split.values())
    return split


def demands(inputs: Inputs, chem: Chemistry) -> dict[tuple[str, str], dict[int, float]]:
    """Demand by member and sector and year, t of magnets; sectors without demand left out."""
    result: dict[tuple[str, str], dict[int, float]] = {}
    for member in MEMBERS:
        for sector, base in base_split(inputs, chem, member).items():
            row = {}
            for year in inputs.years:
                if sector in ("ev", "wind"):
                    amount = clean_demand(inputs, chem, member, sector, year)
                else:
                    amount = base * other_growth(inputs, member, year)
                if sector == "industry":
                    amount *= reshoring(inputs, member, year)
                row[year] = float(round(amount))
            if any(row.values()):
                result[member, sector] = row
    return result


def total(inputs: Inputs, chem: Chemistry) -> dict[int, float]:
    """Members' nominal magnet demand by year, t."""
    rows = demands(inputs, chem).values()
    return {year: sum(row[year] for row in rows) for year in inputs.years}


def segments(inputs: Inputs, chem: Chemistry) -> list[TableRow]:
    """Table segments."""
    return [
        {
            "id": f"{member}-{sector}",
            "zone": MEMBERS[member],
            "member": member,
            "sector": sector,
            "material": "magnet",
        }
        for member, sector in demands(inputs, chem)
    ]


def demand(inputs: Inputs, chem: Chemistry) -> list[TableRow]:
    """Table demand; every row rests on assumed splits, so all are assumed."""
    return [
        {
            "segment": f"{member}-{sector}",
            "year": year,
            "demand_t_per_year": amount,
            "source": "iea_cmde2025",
            "quality": "assumed",
            "note": NOTE[sector],
        }
        for (member, sector), row in demands(inputs, chem).items()
        for year, amount in row.items()
    ]


def tranches(inputs: Inputs, chem: Chemistry) -> list[TableRow]:
    """Table tranches: shares and multiples of the magnet price."""
    rows: list[TableRow] = []
    for member, sector in demands(inputs, chem):
        for tranche in (1, 2, 3):
            name = f"tranche.{sector}.{tranche}.multiple"
            multiple = inputs.own[name]
            reason = inputs.own.rows[name].reason
            rows.append(
                {
                    "segment": f"{member}-{sector}",
                    "tranche": tranche,
                    "share": inputs.own[f"tranche.{sector}.{tranche}.share"],
                    "cost_usd_per_t": multiple * chem.prices["magnet"],
                    "note": f"{multiple:g} x the magnet price; {reason}",
                }
            )
    return rows


def _past(amounts: dict[int, float], year: int, growth: float) -> float:
    """Demand of a year, extended backwards at the assumed growth."""
    first = min(amounts)
    if year >= first:
        return amounts[year]
    return amounts[first] / (1 + growth) ** (first - year)


def arisings(inputs: Inputs, chem: Chemistry) -> list[TableRow]:
    """Table arisings: scrap of magnets used an age ago, members and part of Europe."""
    age = inputs.own.whole("scrap.age")
    growth = inputs.own["scrap.growth"]
    years = inputs.years
    by_zone = {
        zone: {
            y: sum(row[y] for (m, _), row in demands(inputs, chem).items() if m == member)
            for y in years
        }
        for member, zone in MEMBERS.items()
    }
    europe = inputs.own["scrap.europe_demand"] * inputs.own["scrap.europe_access"]
    by_zone["EUR"] = dict.fromkeys(years, europe)
    rates = {years[0]: inputs.own["scrap.collection_first"]}
    rates[years[-1]] = inputs.own["scrap.collection_last"]
    return [
        {
            "zone": zone,
            "material": "magnet_scrap",
            "year": year,
            "arisings_t_per_year": float(round(_past(amounts, year - age, growth))),
            "collection_rate": round(interpolated(rates, year), 3),
            "collection_cost_usd_per_t": inputs.own["scrap.cost"],
        }
        for zone, amounts in by_zone.items()
        for year in years
    ]
