"""Building cost: which printed figures are building cost, and what stands in for the others."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from quad.forms import GROUP, revenue_usd_per_t

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow
    from quad.chemistry import Chemistry
    from quad.forms import Plant


@dataclass(frozen=True)
class Cost:
    """Building cost of a whole plant, M$, and where it comes from."""

    musd: float
    quality: str
    method: str
    kind: str = "full"


def is_real(entry: TableRow, known: TableRow) -> bool:
    """Whether the catalogue prints the full building cost of the plant."""
    printed = known.get("capex_basis") == "full"
    return printed and entry["capex"] != "impute"


def ratios(
    entries: list[tuple[TableRow, TableRow, Plant]], chem: Chemistry
) -> dict[str, tuple[float, int]]:
    """Median building cost over yearly revenue at base prices by stage, and number of plants."""
    found: dict[str, list[float]] = {}
    for entry, known, plant in entries:
        if is_real(entry, known):
            revenue = plant.size_t * revenue_usd_per_t(plant, chem) / 1e6
            ratio = float(known["capex_musd"]) / revenue
            found.setdefault(GROUP[plant.form], []).append(ratio)
    return {group: (median(values), len(values)) for group, values in found.items()}


def imputed(plant: Plant, chem: Chemistry, by_group: dict[str, tuple[float, int]]) -> Cost:
    """Building cost from the median ratio of the stage."""
    group = GROUP[plant.form]
    ratio, count = by_group[group]
    revenue = plant.size_t * revenue_usd_per_t(plant, chem) / 1e6
    method = f"imputed: {ratio:.3g} x yearly revenue at base prices of {revenue:.4g} M$, "
    method += f"the median of {count} {group} plants with printed cost"
    return Cost(round(ratio * revenue, 1), "assumed", method)


def cost_of(
    entry: TableRow,
    known: TableRow,
    plant: Plant,
    chem: Chemistry,
    by_group: dict[str, tuple[float, int]],
) -> Cost:
    """Building cost of a candidate."""
    if entry["capex"] not in ("", "impute"):
        return Cost(float(entry["capex"]), "derived", entry["reason"], "remaining")
    if is_real(entry, known):
        quality = known["capex_quality"]
        return Cost(float(known["capex_musd"]), quality, "printed building cost")
    return imputed(plant, chem, by_group)


def remaining(
    entry: TableRow,
    plant: Plant,
    chem: Chemistry,
    by_group: dict[str, tuple[float, int]],
    part: float,
) -> Cost:
    """What a committed plant still has to pay; nothing for an operating one."""
    if entry["capex"] == "none" or entry["status"] == "operating":
        return Cost(0.0, "assumed", "paid or outside the alliance", "remaining")
    if entry["capex"]:
        return Cost(float(entry["capex"]), "derived", entry["reason"], "remaining")
    whole = imputed(plant, chem, by_group)
    return Cost(round(part * whole.musd, 1), "assumed", f"{part:g} of {whole.method}", "remaining")


def phase_shares(shares: list[float], extra: float) -> list[float]:
    """Shares of the building cost by phase: the first bears what the others share with it."""
    if len(shares) == 1:
        return [1.0]
    rest = 1 - shares[0]
    first = shares[0] + extra * rest
    return [first, *((1 - first) * share / rest for share in shares[1:])]
