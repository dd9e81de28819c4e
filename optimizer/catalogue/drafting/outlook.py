"""World demand, members' parts of it, output by country, and prices, year by year."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import REST, Basis, Figure, interpolated, rounded, sources

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.catalogue import Catalogue
    from optimizer.catalogue.drafting.chains import Chain
    from optimizer.catalogue.drafting.request import Ally

SCENARIOS = ("base", "STEPS")
WHOLE = ("total", "clean_energy_total")
RATES = 100.0
"""Percent per share."""

REMEMBERED = 4096
"""Figures kept: every theme asks for the same ones."""


@lru_cache(maxsize=REMEMBERED)
def world_demand(basis: Basis, chain: Chain, year: int) -> Figure:
    """World demand in a year, t contained: the IEA's STEPS, or output grown at an assumed rate."""
    rows = basis.catalogue.demand
    rows = rows[(rows["material"] == chain.wanted) & rows["scenario"].isin(SCENARIOS)]
    sectors = WHOLE if chain.wanted != chain.id else WHOLE[:1]
    for sector in sectors:
        found = rows[rows["sector"] == sector]
        if len(found):
            points = dict(zip(found["year"].astype(int), found["quantity"], strict=True))
            told = f"IEA STEPS, world, {sector}; straight line between printed years"
            grade = "reported" if year in points else "derived"
            return Figure(interpolated(points, year), grade, sources(found["source"]), told)
    total, known, source = world_output(basis, chain)
    growth = (1 + basis.assumed["market.demand_growth"]) ** (year - known)
    told = f"no outlook of the whole printed: world output of {known}, grown at an assumed rate"
    return Figure(total * growth, "assumed", source, told)


@lru_cache(maxsize=REMEMBERED)
def world_output(basis: Basis, chain: Chain) -> tuple[float, int, str]:
    """Latest printed world output, t, its year and source: refined, or else mined."""
    for material, stage in ((chain.refined, "processing"), (chain.mined, "extraction")):
        rows = printed(basis, material, stage)
        rows = rows[(rows["country"] == "WLD") & rows["quantity"].notna()]
        if len(rows):
            last = rows.sort_values("year").iloc[-1]
            return float(last["quantity"]), int(last["year"]), str(last["source"])
    raise LookupError(chain.id)


def printed(basis: Basis, material: str, stage: str, kind: str = "actual") -> pd.DataFrame:
    """Rows of output of a material at a stage."""
    rows = basis.catalogue.production
    fits = (rows["material"] == material) & (rows["stage"] == stage) & (rows["measure"] == "output")
    return rows[fits & (rows["basis"] == kind)]


@lru_cache(maxsize=REMEMBERED)
def use_share(basis: Basis, chain: Chain, ally: Ally, year: int) -> Figure:
    """A member's share of world demand.

    In this order: its printed total over the world's; its printed consumption over world demand of
    that year; its share of electric cars sold, for metals of batteries and motors; an
    assumed share.
    """
    rows = basis.catalogue.member_demand
    rows = rows[rows["region"] == ally.region]
    own = rows[rows["material"] == chain.id]
    total = own[(own["sector"] == "total") & own["share_pct"].notna()]
    if len(total):
        points = dict(zip(total["year"].astype(int), total["share_pct"] / RATES, strict=True))
        told = "printed demand over that of the world, between printed years"
        return Figure(interpolated(points, year), "derived", sources(total["source"]), told)
    used = own[own["sector"].str.match(r"consumption|demand$") & own["quantity"].notna()]
    if len(used):
        last = used.sort_values("year").iloc[-1]
        known = int(last["year"])
        share = float(last["quantity"]) / world_demand(basis, chain, known).value
        told = f"{last['sector']} of {known} over world demand of that year"
        return Figure(share, "derived", str(last["source"]), told)
    proxy = rows[(rows["material"] == chain.use) & rows["share_pct"].notna()]
    if chain.use and len(proxy):
        first = proxy.sort_values("year").iloc[0]
        told = f"share of {chain.use} sold in {int(first['year'])} stands in for its use"
        return Figure(float(first["share_pct"]) / RATES, "assumed", str(first["source"]), told)
    name = f"share.{ally.id}" if f"share.{ally.id}" in basis.assumed else "share.other"
    return Figure(basis.assumed[name], "assumed", "", f"assumed share, {name}")


@lru_cache(maxsize=REMEMBERED)
def demand_of(basis: Basis, chain: Chain, ally: Ally, year: int) -> Figure:
    """A member's demand in a year, t contained."""
    world, share = world_demand(basis, chain, year), use_share(basis, chain, ally, year)
    quality = "assumed" if "assumed" in (world.quality, share.quality) else "derived"
    told = f"{rounded(share.value, 4):g} of the world ({share.note}); {world.note}"
    where = sources([world.source, share.source])
    return Figure(rounded(world.value * share.value), quality, where, told)


def allied_share(basis: Basis, chain: Chain, year: int) -> float:
    """The members' part of world demand."""
    return min(1.0, sum(use_share(basis, chain, ally, year).value for ally in basis.allies))


@lru_cache(maxsize=REMEMBERED)
def output(basis: Basis, chain: Chain, stage: str, year: int) -> dict[str, Figure]:
    """Output by country in a year, t contained; small ones and unknown ones as the rest."""
    found = raw_output(basis, chain, stage, year)
    total = sum(figure.value for figure in found.values())
    least = basis.assumed["market.least_supplier_share"] * total
    kept = {name: figure for name, figure in found.items() if figure.value > least and name != REST}
    rest = total - sum(figure.value for figure in kept.values())
    if rest > least:
        where = sources(figure.source for name, figure in found.items() if name not in kept)
        kept[REST] = Figure(rest, "derived", where, "countries below 1 % and those not printed")
    return kept


@lru_cache(maxsize=REMEMBERED)
def raw_output(basis: Basis, chain: Chain, stage: str, year: int) -> dict[str, Figure]:
    """Output by country: printed and projected, or, where none is printed, by printed shares."""
    material = chain.refined if stage == "processing" else chain.mined
    now = printed(basis, material, stage)
    now = now[now["country"] != "WLD"]
    if not len(now):
        return by_main_supplier(basis, chain, year) if stage == "processing" else {}
    last = int(now.loc[now["quantity"].notna() | now["share_pct"].notna(), "year"].max())
    ahead = printed(basis, material, stage, "projection")
    world, known, _ = world_output(basis, chain)
    growth = 1 + basis.assumed["market.demand_growth"]
    world *= growth ** max(0, last - known)
    grown = growth ** (year - last)
    if len(ahead):
        last = int(now.loc[now["source"].isin(set(ahead["source"])), "year"].max())
        grown = 1.0
    now = now[now["year"] == last].sort_values("quantity", na_position="last")
    found: dict[str, Figure] = {}
    for country, rows in now.groupby("country", sort=True):
        row = rows.iloc[0]
        told = f"output of {last}"
        value = row["quantity"]
        if value != value:
            value = row["share_pct"] / RATES * world
            told = f"printed share in {last} of world output, that of {known} grown"
        points = {last: float(value)}
        own = country in basis.allied
        later = ahead[(ahead["country"] == country) & ahead["quantity"].notna() & (not own)]
        points |= dict(zip(later["year"].astype(int), later["quantity"], strict=True))
        more = "then the IEA's projection" if len(later) else "grown at an assumed rate"
        told += f", {'as it is: what grows are the candidates' if own else more}"
        code = REST if country == "ROW" else str(country)
        where = sources([str(row["source"]), *later["source"]])
        found[code] = Figure(
            interpolated(points, year) * (1 if own else grown), "derived", where, told
        )
    missing = world * grown - sum(figure.value for figure in found.values())
    if REST not in found and not len(ahead) and missing > 0:
        found[REST] = Figure(missing, "derived", "", "what is missing to the printed world output")
    return found


def by_main_supplier(basis: Basis, chain: Chain, year: int) -> dict[str, Figure]:
    """Refined output where none is printed: the main supplier's share, the others as they mine."""
    mined = raw_output(basis, chain, "extraction", year)
    total = sum(figure.value for figure in mined.values())
    rows = basis.catalogue.criticality
    fits = (rows["material"] == chain.refined) & (rows["stage"] == "processing")
    rows = rows[fits & rows["country_share_pct"].notna() & (rows["country"] != "")]
    if not len(rows):
        return mined
    main, share = str(rows["country"].iloc[0]), float(rows["country_share_pct"].iloc[0]) / RATES
    others = total - (mined[main].value if main in mined else 0.0)
    told = "no refined output printed: the others refine as they mine, an assumption"
    found = {
        name: Figure(figure.value / others * (1 - share) * total, "assumed", figure.source, told)
        for name, figure in mined.items()
        if name != main
    }
    told = "printed share of the stage, times world mine output"
    found[main] = Figure(share * total, "derived", str(rows["source"].iloc[0]), told)
    return found


@lru_cache(maxsize=REMEMBERED)
def price(basis: Basis, chain: Chain) -> Figure:
    """Price of the refined metal, USD/t contained: the mean of the latest printed years."""
    material, series = chain.price
    rows = basis.catalogue.prices
    rows = rows[(rows["material"] == material) & (rows["series"] == series)]
    if not len(rows):
        told = "no price printed"
        return Figure(basis.assumed["market.graphite_anode_price"], "assumed", "", told)
    latest = rows.sort_values("year").tail(basis.assumed.whole("market.price_years"))
    first, last = int(latest["year"].iloc[0]), int(latest["year"].iloc[-1])
    told = f"{series}, {last}" if first == last else f"{series}, mean of {first} to {last}"
    if chain.price_per != 1:
        told += f", times {chain.price_per:g} for a tonne contained"
    as_printed = first == last and chain.price_per == 1
    grade = str(latest["quality"].iloc[0]) if as_printed else "derived"
    value = rounded(float(latest["price"].mean()) * chain.price_per)
    return Figure(value, grade, sources(latest["source"]), told)


def raw_price(basis: Basis, chain: Chain) -> float:
    """Assumed price of what is contained in a concentrate, USD/t."""
    return rounded(price(basis, chain).value * basis.assumed["market.raw_payable_share"])


def scrap_price(basis: Basis, chain: Chain) -> float:
    """Assumed price of what is contained in scrap, USD/t."""
    return rounded(price(basis, chain).value * basis.assumed["market.scrap_price_share"])


@lru_cache(maxsize=REMEMBERED)
def recovery(basis: Basis, chain: Chain) -> Figure:
    """Refined metal per tonne contained in the feed: the printed yield, or an assumed one."""
    rows = basis.catalogue.processes
    rows = rows[(rows["process"] == chain.process) & rows["yield_or_share"].notna()]
    if not len(rows):
        return Figure(basis.assumed["market.refining_recovery"], "assumed", "", "assumed recovery")
    row = rows.iloc[0]
    told = f"yield of: {row['process']}"
    return Figure(float(row["yield_or_share"]), str(row["quality"]), str(row["source"]), told)


@lru_cache(maxsize=REMEMBERED)
def recycled_share(basis: Basis, chain: Chain) -> Figure:
    """Printed share of use that comes from scrap: the end-of-life recycling input rate."""
    rows = basis.catalogue.criticality
    rows = rows[rows["material"].isin({chain.id, chain.mined, chain.refined})]
    rows = rows[rows["eol_rir_pct"].notna()]
    if not len(rows):
        return Figure(0.0, "assumed", "", "no recycling rate printed")
    told = "end-of-life recycling input rate of the EU, for every member"
    rate = float(rows["eol_rir_pct"].iloc[0]) / RATES
    return Figure(rate, "derived", str(rows["source"].iloc[0]), told)


def printed_price(catalogue: Catalogue, material: str, year: int) -> float:
    """Mean of the prices that are printed of a material in a year, in their unit; no floors."""
    rows = catalogue.prices
    rows = rows[(rows["material"] == material) & (rows["year"] == year)]
    return float(rows.loc[~rows["series"].str.contains("floor"), "price"].mean())
