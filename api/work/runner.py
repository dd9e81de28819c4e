"""The process of one job: reads an order, solves, leaves plan and report, and ends.

    python -m api.work.runner CHANNEL

A worker starts it ahead of time, because its imports take longer than many a solve, and sends the
order when there is one. SIGTERM stops the search and keeps the best plan; a second one gives up.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from api.points import reached
from api.resources.jobs import JobError, JobProgress, Replayed
from api.resources.plans import ChosenProject
from api.work import guard
from api.work.protocol import BEFORE, INSTANCE, PLAN, REPORT, Order, Report, Saying, Shape, Words
from optimizer.errors import InvalidInstance, SolverFailed
from optimizer.highs.pool import POOL
from optimizer.highs.process import Stop
from optimizer.instance import Instance
from optimizer.instance.validation import assumed_values
from optimizer.plan.files import frames_of, load_plan, save_plan
from optimizer.presentation.report import plain
from optimizer.presentation.report import report as report_of
from optimizer.solving.solve import solve
from optimizer.system.channel import Mouth
from optimizer.system.confinement import give_way, leave_network
from optimizer.system.processes import end_with_input
from optimizer.vocabulary.instruments import PAID_BY_THE_FUND

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from optimizer.highs.process import Progress
    from optimizer.plan import Plan, Status

log = logging.getLogger("api.work.runner")

PROGRESS_EVERY_S = 0.5
WRITE_AGAIN_EVERY_S = 1.0
WRITE_FOR_S = 3600.0
"""How long a plan that does not fit on the disk waits for room."""
NO_ROOM = ("no space left", "quota exceeded")
"""What a failure contains that a full disk has caused, here or in the solver's process."""
FULL_BYTES = 2**16
"""Free space from which even the last words of a process are lost."""
OUT_OF_MEMORY = ("bad_alloc", "memoryerror", "cannot allocate", "unable to allocate")
"""What the last words of a process that met its memory limit contain."""
STATES: dict[Status, Literal["succeeded", "stopped_with_plan", "infeasible"]] = {
    "optimal": "succeeded",
    "feasible": "stopped_with_plan",
    "infeasible": "infeasible",
}


class NoRoom(Exception):
    """The disk is full; the job can be done when it is not."""


class Voice:
    """Tells the worker how far the job has come, not too often."""

    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth
        self._last = 0.0
        self._stage = ""

    def progress(self, progress: Progress) -> None:
        """Pass on a report of the solver, at least each change of the stage."""
        if not self._stage:
            reached("runner.solving")
        now = time.monotonic()
        if progress.stage == self._stage and now - self._last < PROGRESS_EVERY_S:
            return
        if progress.stage != self._stage:
            self.say(Saying(line=progress.stage))
        self._last, self._stage = now, progress.stage
        self.say(Saying(progress=JobProgress(**vars(progress))))

    def say(self, saying: Saying) -> None:
        """Write one line."""
        self._mouth.say(saying.model_dump_json(exclude_none=True))


def main() -> None:
    """Do one job."""
    stop = Stop()
    guard.follow_parent()
    voice = Voice(Mouth(sys.argv[1]))
    order = _order()
    end_with_input()
    signal.signal(signal.SIGTERM, stop.ask)
    limit = order.memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    report = _done_with_room(order, voice, stop)
    report = report.replaced(cpu_s=_cpu_s())
    _written(order.folder, report, voice)


def _order() -> Order:
    """The order, read raw: nothing may be left in a buffer for the thread that watches the pipe."""
    text = b""
    while not text.endswith(b"\n"):
        part = os.read(0, 65536)
        if not part:
            sys.exit(0)
        text += part
    return Order.model_validate_json(text)


def _done_with_room(order: Order, voice: Voice, stop: Stop) -> Report:
    """Solve; where the disk was full meanwhile, wait for room and solve again."""
    until = time.monotonic() + WRITE_FOR_S
    while True:
        try:
            return _done(order, voice, stop)
        except NoRoom:
            if stop.asked or time.monotonic() > until:
                return _failed("storage", "the service had no room for this job's files")
            voice.say(Saying(line="waiting for room to solve"))
            time.sleep(WRITE_AGAIN_EVERY_S)


def _done(order: Order, voice: Voice, stop: Stop) -> Report:
    """Solve, and say what came of it; whatever goes wrong is an outcome too."""
    try:
        return _solved(order, voice, stop)
    except InvalidInstance as trouble:
        return _failed("instance", "; ".join(str(fault) for fault in trouble.faults[:5]))
    except KeyboardInterrupt:
        return Report(state="stopped", cpu_s=0.0)
    except Exception as trouble:
        if _speaks_of_room(trouble):
            raise NoRoom from trouble
        if isinstance(trouble, MemoryError) or _speaks_of_memory(trouble):
            words = f"it needs more than the {order.memory_mb} MB of memory that a job may use"
            return _failed("memory", words)
        if isinstance(trouble, SolverFailed):
            return _failed("solver", str(trouble)[-2000:])
        log.exception("a job failed")
        return _failed("internal", "the service failed; its log says more")


def _solved(order: Order, voice: Voice, stop: Stop) -> Report:
    # Judged when it was accepted: a what-if that contradicts itself is solved, to its proof. Python
    # reads the JSON, because where memory ends pydantic's own parser ends the process.
    instance = Instance.model_validate(json.loads((order.folder / INSTANCE).read_bytes()))
    reached("runner.loaded")
    plan = solve(instance, order.options, progress=voice.progress, stop=stop)
    reached("runner.solved")
    state = STATES.get(plan.proof.status)
    if state is None:
        if plan.proof.stopped_by == "interrupt":
            return Report(state="stopped", cpu_s=0.0)
        return _failed("no_plan_in_time", "the time limit came before any plan; allow more time")
    _saved(plan, order.folder, voice)
    assumed, figures = assumed_values(instance)
    return Report(
        state=state,
        cpu_s=0.0,
        assumed_share=assumed / figures if figures else 0.0,
        chosen=chosen_of(plan, instance),
        tables=tuple(
            Shape(name=name, rows=len(frame), columns=tuple(frame.columns))
            for name, frame in frames_of(plan)
        ),
        words=_in_words(plan, instance),
        replayed=_compared(order, plan),
    )


def _in_words(plan: Plan, instance: Instance) -> Words | None:
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


def _compared(order: Order, plan: Plan) -> Replayed | None:
    """What differs from the plan that was to be repeated."""
    if order.replayed is None:
        return None
    before = load_plan(order.folder / BEFORE)
    differs = tuple(
        name
        for (name, old), (_, new) in zip(frames_of(before), frames_of(plan), strict=True)
        if not old.equals(new)
    )
    names = sorted(before.versions.keys() | plan.versions.keys())
    versions = {
        name: (before.versions.get(name, ""), plan.versions.get(name, "")) for name in names
    }
    return Replayed(
        plan_id=order.replayed,
        same=not differs,
        differs_in=differs,
        other_versions={name: pair for name, pair in versions.items() if pair[0] != pair[1]},
    )


def _saved(plan: Plan, folder: Path, voice: Voice) -> None:
    _patiently(lambda: save_plan(plan, folder / PLAN), voice)
    reached("runner.saved")


def _written(folder: Path, report: Report, voice: Voice) -> None:
    def write() -> None:
        part = folder / f"{REPORT}.part"
        part.write_text(report.model_dump_json(), encoding="utf-8")
        part.rename(folder / REPORT)

    _patiently(write, voice)


def _patiently(write: Any, voice: Voice) -> None:
    """Write to the disk; while it is full, wait: hours of search must not be lost for a minute."""
    until = time.monotonic() + WRITE_FOR_S
    while True:
        try:
            write()
        except OSError as trouble:
            if time.monotonic() > until:
                raise
            log.warning("the plan cannot be written: %s", trouble.strerror)
            voice.say(Saying(line="waiting for room to write the plan"))
            time.sleep(WRITE_AGAIN_EVERY_S)
        else:
            return


def _failed(reason: Any, detail: str) -> Report:
    return Report(state="failed", cpu_s=0.0, error=JobError(reason=reason, detail=detail))


def _speaks_of_memory(trouble: Exception) -> bool:
    return any(words in str(trouble).lower() for words in OUT_OF_MEMORY)


def _speaks_of_room(trouble: Exception) -> bool:
    full = shutil.disk_usage(tempfile.gettempdir()).free < FULL_BYTES
    return full or any(words in str(trouble).lower() for words in NO_ROOM)


def _cpu_s() -> float:
    """CPU time of this process and its solvers, which count when they have ended."""
    POOL.end_idle()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(entry.ru_utime + entry.ru_stime for entry in used)


if __name__ == "__main__":
    leave_network()
    give_way()
    main()
