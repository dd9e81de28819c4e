"""What a run is handed and what it leaves, whatever its kind.

Enters: the job's folder, filled by the worker:

    instance.json   the instance
    plans/ID/       each plan that the kind reads

Leaves: a `Report`, which the worker publishes, and in the folder, where a plan was found,

    plan/           as `optimizer.save_plan` writes it
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator

from api.resources.jobs import JobError
from api.resources.plans import ChosenProject
from optimizer.instance.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optimizer.highs.process import Progress, Stop
    from optimizer.instance import Instance
    from optimizer.plan import Options, Plan

INSTANCE = "instance.json"
PLANS = "plans"
PLAN = "plan"
RESULT_BYTES = 2**16
"""How large a result may be: it is kept in the job's row and told with every job of a list."""


@dataclass(frozen=True)
class Task:
    """A job in the process that does it."""

    folder: Path
    options: Options
    stop: Stop
    """Asked when the job is to end soon with the best that it has."""
    progress: Callable[[Progress], None]
    """Tells how far the job has come."""
    patiently: Callable[[Callable[[], None]], None]
    """Writes to the disk, and waits while it is full: hours of search must not be lost for a
    minute."""

    def instance(self) -> Instance:
        """The instance that the job works on."""
        from optimizer.instance import Instance

        # Judged when it was accepted: a what-if that contradicts itself is solved, to its proof.
        # Python reads the JSON, because where memory ends pydantic's own parser ends the process.
        return Instance.model_validate(json.loads((self.folder / INSTANCE).read_bytes()))

    def plan(self, identifier: str) -> Plan:
        """One of the plans that the kind reads."""
        from optimizer.plan.files import load_plan

        return load_plan(self.folder / PLANS / identifier)

    def save(self, plan: Plan) -> None:
        """Leave a plan, to be published with the report."""
        from optimizer.plan.files import save_plan

        self.patiently(lambda: save_plan(plan, self.folder / PLAN))


class Shape(Record):
    """Of a table of the plan."""

    name: str
    rows: int
    columns: tuple[str, ...]


class Words(Record):
    """A plan in words, as the service gives it out."""

    with_instance: str
    alone: str
    """For who may see the plan and not its instance."""


class FoundPlan(Record):
    """What of the plan in `plan/` is told beside its files."""

    assumed_share: float
    """Share of the instance's figures that are assumed (0 to 1)."""
    chosen: tuple[ChosenProject, ...]
    tables: tuple[Shape, ...]
    words: Words | None
    """The plan in words, where that could be done."""


def small(result: dict[str, Any] | None) -> dict[str, Any] | None:
    """A result that is small enough for the job's row.

    Raises:
        ValueError: it is too large.
    """
    if result is not None and len(json.dumps(result)) > RESULT_BYTES:
        raise ValueError(f"a job's result may have {RESULT_BYTES:,} bytes")
    return result


class Report(Record):
    """How a job ended, as its run sees it."""

    state: Literal["succeeded", "stopped_with_plan", "infeasible", "stopped", "failed"]
    """stopped: by a signal, before there was anything to leave."""
    cpu_s: float = 0.0
    """CPU time of the runner and its children."""
    plan: FoundPlan | None = None
    """The plan, or the proof that there is none, whose files are in the folder."""
    result: Annotated[dict[str, Any] | None, AfterValidator(small)] = None
    """What came of the job beside the plan, in its kind's own words; JSON."""
    error: JobError | None = None
