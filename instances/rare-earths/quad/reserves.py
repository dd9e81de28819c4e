"""Stockpiles that a member's programme could keep: rows of projects and stockpiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import row_of
from quad.inputs import MEMBERS

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow
    from quad.chemistry import Chemistry
    from quad.inputs import Inputs

KEPT = "magnet"
"""What is kept: of use from the first day, whichever step of the chain fails."""
PROGRAMMES = {
    "usa": "National Defense Stockpile Transaction Fund, 2025 law",
    "jpn": "JOGMEC rare metal stockpile",
    "aus": "Critical Minerals Strategic Reserve, stock and running cost",
    "ind": "National Critical Mineral Stockpile",
}
NAMES = {
    "usa": "National Defense Stockpile, magnets",
    "jpn": "JOGMEC stockpile, magnets",
    "aus": "Critical Minerals Strategic Reserve, magnets",
    "ind": "National Critical Mineral Stockpile, magnets",
}


def programme(inputs: Inputs, member: str) -> TableRow:
    """The member's programme in the catalogue."""
    return row_of(inputs.catalogue, "programmes", programme=PROGRAMMES[member])


def size_t(inputs: Inputs, member: str, price: float, need: float) -> float:
    """Tonnes: days of the first year's need, or a part of the budget over the price."""
    if member in ("jpn", "ind"):
        return inputs.own[f"stockpile.{member}.days"] / 365 * need
    budget = float(programme(inputs, member)["budget_musd"])
    part = budget * inputs.own[f"stockpile.{member}.budget_share"]
    return min(part * 1e6 / price, need)


def project(
    inputs: Inputs, chem: Chemistry, member: str, need: float, scores: TableRow
) -> TableRow:
    """TableRow of projects: the store; what lies in it is bought in the years of filling."""
    size = round(size_t(inputs, member, chem.prices[KEPT], need))
    row = programme(inputs, member)
    value = size * chem.prices[KEPT] / 1e6
    return {
        "id": f"stock-{member}",
        "name": NAMES[member],
        "owner": row["programme"].split(",")[0],
        "country": MEMBERS[member],
        "status": "candidate",
        "kind": "stockpile",
        "main_material": KEPT,
        "capacity_t_per_year": float(size),
        "capex_musd": round(inputs.own["stockpile.store_share"] * value, 1),
        "life_years": inputs.own.whole("build.life"),
        "earliest_start": inputs.own.whole("stockpile.earliest_start"),
        **scores,
        "source": row["source"],
        "quality": "assumed",
        "note": f"programme: {row['programme']}; size see SOURCES.md, stockpile",
    }


def stockpile(inputs: Inputs, chem: Chemistry, member: str) -> TableRow:
    """TableRow of stockpiles."""
    price = chem.prices[KEPT]
    return {
        "project": f"stock-{member}",
        "material": KEPT,
        "holding_cost_usd_per_t": round(inputs.own["stockpile.holding_share"] * price),
        "understock_cost_usd_per_t": round(inputs.own["stockpile.understock_share"] * price),
        "residual_share": inputs.own["stockpile.residual_share"],
        "quality": "assumed",
        "note": "see SOURCES.md, stockpile",
    }


def tables(
    inputs: Inputs, chem: Chemistry, demand: list[TableRow], scores: dict[str, TableRow]
) -> tuple[list[TableRow], list[TableRow]]:
    """Rows of projects and of stockpiles, one per member with a programme.

    Args:
        inputs: catalogue and assumptions.
        chem: base prices.
        demand: table demand; its segments begin with the member.
        scores: E, S and G by country.
    """
    projects: list[TableRow] = []
    for member, country in MEMBERS.items():
        need = sum(
            row["demand_t_per_year"]
            for row in demand
            if str(row["segment"]).startswith(f"{member}-") and row["year"] == inputs.years[0]
        )
        projects.append(project(inputs, chem, member, need, scores[country]))
    return projects, [stockpile(inputs, chem, member) for member in MEMBERS]
