"""Errors in how members share, where content comes from, and bounds on criteria (18, 20, 21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.planting import first_year, nominal, with_frame, with_row

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan


def one_member_starved(instance: Instance, plan: Plan) -> Plan | None:
    """What one member is served in the first nominal year goes to nobody."""
    if not any(row.kind == "fairness" for row in instance.policies):
        return None
    served = plan.tables.served.copy()
    mine = (served["scenario"] == nominal(instance)) & (served["year"] == first_year(instance))
    if not mine.any():
        return None
    at = served[mine]["kt"].idxmin()
    segment, kt = served.loc[at, ["segment", "kt"]]
    served.loc[at, "kt"] = 0.0
    bare = with_frame(plan, "served", served)
    return with_row(bare, "short", nominal(instance), first_year(instance), segment, 1, kt)


def concentrated(instance: Instance, plan: Plan) -> Plan | None:
    """Twice as much is bought as before."""
    if not any(row.kind == "hhi_cap" for row in instance.policies):
        return None
    purchases = plan.tables.purchases.copy()
    purchases["kt"] *= 2
    return with_frame(plan, "purchases", purchases)


def bound_missed(instance: Instance, plan: Plan) -> Plan | None:
    """Everything is short, so that no bound on shortage or service holds."""
    if not any(row.kind == "criterion_bound" for row in instance.policies):
        return None
    short = plan.tables.short.copy()
    short["kt"] *= 10
    return None if short.empty else with_frame(plan, "short", short)
