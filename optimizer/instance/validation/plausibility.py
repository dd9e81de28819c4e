"""Worth a look: slips of unit, jumps, shortage that costs less than supply."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, warning
from optimizer.instance.validation.words import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optimizer.instance.records import Row

UNIT_SLIP = 1000.0
"""kt for t, USD/kg for USD/t, thousands for millions: slips come by a thousand."""

JUMP = 100.0
"""Factor from year to year beyond which demand is worth a look."""

FEWEST = 3
"""Neighbours below which a median says nothing."""


def slips(rows: Sequence[Row], field: str, what: str) -> Iterator[Finding]:
    """Values a thousand times above or below the median of their neighbours."""
    values = [getattr(row, field) for row in rows]
    filled = [value for value in values if value > 0]
    if len(filled) < FEWEST:
        return
    middle = median(filled)
    for row, value in zip(rows, values, strict=True):
        ratio = value / middle
        if value > 0 and (ratio >= UNIT_SLIP or ratio <= 1 / UNIT_SLIP):
            message = (
                f"{number_text(value)} against a median of {number_text(middle)} {what}: a slip "
                f"of unit?"
            )
            yield warning(row, field, message)


def capacity_slips(draft: Draft) -> Iterator[Finding]:
    """Capacities far from those of the same kind and stage, of stockpiles the same material."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in draft.instance.projects:
        material = draft.materials.get(row.main_material or "")
        stage = material.stage if material else ""
        peers = row.main_material or "" if row.kind == "stockpile" else stage
        groups[row.kind, peers].append(row)
    for (kind, _), rows in groups.items():
        what = "material" if kind == "stockpile" else "stage"
        yield from slips(rows, "capacity_t_per_year", f"among {kind} projects of its {what}")


def price_slips(draft: Draft) -> Iterator[Finding]:
    """Prices far from the material's own over time."""
    yield from series_slips(draft, "prices", "material", "price_usd_per_t")


def limit_slips(draft: Draft) -> Iterator[Finding]:
    """Supply limits far from the supplier's own over time."""
    yield from series_slips(draft, "supply_limits", "supplier", "limit_t_per_year")


def series_slips(draft: Draft, table: str, key: str, field: str) -> Iterator[Finding]:
    """Values far from the median of their own series."""
    for name, rows in by_name(draft, table, key).items():
        yield from slips(rows, field, f"of '{name}' over the years")


def by_name(draft: Draft, table: str, key: str) -> dict[str, list[Row]]:
    """The rows of a series by name, in the order of years."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(getattr(draft.instance, table), key=lambda row: row.year):
        groups[getattr(row, key)].append(row)
    return groups


def demand_jumps(draft: Draft) -> Iterator[Finding]:
    """Demand that grows or falls a hundredfold in a year."""
    rows = sorted(draft.instance.demand, key=lambda row: (row.segment, row.year))
    for before, after in pairwise(rows):
        old, new = before.demand_t_per_year, after.demand_t_per_year
        if before.segment != after.segment or min(old, new) <= 0:
            continue
        if max(old, new) >= JUMP * min(old, new):
            message = (
                f"{number_text(new)} after {number_text(old)} t in {before.year}: a slip of unit?"
            )
            yield warning(after, "demand_t_per_year", message)


def cheap_shortage(draft: Draft) -> Iterator[Finding]:
    """A tranche that costs less than the material itself."""
    highest: dict[str, float] = defaultdict(float)
    for price in draft.instance.prices:
        highest[price.material] = max(highest[price.material], price.price_usd_per_t)
    materials = {row.id: row.material for row in draft.instance.segments}
    for row in draft.instance.tranches:
        market = highest[materials.get(row.segment, "")]
        if row.cost_usd_per_t < market:
            message = (
                f"{number_text(row.cost_usd_per_t)} USD/t is below the market price of up to "
                f"{number_text(market)}: going without is cheaper than buying"
            )
            yield warning(row, "cost_usd_per_t", message)


RULES = (
    Rule(capacity_slips, ("materials",)),
    Rule(price_slips),
    Rule(limit_slips),
    Rule(demand_jumps),
    Rule(cheap_shortage, ("segments",)),
)
