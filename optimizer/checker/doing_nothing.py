"""Doing nothing: the world without the fund, checked as any plan is.

Enters: a plan with the tables of doing nothing. Leaves: the plan that they are, for the instance
without the fund, whose only choice is what goes ahead by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.plan import altered

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.records import Project
    from optimizer.plan import Plan


def unfunded(instance: Instance) -> Instance:
    """The instance without the fund.

    Candidates start in the year in which they go ahead by themselves, or never. There are no
    policies, relations, contracts and further steps, and the members have no money.
    """
    return instance.model_copy(
        update={
            "projects": tuple(_by_itself(row) for row in instance.projects),
            "members": tuple(
                row.model_copy(update={"opening_cash_musd": 0.0}) for row in instance.members
            ),
            "contributions": (),
            "outlays": (),
            "policies": (),
            "relations": (),
            "contracts": (),
            "steps": (),
        }
    )


def plan_of_nothing(plan: Plan) -> Plan | None:
    """What a plan says of doing nothing, as a plan; None where it keeps no tables of it."""
    if plan.do_nothing is None:
        return None
    return altered(plan, tables=plan.do_nothing, criteria=plan.without_fund, do_nothing=None)


def _by_itself(project: Project) -> Project:
    """A project that nobody helps: it starts when it goes ahead by itself, or never."""
    if project.status != "candidate":
        return project
    year = project.goes_ahead_alone
    if project.locked == "out" or year is None:
        return project.model_copy(update={"locked": "out"})
    return project.model_copy(update={"locked": "free", "earliest_start": year})
