"""Three plans to compare: the plan of `hand_plans`, one for a changed instance, and none.

What the second does otherwise: the smelter is not started, the refinery starts in 2031 with 50 of
a grant from us in the place of both commitments, and the recycler is started by the fund (a grant
of 20) instead of by itself. Nothing is short in the embargo. Its instance has twice the money,
has lost its outlay and caps China at 0.3 in the end.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from optimizer.instance import Instance
from optimizer.plan.tables import tables
from tests.support.hand_plans import (
    CRITERIA,
    OBJECTIVE,
    RUNNING,
    YEARS,
    hand_instance,
    hand_plan,
    plan_of,
)

if TYPE_CHECKING:
    from optimizer.plan import Plan

OTHERWISE = {
    "choice": [("port", 2030, False), ("recycler", 2031, False), ("refinery", 2031, False)],
    "commitments": [
        ("port", "grant", "us", 2030, 10.0),
        ("recycler", "grant", "jp", 2031, 20.0),
        ("refinery", "grant", "us", 2031, 50.0),
    ],
    "private": [("refinery", 2031, 50.0)],
    "served": [
        *(("nominal", year, "motors", 1.0) for year in YEARS),
        ("embargo", 2032, "motors", 1.0),
    ],
    "short": [],
}


@cache
def changed_instance() -> Instance:
    """The instance of the second plan."""
    changed = hand_instance().changed({"policies.china.final_value": 0.3}, budget_factor=2)
    fields = {name: getattr(changed, name) for name in Instance.model_fields}
    return Instance.model_validate(fields | {"outlays": ()})


def first() -> Plan:
    return replace(hand_plan(), instance_hash=hand_instance().content_hash)


def second() -> Plan:
    """The plan that does otherwise, 30 M$ cheaper and proven to 0.5 M$."""
    plan = plan_of(
        tables(RUNNING | OTHERWISE),
        CRITERIA | {"expected_cost": CRITERIA["expected_cost"] - 30},
        OBJECTIVE - 30,
        OBJECTIVE - 30.5,
    )
    return replace(plan, instance_hash=changed_instance().content_hash)


def none() -> Plan:
    """No plan: the changed instance is said to be infeasible."""
    plan = plan_of(tables({}), objective=None)
    proof = plan.proof.replaced(status="infeasible", stopped_by="infeasible")
    return replace(
        plan, proof=proof, certificate=None, instance_hash=changed_instance().content_hash
    )


def plans() -> dict[str, Plan]:
    return {"one": first(), "two": second(), "none": none()}


def instances() -> dict[str, Instance]:
    return {"one": hand_instance(), "two": changed_instance(), "none": changed_instance()}
