"""Building cost: which printed figures are building cost, and what stands in for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import Figure
from optimizer.catalogue.drafting.costs import MUSD, by_ratio, medians
from quad.forms import GROUP, revenue_usd_per_t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quad.chemistry import Chemistry
    from quad.entries import Entry

Ratios = dict[str, tuple[float, int]]
SETTLED = "paid or outside the alliance"
"""What is said of plants that have nothing left to pay."""


def is_real(entry: Entry) -> bool:
    """Whether the catalogue prints the full building cost of the plant."""
    return entry.known.get("capex_basis") == "full" and entry.cells["capex"] != "impute"


def revenue(entry: Entry, chem: Chemistry) -> float:
    """Yearly revenue of the whole plant at base prices, M$."""
    return entry.plant.size_t * revenue_usd_per_t(entry.plant, chem) / MUSD


def ratios(entries: Iterable[Entry], chem: Chemistry) -> Ratios:
    """Median building cost over yearly revenue at base prices by stage, and number of plants."""
    return medians(
        (GROUP[entry.plant.form], entry.known["capex_musd"], revenue(entry, chem))
        for entry in entries
        if is_real(entry)
    )


def imputed(entry: Entry, chem: Chemistry, by_group: Ratios, part: float = 1.0) -> Figure:
    """Building cost from the median ratio of the stage, or a part of it, M$."""
    group = GROUP[entry.plant.form]
    whole = by_ratio(group, revenue(entry, chem), *by_group[group])
    told = whole.note if part == 1 else f"{part:g} of {whole.note}"
    return Figure(round(part * round(whole.value, 1), 1), "assumed", note=told)


def cost_of(entry: Entry, chem: Chemistry, by_group: Ratios, part: float) -> Figure:
    """Building cost of a whole plant, M$: of a candidate, or what others still have to pay.

    Args:
        entry: the plant.
        chem: base prices.
        by_group: ratios by stage.
        part: of the cost that a committed plant still has to pay where nothing is known of it.
    """
    given, status = entry.cells["capex"], entry.cells["status"]
    if status == "operating" or given == "none":
        return Figure(0.0, "assumed", note=SETTLED)
    if given not in ("", "impute"):
        return Figure(float(given), "derived", note=entry.cells["reason"])
    if status == "committed":
        return imputed(entry, chem, by_group, part)
    if is_real(entry):
        known = entry.known
        return Figure(known["capex_musd"], known["capex_quality"], note="printed building cost")
    return imputed(entry, chem, by_group)


def kind_of(entry: Entry) -> str:
    """Whether the cost is that of the whole plant or what remains to be paid."""
    given = entry.cells["capex"] not in ("", "impute")
    return "remaining" if given or entry.cells["status"] != "candidate" else "full"


def phase_shares(shares: list[float], extra: float) -> list[float]:
    """Shares of the building cost by phase: the first bears what the others share with it."""
    if len(shares) == 1:
        return [1.0]
    rest = 1 - shares[0]
    first = shares[0] + extra * rest
    return [first, *((1 - first) * share / rest for share in shares[1:])]
