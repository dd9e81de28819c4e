"""A solve in the process of a job, and the plan as it is left: what all kinds that solve share.

Only runs import this, late: it loads the solver.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from api.fault_points import reached
from api.kinds.task import FoundPlan, Report, Shape, Words
from api.resources.jobs import JobError
from api.resources.plans import ChosenProject
from optimizer.instance.validation import assumed_values
from optimizer.plan.files import frames_of
from optimizer.presentation.report import plain
from optimizer.presentation.report import report as report_of
from optimizer.solving.solve import solve
from optimizer.vocabulary.instruments import PAID_BY_THE_FUND

if TYPE_CHECKING:
    from typing import Literal

    from api.kinds.task import Task
    from optimizer.instance import Instance
    from optimizer.plan import Plan, Status

log = logging.getLogger(__name__)

STATES: dict[Status, Literal["succeeded", "stopped_with_plan", "infeasible"]] = {
    "optimal": "succeeded",
    "feasible": "stopped_with_plan",
    "infeasible": "infeasible",
}


class Solved(NamedTuple):
    """What a solve came to."""

    report: Report
    plan: Plan | None
    """Saved, where the report tells of one."""


def solve_and_save(task: Task) -> Solved:
    """Solve the job's instance under its options, and leave the plan."""
    instance = task.instance()
    reached("runner.loaded")
    plan = solve(instance, task.options, progress=task.progress, stop=task.stop)
    reached("runner.solved")
    state = STATES.get(plan.proof.status)
    if state is None:
        if plan.proof.stopped_by == "interrupt":
            return Solved(Report(state="stopped"), None)
        words = "the time limit came before any plan; allow more time"
        return Solved(
            Report(state="failed", error=JobError(reason="no_plan_in_time", detail=words)), None
        )
    task.save(plan)
    reached("runner.saved")
    return Solved(Report(state=state, plan=found_plan(plan, instance)), plan)


def found_plan(plan: Plan, instance: Instance) -> FoundPlan:
    """What of a plan is told beside its files."""
    assumed, figures = assumed_values(instance)
    return FoundPlan(
        assumed_share=assumed / figures if figures else 0.0,
        chosen=chosen_of(plan, instance),
        tables=tuple(
            Shape(name=name, rows=len(frame), columns=tuple(frame.columns))
            for name, frame in frames_of(plan)
        ),
        words=in_words(plan, instance),
    )


def in_words(plan: Plan, instance: Instance) -> Words | None:
    """The plan in words, once for all who will read it; a plan is worth more than its words."""
    try:
        return Words(
            with_instance=plain(report_of(plan, instance)), alone=plain(report_of(plan, None))
        )
    except Exception:
        log.exception("a plan could not be put into words; it is tried again when it is read")
        return None


def chosen_of(plan: Plan, instance: Instance) -> tuple[ChosenProject, ...]:
    """What the fund makes happen, each project with its money over all years (M$).

    The fund's money leaves out what it has only guaranteed and what treasuries forgo.
    """
    commitments, private = plan.tables.commitments, plan.tables.private
    paid = [x.id for x in instance.instruments if x.kind in PAID_BY_THE_FUND]
    fund = commitments[commitments["instrument"].isin(paid)].groupby("project")["amount_musd"].sum()
    others = private.groupby("project")["amount_musd"].sum()
    return tuple(
        ChosenProject(
            project=project,
            start_year=year,
            fund_musd=float(fund.get(project, 0.0)),
            private_musd=float(others.get(project, 0.0)),
        )
        for project, year in plan.chosen
    )
