"""Errors against policies (rules 5 to 8 and 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from optimizer.checker import policy_rows
from optimizer.plan.tables import table
from tests.support.planting import (
    Planting,
    first_year,
    nominal,
    not_chosen,
    scaled,
    with_frame,
    with_row,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.instance import Instance
    from optimizer.instance.records import Policy
    from optimizer.plan import Plan


def in_force(instance: Instance, *kinds: str) -> list[Policy]:
    return [row for row in instance.policies if row.enabled and row.kind in kinds]


def missed(instance: Instance, plan: Plan, policy: Policy) -> bool:
    """Whether a row of the policy does not hold, by its own numbers."""
    rows = policy_rows(instance, plan)
    return bool((rows.loc[rows["policy"] == policy.id, "slack"] < -1e-3).any())


def money_moved(*, of_member: bool) -> Planting:
    """Commit nothing at all, or far too much."""

    def plant(instance: Instance, plan: Plan) -> Plan | None:
        for policy in in_force(instance, "money_share"):
            if (policy.member is not None) == of_member:
                for factor in (0.0, 1e3):
                    other = scaled(plan, "commitments", factor)
                    if missed(instance, other, policy):
                        return other
        return None

    return plant


def choices(instance: Instance, plan: Plan) -> Iterable[Plan]:
    """The plan with nothing started, with everything started, and with the opposite started."""
    choice, year = plan.tables.choice, first_year(instance)
    others = table("choice", [(row.id, year, False) for row in not_chosen(instance, plan)])
    yield with_frame(plan, "choice", choice.iloc[:0])
    yield with_frame(plan, "choice", pd.concat([choice, others]))
    yield with_frame(plan, "choice", others)


def chosen_otherwise(kind: str) -> Planting:
    """Start something else, so that a policy on what is started is missed."""

    def plant(instance: Instance, plan: Plan) -> Plan | None:
        for policy in in_force(instance, kind):
            for other in choices(instance, plan):
                if missed(instance, other, policy):
                    return other
        return None

    return plant


def run_harder(kind: str) -> Planting:
    """Run everything a million times as hard, so that a cap is missed."""

    def plant(instance: Instance, plan: Plan) -> Plan | None:
        other = scaled(plan, "activity", 1e6)
        policies = in_force(instance, kind)
        return other if any(missed(instance, other, row) for row in policies) else None

    return plant


def excess_hidden(instance: Instance, plan: Plan) -> Plan | None:
    excess = plan.tables.excess
    if not (excess["kt"] > 1e-3).any():
        return None
    return with_frame(plan, "excess", excess.iloc[:0])


def excess_of_a_hard_row(instance: Instance, plan: Plan) -> Plan | None:
    for row in in_force(instance, "country_share", "stage_share"):
        if row.hard:
            year = row.first_year or first_year(instance)
            return with_row(plan, "excess", row.id, year, 1.0)
    return None


def bought_from(instance: Instance, plan: Plan) -> Plan | None:
    """Buy enough from the country of a cap to break it, whatever else holds."""
    content = {(row.material, row.element): row.content_t_per_t for row in instance.contents}
    stage = {row.id: row.stage for row in instance.materials}
    for policy in in_force(instance, "country_share"):
        year = policy.first_year or first_year(instance)
        for row in instance.suppliers:
            own = row.country == policy.country and stage[row.material] == policy.stage
            if own and content.get((row.material, str(policy.element))):
                return with_row(plan, "purchases", nominal(instance), year, row.id, 1e9)
    return None


def mined_for_others(instance: Instance, plan: Plan) -> Plan | None:
    """A country's mines run a million times as hard, its refineries do not."""
    for policy in in_force(instance, "local_processing"):
        mines = {row.id for row in instance.projects if row.kind == "mine"}
        activity = plan.tables.activity.copy()
        activity.loc[activity["project"].isin(mines), "kt"] *= 1e6
        other = with_frame(plan, "activity", activity)
        if missed(instance, other, policy):
            return other
    return None


def bought_of_the_untrusted(instance: Instance, plan: Plan) -> Plan | None:
    """A thousand times as much is bought of everybody."""
    other = scaled(plan, "purchases", 1e3)
    policies = in_force(instance, "untrusted_share")
    return other if any(missed(instance, other, row) for row in policies) else None
