"""Named points at which a test can have a process die or stop.

`LODESTONE_FAULT="NAME=kill:FILE"` kills the process with SIGKILL when it reaches the point NAME,
`=freeze:FILE` stops it with SIGSTOP, `=hang:FILE` has the thread that comes here go no further;
once, for FILE is made first. Without the variable nothing happens. What must hold at every point: a
job that was accepted ends exactly once.
"""

from __future__ import annotations

import os
import signal
import time

POINTS = {
    "api.before_commit": "a submission is written, not committed",
    "api.after_commit": "a submission is committed, its answer not sent",
    "worker.claimed": "a job is leased, its runner not started",
    "worker.started": "the runner has been started",
    "worker.heartbeat": "before a lease is renewed",
    "worker.ended": "the runner has ended, nothing is kept yet",
    "worker.filed": "the result files are in place, the row is not",
    "worker.before_commit": "plan and final state are written, not committed",
    "worker.after_commit": "plan and final state are committed",
    "upkeep.round": "a round of upkeep has begun",
    "runner.loaded": "the instance is loaded, the solve has not begun",
    "runner.solving": "the first progress of the solver has come",
    "runner.solved": "the plan is there, not written",
    "runner.saved": "the plan is written for the worker",
    "supervisor.started": "all children have been started",
}
"""Every point and where it lies."""

FAULT = "LODESTONE_FAULT"
"""The variable."""
_FAULT = os.environ.get(FAULT, "")


def reached(point: str) -> None:
    """Die or stop here, if a test asked for it."""
    if not _FAULT:
        return
    name, _, order = _FAULT.partition("=")
    action, _, marker = order.partition(":")
    if name != point:
        return
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    while action == "hang":
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGSTOP if action == "freeze" else signal.SIGKILL)
