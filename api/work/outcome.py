"""How a job ends, told from what its runner reports and what it had been asked.

| runner | state |
|---|---|
| a plan within the gap, or whatever else its kind came to leave | succeeded |
| a plan, but not within the gaps asked for | stopped_with_plan |
| the proof that there is no plan | infeasible |
| stopped before any plan: cancelled | cancelled |
| stopped before any plan: out of time | failed, no_plan_in_time |
| out of memory, solver failed, … | failed, with the reason |
| dead without a report | back to the queue, until that has happened too often |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from api.kinds.task import PLAN
from api.resources.jobs import JobError
from api.resources.plans import TableInfo
from api.store.claims import FiledPlan, Outcome
from optimizer.plan.document import PLAN_FILE, PlanDocument
from optimizer.vocabulary.plan_tables import file_of

if TYPE_CHECKING:
    from pathlib import Path

    from api.kinds.task import FoundPlan, Report, Shape
    from api.resources.jobs import JobState
    from api.store.files import Files


class RunnerLost(Exception):
    """The runner died without a report, and nobody had asked it to stop."""


@dataclass
class Ask:
    """Why a runner was asked to stop, if it was."""

    cancelled: bool = False
    """Its submitter wants it to stop."""
    late: bool = False
    """It has had all the time that a job may have."""


class Ended(NamedTuple):
    """A job whose runner is gone, nothing of it filed yet."""

    state: JobState
    cpu_s: float
    report: Report | None = None
    error: JobError | None = None


def failed(reason: Any, detail: str, cpu_s: float = 0.0) -> Ended:
    """A job that failed, in words for its submitter."""
    return Ended("failed", cpu_s, error=JobError(reason=reason, detail=detail))


def judged(report: Report | None, ask: Ask, cpu_s: float, fate: str) -> Ended:
    """How a job ended.

    Args:
        report: what its runner left, if anything.
        ask: why the runner was asked to stop, if it was.
        cpu_s: CPU seconds of the runner as the system tells them.
        fate: how the runner's process ended, in words.

    Raises:
        RunnerLost: the runner died, and nobody had asked it to stop.
    """
    if report is not None and report.state != "stopped":
        return Ended(report.state, report.cpu_s, report, report.error)
    if ask.cancelled:
        return Ended("cancelled", cpu_s)
    if ask.late:
        return failed("no_plan_in_time", "a job's time was over before there was any plan", cpu_s)
    raise RunnerLost(f"it ended {fate}")


def filed(ended: Ended, folder: Path, files: Files) -> Outcome:
    """Keep the tables of a plan among the result files; returns what is to be published.

    Args:
        ended: how the job ended.
        folder: the job's folder, with the plan if there is one.
        files: the result files.

    Raises:
        DiskFull: there is no room.
    """
    report = ended.report
    if report is None:
        return Outcome(ended.state, ended.cpu_s, error=ended.error)
    plan = _filed_plan(report.plan, folder, files) if report.plan is not None else None
    return Outcome(ended.state, ended.cpu_s, plan, report.result, ended.error)


def _filed_plan(found: FoundPlan, folder: Path, files: Files) -> FiledPlan:
    text = (folder / PLAN / PLAN_FILE).read_bytes()
    words = found.words
    return FiledPlan(
        document=PlanDocument.model_validate_json(text),
        chosen=found.chosen,
        tables=tuple(_kept(shape, folder, files) for shape in found.tables),
        assumed_share=found.assumed_share,
        reports={True: words.with_instance, False: words.alone} if words else {},
    )


def _kept(shape: Shape, folder: Path, files: Files) -> TableInfo:
    content = (folder / PLAN / file_of(shape.name)).read_bytes()
    return TableInfo(
        name=shape.name,
        rows=shape.rows,
        columns=shape.columns,
        size_bytes=len(content),
        sha256=files.put(content),
    )
