"""Materials, contents, prices, suppliers, demand, shortage and scrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import Basis, TableRow, graded, rounded, sources
from optimizer.catalogue.drafting.outlook import (
    allied_share,
    demand_of,
    output,
    price,
    raw_price,
    recovery,
    recycled_share,
    scrap_price,
)

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.chains import Chain

OURS = "chain of the draft: contained metal at each stage"


def has_scrap(basis: Basis, chain: Chain) -> bool:
    """Whether the printed recycling rate is large enough that scrap is worth a market."""
    return recycled_share(basis, chain).value >= basis.assumed["scrap.least_rate"]


def held(basis: Basis, chain: Chain) -> list[tuple[str, str, str]]:
    """Id, stage and word for each form that a chain trades."""
    forms = [(chain.id, "processing", "refined")]
    if chain.mined:
        forms.insert(0, (chain.raw, "extraction", "in concentrate"))
    if has_scrap(basis, chain):
        forms.append((chain.scrap, "scrap", "in scrap"))
    return forms


def materials(basis: Basis) -> list[TableRow]:
    """Table materials."""
    return [
        {"id": name, "name": f"{chain.name}, {word}", "chain": chain.id, "stage": stage}
        | {"unit": "contained"}
        | graded("assumed", OURS)
        for chain in basis.chains
        for name, stage, word in held(basis, chain)
    ]


def contents(basis: Basis) -> list[TableRow]:
    """Table contents: a tonne is a tonne contained; refining losses are grossed up."""
    rows = []
    for chain in basis.chains:
        known = recovery(basis, chain)
        for name, stage, _ in held(basis, chain):
            refined = stage == "processing" and bool(chain.mined)
            row: TableRow = {"material": name, "element": chain.id, "content_t_per_t": 1.0}
            if refined:
                row["gross_up_extraction"] = rounded(1 / known.value)
            rows.append(row | (known.graded() if refined else graded("derived", OURS)))
    return rows


def prices(basis: Basis) -> list[TableRow]:
    """Table prices: the latest printed one, the same in real terms in every year."""
    rows = []
    for chain in basis.chains:
        found = price(basis, chain)
        by_name = {
            chain.id: (found.value, found.quality, found.note),
            chain.raw: (raw_price(basis, chain), "assumed", "payable share of the refined price"),
            chain.scrap: (scrap_price(basis, chain), "assumed", "share of the refined price"),
        }
        for name, _, _ in held(basis, chain):
            value, _, told = by_name[name]
            told += "; taken as constant in real terms"
            rows += [
                {"material": name, "year": year, "price_usd_per_t": value}
                | graded("assumed", told, found.source)
                for year in basis.years
            ]
    return rows


def sold(basis: Basis, chain: Chain) -> list[tuple[str, str]]:
    """Material and stage of what outside suppliers sell."""
    stages = [(chain.id, "processing")]
    return [(chain.raw, "extraction"), *stages] if chain.mined else stages


def supplies(basis: Basis) -> tuple[list[TableRow], list[TableRow]]:
    """Tables suppliers and supply_limits.

    What members mine, and, where nothing is mined, what they refine, is theirs in full. Of the
    others they obtain their part of world demand and a margin. Members' refineries of mined metal
    are plants (`optimizer.catalogue.drafting.plants`).
    """
    rows, limits = [], []
    margin = 1 + basis.assumed["market.margin"]
    for chain in basis.chains:
        for material, stage in sold(basis, chain):
            by_year = {year: output(basis, chain, stage, year) for year in basis.years}
            for country in sorted({name for found in by_year.values() for name in found}):
                own = country in basis.allied
                if own and chain.mined and stage == "processing":
                    continue
                name = f"{country.lower()}-{material}"
                rows.append(
                    {"id": name, "country": country, "material": material}
                    | graded("assumed", "all producers of the country as one, at market price")
                )
                for year, found in by_year.items():
                    part = 1.0 if own else min(1.0, allied_share(basis, chain, year) * margin)
                    made = found[country].value if country in found else 0.0
                    told = f"{found[country].note if country in found else 'below 1 %'}; "
                    told += "all of it" if own else f"times {part:.3g}: share of demand and margin"
                    where = found[country].source if country in found else ""
                    limits.append(
                        {"supplier": name, "year": year, "limit_t_per_year": rounded(made * part)}
                        | graded("assumed", told, where)
                    )
    return rows, limits


def origins(basis: Basis, suppliers: list[TableRow]) -> list[TableRow]:
    """Table origins: what is refined anywhere was mined as the world mines."""
    rows = []
    for chain in basis.chains:
        if not chain.mined:
            continue
        found = output(basis, chain, "extraction", basis.request.first_year)
        total = sum(figure.value for figure in found.values())
        shares = {name: round(figure.value / total, 6) for name, figure in sorted(found.items())}
        largest = max(shares, key=lambda name: shares[name])
        shares[largest] = round(1 - sum(shares.values()) + shares[largest], 6)
        where = sources(figure.source for figure in found.values())
        for supplier in suppliers:
            if supplier["material"] == chain.id:
                rows += [
                    {"supplier": supplier["id"], "stage": "extraction", "country": country}
                    | {"share": share}
                    | graded("derived", "world mine output; the same for every refiner", where)
                    for country, share in shares.items()
                ]
    return rows


def demands(basis: Basis) -> dict[str, list[TableRow]]:
    """Tables segments, demand and tranches."""
    segments, demand, tranches = [], [], []
    first, second = basis.assumed["shortage.first_share"], basis.assumed["shortage.second_share"]
    shares = (first, second, round(1 - first - second, 9))
    for chain in basis.chains:
        base = price(basis, chain).value
        for ally in basis.allies:
            name = f"{ally.id.lower()}-{chain.id}"
            segments.append(
                {"id": name, "zone": ally.id, "member": ally.id, "sector": "all"}
                | {"material": chain.id}
                | graded("assumed", "one segment for all uses")
            )
            for year in basis.years:
                found = demand_of(basis, chain, ally, year)
                demand.append(
                    {"segment": name, "year": year, "demand_t_per_year": found.value}
                    | found.graded()
                )
            for rank, (share, step) in enumerate(
                zip(shares, ("first", "second", "third"), strict=True), 1
            ):
                factor = basis.assumed[f"shortage.{step}_factor"]
                tranches.append(
                    {"segment": name, "tranche": rank, "share": share}
                    | {"cost_usd_per_t": rounded(factor * base)}
                    | graded("assumed", f"{factor:g} times the price")
                )
    return {"segments": segments, "demand": demand, "tranches": tranches}


def arisings(basis: Basis) -> list[TableRow]:
    """Table arisings: as much scrap as the printed recycling rate of demand needs."""
    rows = []
    collected = basis.assumed["scrap.collection_rate"]
    for chain in basis.chains:
        if not has_scrap(basis, chain):
            continue
        rate = recycled_share(basis, chain)
        needed = rate.value / basis.assumed["market.recycling_recovery"] / collected
        cost = basis.assumed["scrap.collection_cost_share"] * price(basis, chain).value
        for ally in basis.allies:
            for year in basis.years:
                wanted = demand_of(basis, chain, ally, year)
                told = f"{rate.value:g} of demand ({rate.note}), over collection and recovery"
                rows.append(
                    {"zone": ally.id, "material": chain.scrap, "year": year}
                    | {"arisings_t_per_year": rounded(wanted.value * needed)}
                    | {"collection_rate": collected, "collection_cost_usd_per_t": rounded(cost)}
                    | graded("assumed", told, sources([rate.source, wanted.source]))
                )
    return rows
