"""Markets: what members can buy abroad, dearer metal beyond it, and graphite at its own prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minerals.own import OWN
from optimizer.catalogue.drafting.basis import REST, graded, rounded
from optimizer.catalogue.drafting.outlook import demand_of, recycled_share

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted
    from optimizer.catalogue.drafting.chains import Chain

HELD_BACK = {
    "nickel-raw": {"IDN", "PHL", "CHN", "RUS"},
    "cobalt-raw": {"IDN", "PHL", "CHN", "RUS", "CUB"},
    "lithium-raw": {"CHN", "ZWE"},
}
"""Countries whose ore and intermediates are refined at home or in China, or are under sanctions."""

LATERITE = {"xrw-nickel-raw", "xrw-cobalt-raw", "ncl-nickel-raw"}
"""Suppliers of which a part is laterite, which smelters of the members do not take."""

FLAKE = ("graphite_natural", "US import unit value, flake")
NATURAL = "graphite-raw"


def set_markets(drafted: Drafted) -> None:
    """All of it."""
    hold_ore_back(drafted)
    close_australian_nickel(drafted)
    buy_what_is_lacking(drafted)
    keep_indonesian(drafted)
    for metal in ("lithium", "nickel"):
        add_dear(drafted, metal)
    price_graphite(drafted)


def hold_ore_back(drafted: Drafted) -> None:
    """Raw material that no member can buy, and what is left of the rest."""
    tables = drafted.tables
    gone = {
        row["id"]
        for row in tables["suppliers"]
        if row["country"] in HELD_BACK.get(row["material"], ())
    }
    tables["suppliers"] = [row for row in tables["suppliers"] if row["id"] not in gone]
    tables["supply_limits"] = [
        row for row in tables["supply_limits"] if row["supplier"] not in gone
    ]
    for row in tables["supply_limits"]:
        if row["supplier"] in LATERITE:
            part = OWN["market.not_laterite"]
            row["limit_t_per_year"] = rounded(row["limit_t_per_year"] * part)
            row["note"] += f"; times {part:g}: {OWN.rows['market.not_laterite'].reason}"


def close_australian_nickel(drafted: Drafted) -> None:
    """Australian nickel mines stay at what they made in 2025, after the closures."""
    for row in drafted.tables["supply_limits"]:
        if row["supplier"] == "aus-nickel-raw":
            row["limit_t_per_year"] = OWN["market.australian_nickel"]
            row |= OWN.given("market.australian_nickel")


def own_output(drafted: Drafted, chain: Chain, year: int) -> float:
    """What members refine and recycle already, t; refineries of what is mined, at full capacity."""
    rows = drafted.tables["projects"]
    refined = sum(
        row["capacity_t_per_year"]
        for row in rows
        if row["status"] == "operating"
        and row["kind"] == "refinery"
        and row["main_material"] == chain.id
    )
    used = sum(demand_of(drafted.basis, chain, ally, year).value for ally in drafted.basis.allies)
    return float(refined + used * recycled_share(drafted.basis, chain).value)


def lacking(drafted: Drafted, chain: Chain, year: int) -> float:
    """What members want and do not make today, t."""
    wanted = sum(demand_of(drafted.basis, chain, ally, year).value for ally in drafted.basis.allies)
    return max(0.0, wanted - own_output(drafted, chain, year))


def abroad(drafted: Drafted, chain: Chain) -> dict[int, list[dict[str, Any]]]:
    """Limits of the foreign suppliers of a refined metal, by year."""
    sellers = {
        row["id"]
        for row in drafted.tables["suppliers"]
        if row["material"] == chain.id and row["country"] not in drafted.basis.allied
    }
    found: dict[int, list[dict[str, Any]]] = {}
    for row in drafted.tables["supply_limits"]:
        if row["supplier"] in sellers:
            found.setdefault(row["year"], []).append(row)
    return found


def buy_what_is_lacking(drafted: Drafted) -> None:
    """Imports of refined metal sum to at most what members lack and a margin.

    The draft lets members bid for their share of world demand from everyone beside all that they
    make themselves; so they would have twice what they use of some metals.
    """
    margin = 1 + drafted.basis.assumed["market.margin"]
    for chain in drafted.basis.chains:
        for year, rows in abroad(drafted, chain).items():
            offered = sum(row["limit_t_per_year"] for row in rows)
            part = min(1.0, margin * lacking(drafted, chain, year) / offered)
            for row in rows:
                row["limit_t_per_year"] = rounded(row["limit_t_per_year"] * part)
                row["note"] += f"; times {part:.3g}: what members lack and the margin"


def keep_indonesian(drafted: Drafted) -> None:
    """What members can buy of Indonesian nickel falls in a straight line to a part of the draft."""
    first, last = drafted.basis.years[0], OWN.whole("market.indonesia_until")
    for row in drafted.tables["supply_limits"]:
        if row["supplier"] == "idn-nickel":
            passed = min(1.0, (row["year"] - first) / (last - first))
            part = 1 - passed * (1 - OWN["market.indonesia_part"])
            row["limit_t_per_year"] = rounded(row["limit_t_per_year"] * part)
            row["note"] += f"; times {part:.3g}: Indonesia keeps more of it"


def add_dear(drafted: Drafted, metal: str) -> None:
    """Metal that printed projections do not hold: mines that only a higher price opens."""
    tables, chain = drafted.tables, drafted.chain(metal)
    name = f"new-{metal}"
    tables["suppliers"].append(
        {"id": name, "country": REST, "material": metal}
        | {"price_factor": OWN[f"market.dear_{metal}_factor"]}
        | OWN.given(f"market.dear_{metal}_factor")
    )
    offers = abroad(drafted, chain)
    for year in drafted.basis.years:
        bought = sum(row["limit_t_per_year"] for row in offers[year])
        tonnes = max(0.0, lacking(drafted, chain, year) - bought) + OWN[f"market.dear_{metal}_t"]
        tables["supply_limits"].append(
            {"supplier": name, "year": year, "limit_t_per_year": rounded(tonnes)}
            | OWN.given(f"market.dear_{metal}_t")
        )


def price_graphite(drafted: Drafted) -> None:
    """Flake at its printed price, anode plants at a cost of their own, synthetic without flake."""
    tables, years = drafted.tables, int(drafted.basis.assumed["market.price_years"])
    rows = drafted.basis.catalogue.prices
    rows = rows[(rows["material"] == FLAKE[0]) & (rows["series"] == FLAKE[1])]
    latest = rows.sort_values("year").tail(years)
    told = f"{FLAKE[1]}, mean of {years} years; taken as constant in real terms"
    for row in tables["prices"]:
        if row["material"] == NATURAL:
            row["price_usd_per_t"] = rounded(float(latest["price"].mean()), 4)
            row |= graded("assumed", told, str(latest["source"].iloc[0]))
    made = {row["project"] for row in tables["ingredients"] if row["material"] == "graphite"}
    for row in tables["recipes"]:
        if row["project"] in made:
            row["opex_usd_per_t"] = OWN["graphite.anode_opex"]
            row |= OWN.given("graphite.anode_opex")
    tables["ingredients"] = [
        row
        for row in tables["ingredients"]
        if not (row["material"] == NATURAL and row["direction"] == "input" and synthetic(row))
    ]


def synthetic(row: dict[str, Any]) -> bool:
    """Whether a plant makes graphite of petroleum coke."""
    return str(row["project"]).startswith(("p116", "p117", "jpn-graphite"))
