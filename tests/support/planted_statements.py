"""Errors in the form of the tables, in shared operation, and in what a plan says of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from tests.support.planting import (
    Planting,
    nominal,
    with_frame,
)

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

    pass


def named_wrongly(name: str) -> Planting:
    """The first text of a table names nothing that exists."""

    def plant(instance: Instance, plan: Plan) -> Plan | None:
        frame = getattr(plan.tables, name).copy()
        if frame.empty:
            return None
        frame.iloc[0, 0] = "nobody"
        return with_frame(plan, name, frame)

    return plant


def dated_wrongly(name: str) -> Planting:
    def plant(instance: Instance, plan: Plan) -> Plan | None:
        frame = getattr(plan.tables, name).copy()
        if frame.empty:
            return None
        frame.loc[frame.index[0], "year"] = instance.settings.last_year + 1
        return with_frame(plan, name, frame)

    return plant


def amount_of(name: str, amount: float) -> Planting:
    def plant(instance: Instance, plan: Plan) -> Plan | None:
        frame = getattr(plan.tables, name).copy()
        if frame.empty:
            return None
        frame.iloc[0, -1] = amount
        return with_frame(plan, name, frame)

    return plant


def said_twice(name: str) -> Planting:
    def plant(instance: Instance, plan: Plan) -> Plan | None:
        frame = getattr(plan.tables, name)
        return with_frame(plan, name, pd.concat([frame, frame.iloc[:1]])) if len(frame) else None

    return plant


def not_operated(instance: Instance, plan: Plan) -> Plan | None:
    return with_frame(plan, "operated_as", plan.tables.operated_as.iloc[1:])


def shock_ignored(instance: Instance, plan: Plan) -> Plan | None:
    """A shocked scenario-year is operated as if nothing had happened."""
    blocks = plan.tables.operated_as
    usual = nominal(instance)
    own = (blocks["scenario"] == blocks["block"]) & (blocks["scenario"] != usual)
    if not own.any():
        return None
    return with_frame(plan, "operated_as", blocks.assign(block=usual))


def foreseen(instance: Instance, plan: Plan) -> Plan | None:
    """A quiet year of a scenario is operated on its own, as if the shock were known before."""
    blocks = plan.tables.operated_as.copy()
    quiet = (blocks["scenario"] != blocks["block"]).to_numpy()
    if not quiet.any():
        return None
    place = blocks.index[quiet][0]
    blocks.loc[place, "block"] = blocks.loc[place, "scenario"]
    return with_frame(plan, "operated_as", blocks)


def criterion_misstated(name: str) -> Planting:
    def plant(instance: Instance, plan: Plan) -> Plan | None:
        if name not in plan.criteria:
            return None
        wrong = plan.criteria[name] + 0.01 * (1 + abs(plan.criteria[name]))
        return replace(plan, criteria=plan.criteria | {name: wrong})

    return plant


def proof_misstated(field: str, by: float) -> Planting:
    def plant(instance: Instance, plan: Plan) -> Plan | None:
        value = plan.proof.objective
        if value is None:
            return None
        sign = 1.0 if instance.settings.objective.sense == "minimise" else -1.0
        wrong = value + sign * by * (1 + abs(value))
        return replace(plan, proof=plan.proof.replaced(**{field: wrong}))

    return plant


def part_misstated(part: str) -> Planting:
    """A part of the worth is larger than it is, and another may be smaller for it."""

    def plant(instance: Instance, plan: Plan) -> Plan | None:
        stated = plan.proof.worth_parts
        if stated is None or not plan.proof.worth:
            return None
        by = 0.01 * (1 + abs(plan.proof.worth))
        other = "risk" if part != "risk" else "undisturbed"
        moved = {part: getattr(stated, part) + by, other: getattr(stated, other) - by}
        return replace(plan, proof=plan.proof.replaced(worth_parts=stated.replaced(**moved)))

    return plant


def gap_too_small(instance: Instance, plan: Plan) -> Plan | None:
    value = plan.proof.objective
    if not value:
        return None
    sign = 1.0 if instance.settings.objective.sense == "minimise" else -1.0
    far = value - sign * 0.5 * abs(value)
    return replace(plan, proof=plan.proof.replaced(bound=far, gap=0.001))
