"""Reliance: how much of what a plan costs is priced by assumed figures.

Enters: an instance and a plan for it. Leaves: a share by value, beside the plain count of figures
(`optimizer.instance.validation.assumed_values`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.checker.costs import cost_parts
from optimizer.checker.walk import case
from optimizer.instance.validation.references import key_text
from optimizer.plan import altered
from optimizer.plan.tables import plain_columns

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

PRICED_BY = {
    "projects": ("capex_musd",),
    "recipes": ("opex_usd_per_t",),
    "prices": ("price_usd_per_t",),
    "suppliers": ("price_extra_usd_per_t",),
    "routes": ("freight_usd_per_t",),
    "tranches": ("cost_usd_per_t",),
    "materials": ("disposal_cost_usd_per_t",),
    "arisings": ("collection_cost_usd_per_t",),
    "stockpiles": ("holding_cost_usd_per_t", "understock_cost_usd_per_t"),
}
"""Figures that a quantity of the plan is multiplied by, by table."""


def assumed_share(instance: Instance, plan: Plan) -> float:
    """Share of the size of all parts of expected cost that assumed figures make.

    Σ_parts |part − part with the assumed prices at 0| / Σ_parts |part|, since each part is linear
    in the figures of `PRICED_BY`; but for royalties, of which an assumed building cost makes all.
    Quantities, probabilities, terms of money and the price of carbon count as they are, and
    operation that the plan does not keep is left out.

    Raises:
        InvalidPlan: where a table of the plan lacks columns or holds text for numbers.
    """
    # Amounts that a plan states of what it does not keep are priced already: they are left out.
    plan = altered(plan, tables=altered(plan.tables, amounts=plain_columns("amounts")))
    whole = cost_parts(case(instance, plan))
    known = cost_parts(case(unpriced(instance), plan))
    size = sum(abs(value) for value in whole.values())
    return sum(abs(whole[name] - known[name]) for name in whole) / size if size else 0.0


def unpriced(instance: Instance) -> Instance:
    """The instance with every assumed figure of `PRICED_BY` at 0; it need not be valid."""
    cells = {(row.of_table, row.row, row.field): row.quality for row in instance.provenance}
    tables = {}
    for table, fields in PRICED_BY.items():
        rows = []
        for row in getattr(instance, table):
            key = key_text(row) if cells else ""
            assumed = [f for f in fields if cells.get((table, key, f), row.quality) == "assumed"]
            rows.append(row.model_copy(update=dict.fromkeys(assumed, 0.0)))
        tables[table] = tuple(rows)
    return instance.model_copy(update=tables)
