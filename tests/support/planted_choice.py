"""Errors in what is started and who pays for it (rules 1 to 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.planting import (
    Planting,
    alone,
    by_fund,
    first_year,
    scaled,
    with_frame,
    with_row,
    without,
)

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan


def started_twice(instance: Instance, plan: Plan) -> Plan | None:
    for project, year in plan.chosen:
        other = year + 1 if year < instance.settings.last_year else year - 1
        return with_row(plan, "choice", project, other, False)
    return None


def operating_started(instance: Instance, plan: Plan) -> Plan | None:
    for row in instance.projects:
        if row.status != "candidate":
            return with_row(plan, "choice", row.id, first_year(instance), False)
    return None


def started_too_late(instance: Instance, plan: Plan) -> Plan | None:
    for row in by_fund(instance, plan):
        if row.build_years:
            choice = plan.tables.choice.copy()
            choice.loc[choice["project"] == row.id, "year"] = instance.settings.last_year
            return with_frame(plan, "choice", choice)
    return None


def alone_forgotten(instance: Instance, plan: Plan) -> Plan | None:
    for project, _ in alone(plan):
        return without(plan, "choice", plan.tables.choice["project"] == project)
    return None


def claimed_alone(instance: Instance, plan: Plan) -> Plan | None:
    if not plan.chosen:
        return None
    choice = plan.tables.choice.copy()
    choice["alone"] = True
    return with_frame(plan, "choice", choice)


def relation_broken(kind: str) -> Planting:
    """Drop what is required, or what a group needs; add what is excluded."""

    def plant(instance: Instance, plan: Plan) -> Plan | None:
        choice = plan.tables.choice
        there = set(choice["project"])
        candidates = {row.id for row in instance.projects if row.status == "candidate"}
        for row in instance.relations:
            listed = [project for project in row.projects if project in candidates]
            settled = len(row.projects) - len(listed)
            if row.kind != kind:
                continue
            if kind == "requires" and there >= set(row.projects):
                return without(plan, "choice", choice["project"] == row.projects[1])
            if kind == "group" and settled < row.least:
                return without(plan, "choice", choice["project"].isin(listed))
            missing = [project for project in listed if project not in there]
            if kind == "excludes" and missing and len(missing) < len(row.projects):
                return with_row(plan, "choice", missing[0], first_year(instance), False)
        return None

    return plant


def underpaid(instance: Instance, plan: Plan) -> Plan | None:
    return None if plan.tables.commitments.empty else scaled(plan, "commitments", 0.9)


def all_private(instance: Instance, plan: Plan) -> Plan | None:
    """What the fund pays comes from private money, beyond the appetite."""
    commitments = plan.tables.commitments
    for row in by_fund(instance, plan):
        mine = commitments[commitments["project"] == row.id]
        amount = float(mine["amount_musd"].sum())
        if amount > 0 and row.private_appetite * row.bankable < 0.99:
            year = int(mine["year"].iloc[0])
            bare = without(plan, "commitments", commitments["project"] == row.id)
            return with_row(bare, "private", row.id, year, amount)
    return None


def fund_in_alone(instance: Instance, plan: Plan) -> Plan | None:
    for project, year in alone(plan):
        if instance.members and instance.instruments:
            private = plan.tables.private
            amount = float(private.loc[private["project"] == project, "amount_musd"].sum())
            bare = without(plan, "private", private["project"] == project)
            money = (instance.instruments[0].id, instance.members[0].id, year, amount)
            return with_row(bare, "commitments", project, *money) if amount else None
    return None


def cash_invented(instance: Instance, plan: Plan) -> Plan | None:
    for member in instance.members:
        more = 1.0 + 0.01 * float(plan.tables.cash["amount_musd"].abs().sum())
        return with_row(plan, "cash", member.id, instance.settings.last_year, more)
    return None


def overspent(instance: Instance, plan: Plan) -> Plan | None:
    for member in instance.members:
        cash = plan.tables.cash
        bare = without(plan, "cash", cash["member"] == member.id)
        return with_row(bare, "cash", member.id, instance.settings.last_year, -5.0)
    return None
