"""Solve an instance, or a what-if of it: the job leaves a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from api.kinds.kind import Kind, WhatIfRequest, Work
from api.resources.base import Label, ResourceId
from api.resources.jobs import Changes
from optimizer.plan import Options

if TYPE_CHECKING:
    from api.kinds.kind import Shelf
    from api.kinds.task import Report, Task


class SolveRequest(WhatIfRequest):
    """Solve an instance, or a what-if of it."""

    kind: Literal["solve"]
    instance_id: ResourceId
    changes: Changes = ()
    """What to change first; the what-if becomes an instance of its own, with this as parent."""
    options: Options = Options()
    label: Label = ""
    """What to call job and plan, and the what-if if there are changes."""


def work(request: SolveRequest, _: Shelf) -> Work:
    """The instance that is named, under the options that are given."""
    return Work(request.instance_id, request.options.model_dump())


def run(task: Task, _: SolveRequest) -> Report:
    """Solve, and leave the plan."""
    from api.kinds.solving import solve_and_save

    return solve_and_save(task).report


KIND = Kind(
    name="solve",
    request=SolveRequest,
    work=work,
    run=run,
    example={
        "kind": "solve",
        "instance_id": "ins_09fd043e130cf1112219c068",
        "changes": [{"kind": "lock", "project": "loop", "locked": "out"}],
        "options": {
            "gap": 0.001,
            "worth_gap": 0.02,
            "time_limit_s": 600.0,
            "seed": 0,
            "keep": "all",
        },
        "priority": 5,
        "label": "without the loop",
    },
)
