"""Shares that must sum to one: probabilities, burden, tranches, origins."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, table_error, warning
from optimizer.instance.validation.words import number_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optimizer.instance.records import Origin, Tranche

EXACT = 1e-9
"""Tolerance where the model relies on the sum: demand must be able to go unmet in full."""

ROUNDED = 1e-6
"""Tolerance where people round."""

STAGE_ORDER = {"extraction": 0, "scrap": 0, "processing": 1, "metal": 2, "manufacturing": 3}


def sum_fault(shares: Iterable[float], tolerance: float) -> str:
    """`sum to 0.9, not 1`, or nothing."""
    total = math.fsum(shares)
    return f"sum to {total:.10g}, not 1" if abs(total - 1) > tolerance else ""


def probabilities(draft: Draft) -> Iterator[Finding]:
    """The probabilities of all scenarios sum to 1."""
    wrong = sum_fault((row.probability for row in draft.instance.scenarios), EXACT)
    if wrong and draft.instance.scenarios:
        yield table_error("scenarios", "probability", f"the probabilities {wrong}")
    for row in draft.instance.scenarios:
        if row.probability == 0 and not row.nominal and not row.must_survive:
            yield warning(row, "probability", "a scenario with probability 0 counts for nothing")


def nominal(draft: Draft) -> Iterator[Finding]:
    """Exactly one scenario is nominal, and no shock is part of it."""
    marked = [row for row in draft.instance.scenarios if row.nominal]
    if not marked:
        message = "no scenario is nominal; mark the world without shocks with true"
        yield table_error("scenarios", "nominal", message)
    for row in marked[1:]:
        message = f"only one scenario can be nominal, and '{marked[0].id}' is already"
        yield error(row, "nominal", message)
    names = {row.id for row in marked}
    for shock in draft.instance.shocks:
        if shock.scenario in names:
            message = f"'{shock.scenario}' is nominal: the world without shocks"
            yield error(shock, "scenario", message)


def burden(draft: Draft) -> Iterator[Finding]:
    """The parts of the burden-sharing key sum to 1."""
    members = draft.instance.members
    wrong = sum_fault((row.burden_share for row in members), ROUNDED)
    if wrong and members:
        yield table_error("members", "burden_share", f"the burden shares {wrong}")


def tranches(draft: Draft) -> Iterator[Finding]:
    """Each segment has tranches; their shares sum to 1 and their costs rise."""
    of_segment: dict[str, list[Tranche]] = defaultdict(list)
    for row in draft.instance.tranches:
        of_segment[row.segment].append(row)
    for segment in draft.instance.segments:
        rows = sorted(of_segment[segment.id], key=lambda row: row.tranche)
        if not rows:
            message = f"segment '{segment.id}' has no tranche; its shortage needs a cost"
            yield table_error("tranches", "segment", message)
            continue
        wrong = sum_fault((row.share for row in rows), EXACT)
        if wrong:
            yield error(rows[-1], "share", f"the shares of segment '{segment.id}' {wrong}")
        for cheap, dear in pairwise(rows):
            if dear.cost_usd_per_t <= cheap.cost_usd_per_t:
                message = (
                    f"{number_text(dear.cost_usd_per_t)} USD/t is not above tranche "
                    f"{cheap.tranche}'s {number_text(cheap.cost_usd_per_t)}; costs must rise"
                )
                yield error(dear, "cost_usd_per_t", message)


def origins(draft: Draft) -> Iterator[Finding]:
    """Origins lie before the product's own stage and sum to 1 for each supplier and stage."""
    suppliers = {row.id: row for row in draft.instance.suppliers}
    groups: dict[tuple[str, str], list[Origin]] = defaultdict(list)
    for row in draft.instance.origins:
        supplier = suppliers.get(row.supplier)
        material = draft.materials.get(supplier.material) if supplier else None
        if material is None:
            continue
        groups[row.supplier, row.stage].append(row)
        if STAGE_ORDER[row.stage] >= STAGE_ORDER[material.stage]:
            message = (
                f"{row.stage} is not before {material.stage}, the stage of "
                f"'{material.id}'; there the origin is the supplier's own country"
            )
            yield error(row, "stage", message)
    for (name, stage), rows in groups.items():
        wrong = sum_fault((row.share for row in rows), ROUNDED)
        if wrong:
            message = f"the shares of supplier '{name}' at {stage} {wrong}"
            yield error(rows[-1], "share", message)


RULES = (
    Rule(probabilities, ("scenarios",)),
    Rule(nominal, ("scenarios",)),
    Rule(burden, ("members",)),
    Rule(tranches, ("tranches", "segments")),
    Rule(origins, ("origins", "suppliers", "materials")),
)
