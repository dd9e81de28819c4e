"""The process of one job: reads an order, does what its kind does, leaves a report, and ends.

    python -m api.work.runner CHANNEL

A worker starts it ahead of time, because its imports take longer than many a solve, and sends the
order when there is one. SIGTERM stops the search and keeps the best plan; a second one gives up.
"""

from __future__ import annotations

import logging
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from api import kinds
from api.fault_points import reached

# The solver is loaded while the runner waits for its order: that takes longer than many a solve.
from api.kinds import solving as solving
from api.kinds.task import Report, Task
from api.resources.jobs import JobError, JobProgress
from api.work import guard
from api.work.protocol import REPORT, Order, Saying
from optimizer.errors import InvalidInstance, InvalidOptions, SolverFailed
from optimizer.highs.pool import POOL
from optimizer.highs.process import Stop
from optimizer.system.channel import Mouth
from optimizer.system.confinement import give_way, leave_network
from optimizer.system.memory import most_bytes
from optimizer.system.processes import end_with_input

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optimizer.highs.process import Progress

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
USED_UP = 0.8
"""Share of its limit from which a process is taken to have met it."""


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
    """Do the job; where the disk was full meanwhile, wait for room and do it again."""
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
    """Do what the job's kind does, and say what came of it; what goes wrong is an outcome too."""
    try:
        kind, request = kinds.read(order.kind, order.request)
        return kind.run(_task(order, voice, stop), request)
    except InvalidInstance as trouble:
        return _failed("instance", "; ".join(str(fault) for fault in trouble.faults[:5]))
    except InvalidOptions as trouble:
        return _failed("instance", f"the options do not fit the instance: {trouble}")
    except KeyboardInterrupt:
        return Report(state="stopped")
    except Exception as trouble:
        if _speaks_of_room(trouble):
            raise NoRoom from trouble
        if _is_of_memory(trouble, order.memory_mb * 2**20):
            words = f"it needs more than the {order.memory_mb} MB of memory that a job may use"
            return _failed("memory", words)
        if isinstance(trouble, SolverFailed):
            return _failed("solver", str(trouble)[-2000:])
        log.exception("a job failed")
        return _failed("internal", "the service failed; its log says more")


def _task(order: Order, voice: Voice, stop: Stop) -> Task:
    return Task(
        folder=order.folder,
        options=order.options,
        stop=stop,
        progress=voice.progress,
        patiently=lambda write: _patiently(write, voice),
    )


def _written(folder: Path, report: Report, voice: Voice) -> None:
    def write() -> None:
        part = folder / f"{REPORT}.part"
        part.write_text(report.model_dump_json(), encoding="utf-8")
        part.rename(folder / REPORT)

    _patiently(write, voice)


def _patiently(write: Callable[[], None], voice: Voice) -> None:
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
    return Report(state="failed", error=JobError(reason=reason, detail=detail))


def _is_of_memory(trouble: Exception, limit: int) -> bool:
    """Whether something failed because memory ended, which not every library says.

    Python's own imports lose a MemoryError at times, and raise a SystemError or an ImportError in
    its place: with most of the limit used, that is what it was.
    """
    if isinstance(trouble, MemoryError):
        return True
    if any(words in str(trouble).lower() for words in OUT_OF_MEMORY):
        return True
    lost = isinstance(trouble, SystemError | ImportError)
    return lost and (most_bytes("VmPeak") or 0) > USED_UP * limit


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
