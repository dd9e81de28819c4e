"""Errors in operation (rules 9 to 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.planting import (
    first_year,
    nominal,
    scaled,
    with_row,
)

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

    pass


def run_above_capacity(instance: Instance, plan: Plan) -> Plan | None:
    for row in instance.recipes:
        if row.capacity_use > 0:
            there = (nominal(instance), first_year(instance), row.project, row.recipe)
            return with_row(plan, "activity", *there, 1e6)
    return None


def reserve_run_in_peace(instance: Instance, plan: Plan) -> Plan | None:
    """A standby plant makes something in a nominal year."""
    kept = {row.id for row in instance.projects if row.standby}
    for row in instance.recipes:
        if row.project in kept:
            there = (nominal(instance), first_year(instance), row.project, row.recipe)
            return with_row(plan, "activity", *there, 0.01)
    return None


def run_before_it_is_unlocked(instance: Instance, plan: Plan) -> Plan | None:
    """A plant runs in a locked recipe what it ran in an open one, in the first year."""
    there = (nominal(instance), first_year(instance))
    choice, activity = plan.tables.choice, plan.tables.activity
    early = set(choice.loc[choice["year"] == there[1], "project"])
    ready = {row.id for row in instance.projects if row.id in early and row.build_years == 0}
    then = (activity["scenario"] == there[0]) & (activity["year"] == there[1])
    for row in instance.recipes:
        usual = activity[then & (activity["project"] == row.project)]
        if row.unlocked_by and row.unlocked_by not in ready and len(usual):
            kt, recipe = float(usual["kt"].iloc[0]), str(usual["recipe"].iloc[0])
            moved = with_row(plan, "activity", *there, row.project, recipe, -kt)
            return with_row(moved, "activity", *there, row.project, row.recipe, kt)
    return None


def served_out_of_turn(instance: Instance, plan: Plan) -> Plan | None:
    """The second in rank takes what it is short of from the first."""
    ranked = sorted((row for row in instance.segments if row.priority), key=lambda r: r.priority)
    for row in plan.tables.short.itertuples():
        if len(ranked) > 1 and row.segment == ranked[-1].id:
            there, first = (row.scenario, row.year), ranked[0].id
            served = with_row(plan, "served", *there, row.segment, 0.1)
            served = with_row(served, "served", *there, first, -0.1)
            short = with_row(served, "short", *there, row.segment, row.tranche, -0.1)
            return with_row(short, "short", *there, first, 1, 0.1)
    return None


def lost_on_the_way(instance: Instance, plan: Plan) -> Plan | None:
    there = (nominal(instance), first_year(instance))
    return with_row(plan, "disposed", *there, instance.zones[0].id, instance.materials[0].id, 0.01)


def bought_above_the_limit(instance: Instance, plan: Plan) -> Plan | None:
    there = (nominal(instance), first_year(instance))
    for row in instance.suppliers:
        return with_row(plan, "purchases", *there, row.id, 1e8)
    return None


def route_overloaded(instance: Instance, plan: Plan) -> Plan | None:
    there = (nominal(instance), first_year(instance))
    for row in instance.routes:
        if row.capacity_t_per_year is not None:
            key = (row.origin, row.destination, row.material)
            return with_row(plan, "flows", *there, *key, 1e8)
    return None


def passed_on(instance: Instance, plan: Plan) -> Plan | None:
    there = (nominal(instance), first_year(instance))
    entrepots = {(row.zone, row.material) for row in instance.entrepots}
    for row in instance.routes:
        if (row.origin, row.material) not in entrepots:
            key = (row.origin, row.destination, row.material)
            return with_row(plan, "flows", *there, *key, 1e8)
    return None


def sold_above_the_limit(instance: Instance, plan: Plan) -> Plan | None:
    there = (nominal(instance), first_year(instance))
    for row in instance.sales:
        return with_row(plan, "sold", *there, row.zone, row.material, 1e8)
    return None


def served_too_much(instance: Instance, plan: Plan) -> Plan | None:
    return scaled(plan, "served", 1.01) if plan.tables.served["kt"].max() > 1e-3 else None


def tranche_too_large(instance: Instance, plan: Plan) -> Plan | None:
    """Go without the cheap tranche alone."""
    for row in instance.tranches:
        there = (nominal(instance), first_year(instance))
        return with_row(plan, "short", *there, row.segment, row.tranche, 1e8)
    return None


def starved(instance: Instance, plan: Plan) -> Plan | None:
    """Go without everything in the last year of a scenario that must be survived."""
    last = instance.settings.last_year
    marked = [row.id for row in instance.scenarios if row.must_survive]
    for row in instance.tranches:
        if marked:
            return with_row(plan, "short", marked[0], last, row.segment, row.tranche, 1e8)
    return None


def corridor_overloaded(instance: Instance, plan: Plan) -> Plan | None:
    there = (nominal(instance), first_year(instance))
    for row in instance.routes:
        if row.corridor is not None:
            key = (row.origin, row.destination, row.material)
            return with_row(plan, "flows", *there, *key, 1e8)
    users = {p.id for p in instance.projects if p.corridor and p.kind != "infrastructure"}
    for recipe in instance.recipes:
        if recipe.project in users:
            return with_row(plan, "activity", *there, recipe.project, recipe.recipe, 1e8)
    return None


def collected_from_nowhere(instance: Instance, plan: Plan) -> Plan | None:
    there = (nominal(instance), first_year(instance))
    zone, material = instance.zones[0].id, instance.materials[0].id
    return with_row(plan, "collected", *there, zone, material, 1e8)
