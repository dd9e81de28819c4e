"""Solve again what a plan's decision record says: the job leaves a plan, and how it compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from api.kinds.kind import Kind, Request, Work
from api.resources.base import ResourceId
from api.resources.jobs import Replayed

if TYPE_CHECKING:
    from api.kinds.kind import Shelf
    from api.kinds.task import Report, Task
    from optimizer.plan import Plan


class ReplayRequest(Request):
    """Solve again what a plan's decision record says, and tell whether the same plan comes out."""

    kind: Literal["replay"]
    plan_id: ResourceId


def work(request: ReplayRequest, shelf: Shelf) -> Work:
    """The instance that the plan was found for, under the same options."""
    return shelf.work_of(request.plan_id)


def run(task: Task, request: ReplayRequest) -> Report:
    """Solve, leave the plan, and compare it with the one that was to be repeated."""
    from api.kinds.solving import solve_and_save

    report, plan = solve_and_save(task)
    if plan is None:
        return report
    found = compare(request.plan_id, task.plan(request.plan_id), plan)
    return report.replaced(result=found.model_dump(mode="json"))


def compare(plan_id: str, before: Plan, after: Plan) -> Replayed:
    """What differs from the plan that was to be repeated.

    What a plan of format 1 does not keep, amounts and doing nothing, is not compared.
    """
    from optimizer.plan.files import frames_of

    again = dict(frames_of(after))
    unsaid = {"amounts"} if before.do_nothing is None else set()
    differs = tuple(
        name
        for name, old in frames_of(before)
        if name not in unsaid and not (name in again and old.equals(again[name]))
    )
    then, now = ({**plan.versions, "model": str(plan.model)} for plan in (before, after))
    versions = {name: (then.get(name, ""), now.get(name, "")) for name in sorted({**then, **now})}
    return Replayed(
        plan_id=plan_id,
        same=not differs,
        differs_in=differs,
        other_versions={name: pair for name, pair in versions.items() if pair[0] != pair[1]},
    )


KIND = Kind(
    name="replay",
    request=ReplayRequest,
    work=work,
    run=run,
    plans=lambda request: (request.plan_id,),
    told_as="replayed",
    example={
        "kind": "replay",
        "plan_id": "plan_cc1178b0d3f2e4956a071c28",
        "priority": 5,
        "label": "audit of May",
    },
)
