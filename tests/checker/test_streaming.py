"""The checker has one scenario in hand at a time, and finds the same whatever their number."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from optimizer.checker import check, criteria_of
from optimizer.checker.walk import Walk
from optimizer.errors import InvalidPlan
from optimizer.instance.formats.reader import load
from optimizer.plan.files import load_plan
from optimizer.vocabulary.plan_tables import OPERATION
from tests.support.hand_cases import HandCase, hand_cases
from tests.support.planting import with_frame

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.instance import Instance
    from optimizer.plan import Plan

NAME = "us-australia"


def multiplied(instance: Instance, plan: Plan, times: int) -> tuple[Instance, Plan]:
    """Every scenario with shocks comes so many times, each with its part of the probability.

    What is expected, and the worst part of it, are the same. What the plan says of its amounts,
    its projects and doing nothing is left out.
    """
    for name in ("amounts", "project_accounts"):
        plan = with_frame(plan, name, getattr(plan.tables, name).iloc[:0])
    plan = replace(plan, do_nothing=None)
    nominal = next(row.id for row in instance.scenarios if row.nominal)

    def again(name: str, k: int) -> str:
        return name if k == 0 or name == nominal else f"{name}_{k}"

    scenarios = [
        row
        if row.nominal
        else row.replaced(id=again(row.id, k), probability=row.probability / times)
        for row in instance.scenarios
        for k in range(1 if row.nominal else times)
    ]
    shocks = [
        row.replaced(id=f"{row.id}_{k}", scenario=again(row.scenario, k))
        for row in instance.shocks
        for k in range(times)
    ]
    delays = [
        row.replaced(scenario=again(row.scenario, k))
        for row in instance.delays
        for k in range(times)
    ]
    failures = [
        row.replaced(scenario=again(row.scenario, k))
        for row in instance.failures
        for k in range(times)
    ]
    many = {"scenarios": tuple(scenarios), "shocks": tuple(shocks), "delays": tuple(delays)}
    many["failures"] = tuple(failures)
    for name in ("operated_as", *(table.name for table in OPERATION)):
        frame = getattr(plan.tables, name)
        columns = [column for column in ("scenario", "block") if column in frame]
        copies = [frame]
        for k in range(1, times):
            copy = frame[frame["scenario"] != nominal].copy()
            for column in columns:
                copy[column] = [again(value, k) for value in copy[column]]
            copies.append(copy)
        plan = with_frame(plan, name, pd.concat(copies))
    return instance.model_copy(update=many), plan


def peak_of_check(instance: Instance, plan: Plan) -> int:
    """The most that a check holds at a time beside instance and plan (bytes)."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        check(instance, plan)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def arrays_of(case: Case) -> int:
    """What the scenario in hand takes as arrays: its operation, and its data after the shocks."""
    held = [*case.answer.operation.values(), *vars(case.worlds).values()]
    return sum(one.nbytes for one in held if isinstance(one, np.ndarray))


def test_memory_does_not_grow_by_what_scenarios_hold() -> None:
    """A scenario more is remembered by a fraction of its arrays: its amounts, and where its rows
    stand. Where all were held at once, it took more than all of them."""
    instance, plan = load(f"instances/{NAME}"), load_plan(f"instances/{NAME}/plan")
    few, many = multiplied(instance, plan, 2), multiplied(instance, plan, 10)
    more = len(many[0].scenarios) - len(few[0].scenarios)
    held = [arrays_of(case) for case in Walk(*few).cases()]
    for made, of in (few, many):
        check(made, of)  # What is made once for all of the process is there.

    grown = peak_of_check(*many) - peak_of_check(*few)

    assert more > 40
    assert grown < more * 0.5 * max(held)


def test_no_more_than_two_scenarios_are_in_hand() -> None:
    """The one that is judged and the nominal one; the case before is let go of."""
    instance, plan = multiplied(*next((c.instance, c.plan) for c in hand_cases()), 6)
    walk, seen = Walk(instance, plan), list[weakref.ref[Any]]()
    for case in walk.cases():
        seen.append(weakref.ref(case))
        assert {len(case.instance.scenarios), case.worlds.limit.shape[0]} <= {1, 2}
        assert set(case.answer.scenario.tolist()) <= {0}
        del case
        gc.collect()
        assert sum(one() is not None for one in seen) <= 2

    assert len(seen) == len(instance.scenarios)


@pytest.mark.parametrize("case", hand_cases(), ids=lambda case: case.name)
def test_scenarios_in_parts_are_the_same_scenarios(case: HandCase) -> None:
    """What is expected and the tail do not change, and nothing is found that was not there."""
    instance, plan = case.instance, case.plan
    split, of = multiplied(instance, plan, 3)

    assert criteria_of(split, of) == pytest.approx(criteria_of(instance, plan))
    assert check(split, of).violations == ()


def test_the_order_of_the_rows_does_not_matter() -> None:
    """Rows of all scenarios mixed up are found all the same."""
    for case in hand_cases():
        plan = case.plan
        for name in ("operated_as", *(table.name for table in OPERATION)):
            frame = getattr(plan.tables, name)
            plan = with_frame(plan, name, frame.sample(frac=1, random_state=1))

        assert check(case.instance, plan).violations == ()
        assert criteria_of(case.instance, plan) == criteria_of(case.instance, case.plan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kt": "plenty"}, "flows: .*plenty"),
        ({"year": 2030.0}, ""),
    ],
)
def test_frames_of_other_types_are_read_or_refused(change: dict[str, object], message: str) -> None:
    """Text for numbers is refused in words; whole numbers written as others are understood."""
    instance, plan = next((case.instance, case.plan) for case in hand_cases())
    frame = plan.tables.flows
    first = frame["year"] == 2030
    assert first.sum() == 1
    spoilt = frame.astype(object)
    for column, value in change.items():
        spoilt.loc[first, column] = value
    wrong = replace(plan, tables=replace(plan.tables, flows=spoilt))

    if message:
        with pytest.raises(InvalidPlan, match=message):
            check(instance, wrong)
    else:
        assert check(instance, wrong).violations == ()


def test_a_frame_without_a_column_is_refused() -> None:
    instance, plan = next((case.instance, case.plan) for case in hand_cases())
    lacking = replace(plan.tables, flows=plan.tables.flows.drop(columns="kt"))

    with pytest.raises(InvalidPlan, match=r"flows: .*kt"):
        check(instance, replace(plan, tables=lacking))
