"""What a worker and its runner tell each other.

The worker sends one `Order` as a line of JSON on the runner's standard input. The runner answers
with `Saying` lines on its `Channel` and leaves a `Report` in the job's folder. The folder holds

    instance.json   the instance (from the worker)
    before/         the plan that a replay repeats (from the worker)
    plan/           the plan, as `optimizer.save_plan` writes it (from the runner)
    report.json     the report, last of all (from the runner)
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from api.resources.jobs import JobError, JobProgress, Replayed
from api.resources.plans import ChosenProject
from optimizer.instance.records import Record
from optimizer.plan import Options

INSTANCE = "instance.json"
BEFORE = "before"
PLAN = "plan"
REPORT = "report.json"


class Order(Record):
    """One job."""

    folder: Path
    options: Options
    memory_mb: int
    """Address space of the runner and of each of its children."""
    replayed: str | None = None
    """Identifier of the plan in `before/`, for a replay."""


class Saying(Record):
    """One line of a running job: progress or a line of its log."""

    progress: JobProgress | None = None
    line: str | None = None


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


class Report(Record):
    """How a job ended, as its runner sees it."""

    state: Literal["succeeded", "stopped_with_plan", "infeasible", "stopped", "failed"]
    """stopped: by a signal, before there was any plan."""
    cpu_s: float
    """CPU time of the runner and its children."""
    assumed_share: float = 0.0
    """Share of the instance's figures that are assumed (0 to 1)."""
    chosen: tuple[ChosenProject, ...] = ()
    tables: tuple[Shape, ...] = ()
    words: Words | None = None
    """The plan in words, where that could be done."""
    replayed: Replayed | None = None
    error: JobError | None = None

    @property
    def has_plan(self) -> bool:
        """Whether `plan/` holds a plan, or the proof that there is none."""
        return self.state in ("succeeded", "stopped_with_plan", "infeasible")
