"""Run a program in a child process, watch it, and say what came of it.

Enters: a `Program` and limits. Leaves: an `Answer`. The child runs in a session of its own, so that
Ctrl-C reaches only this process, which asks the child to stop and keep its best solution; a second
Ctrl-C kills it. A kill timer covers presolve and the root relaxation, where HiGHS asks nobody.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal

from optimizer.errors import SolverFailed
from optimizer.highs.highs_options import highs_options
from optimizer.highs.values import Basis, load_values, save_values
from optimizer.highs.watching import Progress as Progress  # Known by this module's name as well.
from optimizer.highs.watching import Stop as Stop
from optimizer.highs.watching import Watch as Watch
from optimizer.program.scaling import scaled
from optimizer.system.channel import Channel
from optimizer.system.confinement import bare_environment
from optimizer.system.scratch import temporary

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from optimizer.highs.limits import Limits
    from optimizer.program.program import Program

    Floats = NDArray[np.float64]
    Start = Floats | Basis | None

Ending = Literal["optimal", "infeasible", "time_limit", "interrupt"]
PRESOLVED_FROM = 5_000
"""Matrix entries from which HiGHS may presolve. On small programs that mostly gains nothing, and
HiGHS 1.15.1 is not to be trusted with it: of 2,400 random ones it called 1 % infeasible that were
not, and from two it never returned, deaf to its time limit (tests/support/inprocess.py)."""
SOON_S = 10.0
"""A small program that is not solved without presolve by then is tried with it: its "infeasible" is
not believed alone, and it is killed where it falls silent."""
SILENT_S = 60.0
"""How long a presolved small program may say nothing."""
GRACE_S = 5.0
"""How long a child may take to stop by itself after its limit or after it was asked to …"""
GRACE_SHARE = 0.1
"""… and how much longer than a second after a short limit."""


@dataclass(frozen=True)
class Answer:
    """What came of a solve."""

    ending: Ending
    x: Floats | None
    """Best solution, None where there is none."""
    objective: float | None
    bound: float | None
    version: str
    cpu_s: float
    basis: Basis | None = None
    """Where the simplex method ended, for another to begin there; linear programs only."""

    @property
    def value(self) -> float:
        """The objective, infinite without a solution."""
        return math.inf if self.objective is None else self.objective


def solve_program(
    program: Program, limits: Limits, watch: Watch | None = None, start: Start = None
) -> Answer:
    """Solve a program in a child process; "infeasible" is believed only when seen twice.

    It begins at a solution, a linear program at a basis, or cold.

    Raises:
        SolverFailed: the child ended without an answer that can be trusted.
        KeyboardInterrupt: the user asked twice to stop.
    """
    watch = watch or Watch()
    if program.matrix.nnz >= PRESOLVED_FROM or limits.presolve == "off":
        return _believed(program, limits, watch, start)
    began, soon = time.monotonic(), replace(limits, presolve="off")
    if limits.time_limit_s is None or limits.time_limit_s > SOON_S:
        soon = replace(soon, time_limit_s=SOON_S)
    first = _believed(program, soon, watch, start)
    if first.ending != "time_limit" or soon.time_limit_s == limits.time_limit_s:
        return first
    start = start if first.x is None else first.x
    presolved = replace(limits, silent_s=SILENT_S).after(began)
    second = _best(first, _run(program, presolved, watch, start))
    left = limits.after(began)
    if second.ending in ("optimal", "interrupt") or left.time_limit_s == 0:
        return second
    start = start if second.x is None else second.x
    return _best(second, _believed(program, replace(left, presolve="off"), watch, start))


def _believed(program: Program, limits: Limits, watch: Watch, start: Start) -> Answer:
    """What HiGHS says; "infeasible" only where it says so twice."""
    answer = _run(program, limits, watch, start)
    if answer.ending == "infeasible":
        other = replace(limits, presolve="off", seed=limits.seed + 1)
        return _run(program, other, watch, start)
    return answer


def _best(before: Answer, after: Answer) -> Answer:
    """The later answer, with what is better of the one before it."""
    bounds = [answer.bound for answer in (before, after) if answer.bound is not None]
    cpu_s = before.cpu_s + after.cpu_s
    found = replace(after, bound=max(bounds, default=None), cpu_s=cpu_s)
    if before.objective is None or before.x is None:
        return found
    if after.objective is not None and after.objective <= before.objective:
        return found
    return replace(found, x=before.x, objective=before.objective)


def _run(program: Program, limits: Limits, watch: Watch, start: Start) -> Answer:
    watch.sent, watch.bound = False, None
    with temporary() as folder:
        handed = scaled(program)
        handed.program.save(folder / "program.npz")
        if isinstance(start, Basis):
            start.save(folder / "basis.npz")
        elif start is not None:
            save_values(folder / "start.npy", start / handed.columns)
        request = {
            "options": highs_options(limits),
            "close": asdict(limits.close),
            "objective": handed.objective,
        }
        (folder / "request.json").write_text(json.dumps(request))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        watch.deliver = lambda x: save_values(folder / "offer.npy", x / handed.columns)
        killed = _watch_child(folder, limits, watch)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if (folder / "answer.json").exists():
            return _answer(folder, program, handed.columns, cpu_s)
        if not killed and not watch.sent:
            last_words = (folder / "errors").read_text(errors="replace")[-2000:]
            raise SolverFailed(f"the solver process died: {last_words or 'it left no message'}")
        x = _rescued(folder, handed.columns)
        objective = None if x is None else program.value(x)
        ending: Ending = "interrupt" if watch.sent else "time_limit"
        return Answer(ending, x, objective, watch.bound, "", cpu_s)


def _watch_child(folder: Path, limits: Limits, watch: Watch) -> bool:
    """Run the child to its end; returns whether it had to be killed."""
    deadline = None
    if limits.time_limit_s is not None:
        grace = min(GRACE_S, watch.grace_s, 1.0 + GRACE_SHARE * limits.time_limit_s)
        deadline = time.monotonic() + limits.time_limit_s + grace
    with (
        (folder / "errors").open("w") as errors,
        closing(Channel()) as channel,
        subprocess.Popen(
            [sys.executable, "-m", "optimizer.highs.child", str(folder), channel.name],
            stdin=subprocess.PIPE,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
            env=bare_environment() | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            **channel.options,
        ) as child,
    ):
        channel.started()
        try:
            return _listen(child, channel, watch, deadline, limits.silent_s)
        except BaseException:
            child.kill()
            raise


def _listen(
    child: subprocess.Popen[bytes],
    channel: Channel,
    watch: Watch,
    deadline: float | None,
    silent_s: float | None,
) -> bool:
    heard = time.monotonic()
    while not channel.ended:
        watch.hand_on()
        if watch.pass_on(child):
            until = time.monotonic() + min(GRACE_S, watch.grace_s)
            deadline = min(until, deadline or until)
        if deadline is not None and time.monotonic() > deadline:
            child.kill()
            return True
        if silent_s is not None and time.monotonic() > heard + silent_s:
            child.kill()
            return True
        for line in channel.lines(timeout_s=0.1):
            heard = time.monotonic()
            watch.tell(line)
    return False


def _answer(folder: Path, program: Program, columns: Floats, cpu_s: float) -> Answer:
    said = json.loads((folder / "answer.json").read_text())
    if said["returned"] == "kError":
        raise SolverFailed(f"HiGHS reports an error, status {said['status']}")
    endings: dict[str, Ending] = {
        "kOptimal": "optimal",
        "kInfeasible": "infeasible",
        "kUnboundedOrInfeasible": "infeasible",
        "kTimeLimit": "time_limit",
        "kInterrupt": "interrupt",
    }
    ending = "optimal" if said["closed"] else endings.get(said["status"])
    if ending is None or (ending == "optimal" and not said["valid"]):
        raise SolverFailed(f"HiGHS ended with status {said['status']} and no usable solution")
    x = load_values(folder / "answer.npy") * columns if said["valid"] else None
    objective = program.value(x) if x is not None else None
    basis = Basis.load(folder / "end.npz") if (folder / "end.npz").exists() else None
    return Answer(ending, x, objective, said["bound"], said["version"], cpu_s, basis)


def _rescued(folder: Path, columns: Floats) -> Floats | None:
    """The best solution that a killed child had written down."""
    path = folder / "incumbent.npy"
    return load_values(path) * columns if path.exists() else None
