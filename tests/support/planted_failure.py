"""Errors in what may fail (rules 4, 9 and 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.planting import nominal, scaled, with_row

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan


def failed_plant_run(instance: Instance, plan: Plan) -> Plan | None:
    """A plant runs in a scenario in which it fails as in one in which it does not."""
    activity = plan.tables.activity
    for row in instance.failures:
        mine = activity[(activity["project"] == row.project) & (activity["kt"] > 0)]
        if not mine.empty and row.scenario not in set(mine["scenario"]):
            year, recipe, kt = mine.iloc[0][["year", "recipe", "kt"]]
            return with_row(plan, "activity", row.scenario, year, row.project, recipe, kt)
    return None


def failed_stock_kept(instance: Instance, plan: Plan) -> Plan | None:
    """A stockpile that fails is filled as one that does not."""
    filled = plan.tables.filled
    for row in instance.failures:
        mine = filled[filled["project"] == row.project]
        if not mine.empty and row.scenario not in set(mine["scenario"]):
            year, kt = mine.iloc[0][["year", "kt"]]
            more = with_row(plan, "filled", row.scenario, year, row.project, kt)
            return with_row(more, "stock", row.scenario, year, row.project, kt)
    return None


def run_as_if_certain(instance: Instance, plan: Plan) -> Plan | None:
    """In a nominal year a plant that may fail makes what it would if it could not."""
    activity = plan.tables.activity
    for row in instance.projects:
        quiet = (activity["scenario"] == nominal(instance)) & (activity["project"] == row.id)
        if row.status == "candidate" and 0 < row.success_probability < 1 and quiet.any():
            year, recipe, kt = activity[quiet].iloc[-1][["year", "recipe", "kt"]]
            more = kt / row.success_probability - kt
            return with_row(plan, "activity", nominal(instance), year, row.id, recipe, more)
    return None


def covered_as_if_certain(instance: Instance, plan: Plan) -> Plan | None:
    """A stockpile that may fail is planned as if all of it covered days of demand."""
    covers = any(row.kind == "days_of_cover" for row in instance.policies)
    chances = {row.id: row.success_probability for row in instance.projects}
    kept = {row.project for row in instance.stockpiles if chances[row.project] < 1}
    if not covers or not kept or plan.tables.stock_plan.empty:
        return None
    return scaled(plan, "stock_plan", chances[min(kept)])


def repaid_for_certain(instance: Instance, plan: Plan) -> Plan | None:
    """Cash in the last year as if a loan to a project that may fail were surely repaid."""
    chances = {row.id: row.success_probability for row in instance.projects}
    loans = {row.id for row in instance.instruments if row.kind == "loan"}
    for row in plan.tables.commitments.itertuples():
        lost = (1.0 - chances[row.project]) * row.amount_musd
        if row.instrument in loans and lost > 0:
            return with_row(plan, "cash", row.member, instance.settings.last_year, lost)
    return None
