"""Building cost, operating cost and years of building: printed where they are, else imputed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import Basis, Figure, records, rounded, rows_of
from optimizer.catalogue.drafting.chains import CHAINS, Chain
from optimizer.catalogue.drafting.outlook import price, raw_price, recovery, scrap_price

if TYPE_CHECKING:
    from collections.abc import Iterable

MUSD = 1e6
"""USD per million USD."""

FORMS = ("mine", "refinery", "integrated", "recycling")
"""What a plant does: nothing to raw, raw to refined, nothing to refined, scrap to refined."""


@dataclass(frozen=True)
class Plant:
    """A project of the catalogue in the words of a chain.

    Attributes:
        row: of the catalogue's `projects`.
        chain: what it yields.
        form: one of `FORMS`.
        size_t: tonnes contained a year.
        size_quality: grade of the size.
    """

    row: dict[str, Any]
    chain: Chain
    form: str
    size_t: float
    size_quality: str

    @property
    def material(self) -> str:
        """Id of what it yields."""
        return self.chain.raw if self.form == "mine" else self.chain.id


def form_of(chain: Chain, stages: set[str]) -> str:
    """What a plant of some stages does; nothing for plants beyond the refined metal."""
    if not stages <= {"extraction", "processing", "recycling"}:
        return ""
    if stages == {"recycling"}:
        return "recycling"
    if "extraction" in stages and "processing" not in stages and chain.mined:
        return "mine"
    return "integrated" if "extraction" in stages or not chain.mined else "refinery"


@lru_cache(maxsize=16)
def plants(basis: Basis, chains: tuple[Chain, ...]) -> list[Plant]:
    """Projects of the catalogue that yield the metals and whose size is known, by id."""
    sizes = basis.catalogue.project_products
    sizes = sizes[(sizes["main"] == "yes") & sizes["quantity"].notna()]
    size_of = {row["project"]: row for row in records(sizes)}
    by_product = {product: chain for chain in chains for product in chain.products}
    found = []
    for row in rows_of(basis.catalogue, "projects"):
        size = size_of.get(row["id"], {"product": ""})
        chain = by_product.get(size["product"])
        form = form_of(chain, set(row["stage"].split(";"))) if chain else ""
        if chain and form:
            tonnes = float(size["quantity"]) * chain.products[size["product"]]
            found.append(Plant(row, chain, form, rounded(tonnes), str(size["quality"])))
    return sorted(found, key=lambda plant: str(plant.row["id"]))


def unit_revenue(basis: Basis, chain: Chain, form: str) -> float:
    """What a tonne of a plant's product sells for at base prices, USD."""
    return raw_price(basis, chain) if form == "mine" else price(basis, chain).value


def ratios(basis: Basis) -> dict[str, tuple[float, int]]:
    """Median of printed full building cost over yearly revenue by form, and how many are behind it.

    Over all chains of the catalogue, whatever is asked for: one metal has too few printed costs.
    """
    return medians(
        (plant.form, plant.row["capex_musd"], revenue)
        for plant in plants(basis, CHAINS)
        if plant.row["capex_basis"] == "full" and plant.row["capex_musd"] > 0
        for revenue in [plant.size_t * unit_revenue(basis, plant.chain, plant.form) / MUSD]
    )


def medians(printed: Iterable[tuple[str, float, float]]) -> dict[str, tuple[float, int]]:
    """Median of building cost over yearly revenue by form, and how many plants are behind it.

    Args:
        printed: form, building cost and yearly revenue (M$) of each plant.
    """
    found: dict[str, list[float]] = {}
    for form, cost, revenue in printed:
        found.setdefault(form, []).append(cost / revenue)
    return {form: (median(values), len(values)) for form, values in found.items()}


def imputed(
    basis: Basis, chain: Chain, form: str, size_t: float, by_form: dict[str, tuple[float, int]]
) -> Figure:
    """Building cost from the median ratio of the form, M$."""
    usual = (basis.assumed["plant.capex_ratio"], 0)
    ratio, count = by_form.get(form, usual)
    cost = by_ratio(form, size_t * unit_revenue(basis, chain, form) / MUSD, ratio, count)
    return replace(cost, value=rounded(cost.value, 5))


def by_ratio(form: str, revenue: float, ratio: float, count: int) -> Figure:
    """Building cost as so many years' revenue, M$: the median of so many plants, or assumed."""
    told = f"imputed: {ratio:.3g} x yearly revenue at base prices of {revenue:.4g} M$, "
    told += f"the median of {count} {form} plants with printed cost" if count else "assumed"
    return Figure(ratio * revenue, "assumed", "", told)


def building_cost(basis: Basis, plant: Plant, by_form: dict[str, tuple[float, int]]) -> Figure:
    """Building cost of a candidate, M$: printed in full, or imputed."""
    row = plant.row
    if row["capex_basis"] == "full" and row["capex_musd"] > 0:
        told = "printed building cost"
        return Figure(float(row["capex_musd"]), str(row["capex_quality"]), row["source"], told)
    return imputed(basis, plant.chain, plant.form, plant.size_t, by_form)


def operating_cost(basis: Basis, plant: Plant) -> Figure:
    """Cash cost without feed, USD per tonne contained: printed, or an assumed share."""
    known = plant.row.get("opex_usd_per_t")
    if known is not None:
        told = f"printed, times {plant.chain.price_per:g} for a tonne contained"
        return Figure(
            rounded(float(known) * plant.chain.price_per), "derived", plant.row["source"], told
        )
    return usual_opex(basis, plant.chain, plant.form)


def usual_opex(basis: Basis, chain: Chain, form: str) -> Figure:
    """Assumed cash cost of a form, USD per tonne contained."""
    share = basis.assumed[f"plant.{form}_opex_share"]
    feed = {
        "refinery": raw_price(basis, chain) / recovery(basis, chain).value,
        "recycling": scrap_price(basis, chain) / basis.assumed["market.recycling_recovery"],
    }.get(form, 0.0)
    margin = max(0.0, unit_revenue(basis, chain, form) - feed)
    told = f"{share:g} of the price" + (" beyond the feed" if feed else "")
    return Figure(rounded(share * margin, 4), "assumed", "", told)


def building_years(basis: Basis, row: dict[str, Any], form: str) -> Figure:
    """Whole years of building: printed, or the median that the catalogue has of the stage."""
    known = row.get("build_years")
    if known is not None:
        return Figure(math.ceil(known), "derived", row["source"], f"{known:g} printed, rounded up")
    stage = {"mine": "extraction", "integrated": "extraction;processing"}.get(form, "processing")
    rows = basis.catalogue.lead_times
    fits = (rows["activity"] == "construction") & (rows["stage"] == stage)
    rows = rows[fits & (rows["material"] == "all") & rows["value"].notna()]
    if not len(rows):
        return Figure(basis.assumed.whole("plant.build_years"), "assumed", "", "none printed")
    told = f"median of {stage} plants, rounded up"
    years = math.ceil(float(rows["value"].iloc[0]))
    return Figure(years, "derived", str(rows["source"].iloc[0]), told)
