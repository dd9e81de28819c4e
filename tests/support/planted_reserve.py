"""Errors in what is kept and in what comes back (rules 9, 14 and 16 over the years)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.planting import Planting, scaled, with_frame, with_row, without

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan


def changed(name: str, factor: float) -> Planting:
    """One table of the stockpiles scaled, the others as they were."""

    def plant(_: Instance, plan: Plan) -> Plan | None:
        return None if getattr(plan.tables, name).empty else scaled(plan, name, factor)

    return plant


def planned_above_capacity(instance: Instance, plan: Plan) -> Plan | None:
    """The plan of a stockpile is raised, and its stock with it, beyond what it holds."""
    if plan.tables.stock_plan.empty:
        return None
    room = max(row.capacity_t_per_year for row in instance.projects) / 1000
    frame = plan.tables.stock_plan.copy()
    frame["kt"] += room
    return with_frame(plan, "stock_plan", frame)


def cover_missed(instance: Instance, plan: Plan) -> Plan | None:
    covered = any(row.kind == "days_of_cover" for row in instance.policies)
    return scaled(plan, "stock_plan", 0.01) if covered else None


def released_in_peace(instance: Instance, plan: Plan) -> Plan | None:
    """What is sold from a stockpile in the nominal first year was filled in it, too."""
    if plan.tables.stock_plan.empty:
        return None
    project, year = plan.tables.stock_plan.iloc[0][["project", "year"]]
    nominal = next(row.id for row in instance.scenarios if row.nominal)
    more = with_row(plan, "filled", nominal, year, project, 0.01)
    return with_row(more, "released", nominal, year, project, 0.01)


def late_plant_on_time(instance: Instance, plan: Plan) -> Plan | None:
    """A plant that is late in a scenario runs there as in the nominal years."""
    activity = plan.tables.activity
    nominal = next(row.id for row in instance.scenarios if row.nominal)
    for row in instance.delays:
        mine = activity[activity["project"] == row.project]
        there = mine[mine["scenario"] == nominal]
        early = there["year"].min() if len(there) else None
        if (
            early is not None
            and not ((mine["scenario"] == row.scenario) & (mine["year"] == early)).any()
        ):
            first = there.loc[there["year"] == early].iloc[0]
            operated = plan.tables.operated_as
            own = (operated["block"] == row.scenario) & (operated["year"] == early)
            if own.any():
                added = (row.scenario, early, row.project, first["recipe"], first["kt"])
                return with_row(plan, "activity", *added)
    return None


def scrap_from_nowhere(instance: Instance, plan: Plan) -> Plan | None:
    """Goods come back sooner than they can: nothing was served the year before."""
    if not instance.end_of_life or plan.tables.collected.empty:
        return None
    first = plan.tables.collected["year"] == instance.settings.first_year
    frame = plan.tables.collected.copy()
    frame.loc[first, "kt"] += 0.25
    return with_frame(plan, "collected", frame) if first.any() else None


def stock_forgotten(_: Instance, plan: Plan) -> Plan | None:
    """The stock of an emergency is carried on as if nothing had been released."""
    released, stock = plan.tables.released, plan.tables.stock
    if released.empty:
        return None
    at = released["kt"].idxmax()
    scenario, year, project = released.loc[at, ["scenario", "year", "project"]]
    gone = (stock["scenario"] == scenario) & (stock["year"] == year) & (stock["project"] == project)
    bare = without(plan, "stock", gone)
    return bare if gone.any() else None
