"""Changing the tables of a plan, for the errors of `planted_errors`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from optimizer.instance import Instance
from optimizer.plan import Plan
from optimizer.plan.tables import table
from optimizer.vocabulary.plan_tables import COLUMNS

if TYPE_CHECKING:
    from optimizer.instance.records import Project

Planting = Callable[[Instance, Plan], Plan | None]


def with_frame(plan: Plan, name: str, frame: pd.DataFrame) -> Plan:
    return replace(plan, tables=replace(plan.tables, **{name: table(name, frame)}))


def with_row(plan: Plan, name: str, *row: object) -> Plan:
    """The plan with a row added; an amount is added to that of the row with the same key."""
    frame = getattr(plan.tables, name)
    keys = [column for column in COLUMNS[name] if column not in ("amount_musd", "kt", "value")]
    both = pd.concat([frame, table(name, [row])], ignore_index=True)
    if len(keys) < len(COLUMNS[name]):
        both = both.groupby(keys, as_index=False, sort=False).sum()
    return with_frame(plan, name, both)


def without(plan: Plan, name: str, gone: pd.Series) -> Plan:
    frame = getattr(plan.tables, name)
    return with_frame(plan, name, frame[~gone]) if gone.any() else plan


def scaled(plan: Plan, name: str, factor: float) -> Plan:
    frame = getattr(plan.tables, name).copy()
    frame.iloc[:, -1] *= factor
    return with_frame(plan, name, frame)


def first_year(instance: Instance) -> int:
    return instance.settings.first_year


def nominal(instance: Instance) -> str:
    return next(row.id for row in instance.scenarios if row.nominal)


def by_fund(instance: Instance, plan: Plan) -> list[Project]:
    """Candidates that the fund makes happen."""
    caused = {project for project, _ in plan.chosen}
    return [row for row in instance.projects if row.id in caused]


def alone(plan: Plan) -> list[tuple[str, int]]:
    choice = plan.tables.choice
    rows = choice[choice["alone"]]
    return list(zip(rows["project"], rows["year"], strict=True))


def not_chosen(instance: Instance, plan: Plan) -> list[Project]:
    there = set(plan.tables.choice["project"])
    return [row for row in instance.projects if row.status == "candidate" and row.id not in there]
