"""Errors in what contracts do in operation (rules 9 and 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.planting import scaled, without

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.records import Project
    from optimizer.plan import Plan


def offtake_unsigned(instance: Instance, plan: Plan) -> Plan | None:
    """A plant delivers more than can be had of it without its offtake."""
    share = {
        row.id: row.offtake_share * row.capacity_t_per_year / 1000 for row in instance.projects
    }
    for row in instance.contracts:
        signed = plan.tables.signed["contract"] == row.id
        runs = plan.tables.activity[plan.tables.activity["project"] == row.project]["kt"]
        if row.kind == "offtake" and signed.any() and runs.max() > 1.01 * share[row.project]:
            return without(plan, "signed", signed)
    return None


def floor_unsigned(instance: Instance, plan: Plan) -> Plan | None:
    """A plant runs in a crash as if it had the floor that it has not."""
    projects = {row.id: row for row in instance.projects}
    for row in instance.contracts:
        signed = plan.tables.signed["contract"] == row.id
        needed = signed.any() and row.kind == "price_floor"
        if needed and _runs_in_a_crash(instance, plan, projects[row.project]):
            return without(plan, "signed", signed)
    return None


def _runs_in_a_crash(instance: Instance, plan: Plan, project: Project) -> bool:
    """Whether it runs above its open share where prices are under a third of the usual."""
    activity = plan.tables.activity[plan.tables.activity["project"] == project.id]
    most = project.open_share * project.offtake_share * project.capacity_t_per_year / 1000
    dear = max((r.opex_usd_per_t for r in instance.recipes if r.project == project.id), default=0)
    usual = min(
        (p.price_usd_per_t for p in instance.prices if p.material == project.main_material),
        default=0.0,
    )
    return any(
        shock.kind == "price"
        and shock.material == project.main_material
        and usual * shock.factor < dear
        and (
            (activity["scenario"] == shock.scenario)
            & activity["year"].between(shock.first_year, shock.last_year)
            & (activity["kt"] > most + 0.01)
        ).any()
        for shock in instance.shocks
    )


def untaken_hidden(_: Instance, plan: Plan) -> Plan | None:
    return None if plan.tables.untaken.empty else scaled(plan, "untaken", 0.5)
