"""Errors in the form of the tables, in shared operation, and in what a plan says of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from optimizer.plan.tables import table
from optimizer.vocabulary.plan_tables import OPERATION
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


def split_misstated(instance: Instance, plan: Plan) -> Plan | None:
    """What disruptions make of the worth is said to be of the undisturbed world."""
    stated = plan.proof.worth_parts
    if stated is None or plan.do_nothing is None:
        return None
    by = 0.01 * (1 + abs(plan.proof.worth or 0.0))
    moved = {"undisturbed": stated.undisturbed + by, "disruptions": stated.disruptions - by}
    return replace(plan, proof=plan.proof.replaced(worth_parts=stated.replaced(**moved)))


def gap_too_small(instance: Instance, plan: Plan) -> Plan | None:
    value = plan.proof.objective
    if not value:
        return None
    sign = 1.0 if instance.settings.objective.sense == "minimise" else -1.0
    far = value - sign * 0.5 * abs(value)
    return replace(plan, proof=plan.proof.replaced(bound=far, gap=0.001))


def gap_misstated(instance: Instance, plan: Plan) -> Plan | None:
    """A gap stated larger than it is; larger ones hide smaller ones."""
    if plan.proof.gap is None or abs(plan.proof.objective or 0.0) < 1:
        return None
    return replace(plan, proof=plan.proof.replaced(gap=plan.proof.gap + 0.01))


def gap_of_worth_misstated(instance: Instance, plan: Plan) -> Plan | None:
    proof = plan.proof
    if proof.gap_against_doing_nothing is None or (proof.worth or 0.0) < 1:
        return None
    wrong = proof.gap_against_doing_nothing + 0.01
    return replace(plan, proof=proof.replaced(gap_against_doing_nothing=wrong))


def of_nothing_misstated(field: str) -> Planting:
    """What doing nothing comes to, or what the plan is worth."""

    def plant(instance: Instance, plan: Plan) -> Plan | None:
        value = getattr(plan.proof, field)
        if value is None or plan.do_nothing is None:
            return None
        wrong = value + 0.01 * (1 + abs(value))
        return replace(plan, proof=plan.proof.replaced(**{field: wrong}))

    return plant


def made_worth_more(instance: Instance, plan: Plan) -> Plan | None:
    """Do-nothing and worth raised together, so that their arithmetic agrees."""
    proof = plan.proof
    if proof.do_nothing is None or proof.worth is None or plan.do_nothing is None:
        return None
    sign = 1.0 if instance.settings.objective.sense == "minimise" else -1.0
    more = {"do_nothing": proof.do_nothing + 10 * sign, "worth": proof.worth + 10}
    return replace(plan, proof=proof.replaced(gap_against_doing_nothing=None, **more))


def without_fund_misstated(name: str) -> Planting:
    def plant(instance: Instance, plan: Plan) -> Plan | None:
        if name not in plan.without_fund or plan.do_nothing is None:
            return None
        wrong = plan.without_fund[name] * 10 + 1
        return replace(plan, without_fund=plan.without_fund | {name: wrong})

    return plant


def nothing_operated_otherwise(name: str, factor: float) -> Planting:
    """Doing nothing is operated by other numbers than its rules allow."""

    def plant(instance: Instance, plan: Plan) -> Plan | None:
        if plan.do_nothing is None or getattr(plan.do_nothing, name).empty:
            return None
        frame = getattr(plan.do_nothing, name).copy()
        frame.iloc[:, -1] *= factor
        return replace(plan, do_nothing=replace(plan.do_nothing, **{name: table(name, frame)}))

    return plant


def nothing_builds(instance: Instance, plan: Plan) -> Plan | None:
    """Doing nothing starts what the fund pays for in the plan."""
    if plan.do_nothing is None or not plan.chosen:
        return None
    rows = [*plan.do_nothing.choice.itertuples(index=False, name=None), (*plan.chosen[0], False)]
    return replace(plan, do_nothing=replace(plan.do_nothing, choice=table("choice", rows)))


def said_to_be_optimal(instance: Instance, plan: Plan) -> Plan | None:
    """A plan far from its bound claims that it is within the gap."""
    proof, value = plan.proof, plan.proof.objective
    if not value:
        return None
    sign = 1.0 if instance.settings.objective.sense == "minimise" else -1.0
    claimed = {"bound": value - sign * 0.5 * abs(value), "gap": 0.5}
    claimed |= {"gap_against_doing_nothing": None, "status": "optimal", "stopped_by": "gap"}
    return replace(plan, proof=proof.replaced(**claimed))


def amounts_misstated(instance: Instance, plan: Plan) -> Plan | None:
    """What a block comes to by one account is not what its operation does."""
    if plan.tables.amounts.empty:
        return None
    frame = plan.tables.amounts.copy()
    frame.iloc[0, -1] += 1.0
    return with_frame(plan, "amounts", frame)


def dropped(plan: Plan, kept: tuple[str, ...]) -> Plan:
    """The plan with the operation of some scenarios alone."""
    for of_operation in OPERATION:
        frame = getattr(plan.tables, of_operation.name)
        own = frame["scenario"].isin(kept)
        plan = with_frame(plan, of_operation.name, frame[own])
    return replace(plan, kept=kept, do_nothing=None)


def too_little_kept(instance: Instance, plan: Plan) -> Plan | None:
    """A plan without the operation of a scenario that must be survived."""
    if plan.tables.amounts.empty or not any(row.must_survive for row in instance.scenarios):
        return None
    return dropped(plan, (nominal(instance),))


def kept_behind(instance: Instance, plan: Plan) -> Plan | None:
    """A plan that has operation which it says that it does not keep."""
    if plan.tables.amounts.empty or len(instance.scenarios) == 1:
        return None
    return replace(plan, kept=(nominal(instance),), do_nothing=None)


def dropped_and_cheaper(instance: Instance, plan: Plan) -> Plan | None:
    """What is not kept is said to come to less, which the criteria tell."""
    if plan.tables.amounts.empty or len(instance.scenarios) == 1:
        return None
    part = dropped(plan, (nominal(instance),))
    frame = part.tables.amounts.copy()
    gone = (frame["scenario"] != nominal(instance)) & (frame["account"] == "shortage")
    frame.loc[gone, "value"] *= 0.5
    return with_frame(part, "amounts", frame) if gone.any() else None
