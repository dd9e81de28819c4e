"""Run a program in a child process, watch it, and say what came of it.

Enters: a `Program` and limits. Leaves: an `Answer`. The child, of `optimizer.highs.pool`, runs in
a session of its own, so that Ctrl-C reaches only this process, which asks the child to stop and
keep its best solution; a second Ctrl-C kills it. A kill timer covers presolve and the root
relaxation, where HiGHS asks nobody.
"""

from __future__ import annotations

import json
import math
import signal
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from optimizer.errors import SolverFailed
from optimizer.highs.highs_options import highs_options
from optimizer.highs.pool import POOL
from optimizer.highs.values import ANSWER, BEGUN, Basis, load_values, save_values
from optimizer.highs.watching import Progress as Progress  # Known by this module's name as well.
from optimizer.highs.watching import Stop as Stop
from optimizer.highs.watching import Watch as Watch
from optimizer.program.scaling import scaled

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from optimizer.highs.limits import Limits
    from optimizer.highs.pool import SolverProcess
    from optimizer.program.program import Program
    from optimizer.program.scaling import Scaled

    Floats = NDArray[np.float64]
    Said = dict[str, Any]
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
CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
"""How a process ends itself: HiGHS 1.15.1 does so now and then on repeated solves."""


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
    duals: Floats | None = None
    """(rows) Multipliers of a linear program's rows, where they were wanted: of an optimum, or of
    a proof that there is no solution. What they prove has to be computed anew."""

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
    """What a child says of a program.

    One that has served before is replaced by a new one where it crashes, or ends before it begins.
    """
    handed, began = scaled(program), time.monotonic()
    while True:
        with POOL.lent() as process:
            is_new = process.programs == 0
            try:
                said = _watch_child(process, handed, limits.after(began), watch, start)
                if said is not None:
                    POOL.run_s += said["run_s"]
                    answer = _answer(process.folder, program, handed, said)
                    watch.cpu_s += answer.cpu_s
                    if watch.sent or answer.ending not in ("optimal", "infeasible"):
                        process.kill()
                    return answer
            except BaseException:
                watch.cpu_s += process.kill()
                raise
            died = process.channel.ended
            cpu_s = process.kill()
            watch.cpu_s += cpu_s
            if not died or watch.sent:
                x = _rescued(process.folder, handed.columns)
                objective = None if x is None else program.value(x)
                ending: Ending = "interrupt" if watch.sent else "time_limit"
                return Answer(ending, x, objective, watch.bound, "", cpu_s)
            crashed = not process.has_begun or -(process.child.returncode or 0) in CRASHES
            if is_new or not crashed:
                last_words = process.last_words() or "it left no message"
                raise SolverFailed(f"the solver process died: {last_words}")


def _watch_child(
    process: SolverProcess, handed: Scaled, limits: Limits, watch: Watch, start: Start
) -> Said | None:
    """Hand a program to a child and listen; returns its answer, None where it gives none."""
    request = _request(process.folder, handed, limits, start)
    offer = process.folder / "offer.npy"
    watch.sent, watch.bound = False, None
    watch.deliver = lambda x: save_values(offer, x / handed.columns)
    deadline = None
    if limits.time_limit_s is not None:
        grace = min(GRACE_S, watch.grace_s, 1.0 + GRACE_SHARE * limits.time_limit_s)
        deadline = time.monotonic() + limits.time_limit_s + grace
    process.ask(request)
    return _listen(process, watch, deadline, limits.silent_s)


def _request(folder: Path, handed: Scaled, limits: Limits, start: Start) -> dict[str, Any]:
    """Put a program into a child's folder; returns what the child is asked."""
    handed.program.save(folder / "program.npz")
    beginning = None
    if isinstance(start, Basis):
        start.save(folder / "basis.npz")
        beginning = "basis"
    elif start is not None:
        save_values(folder / "start.npy", start / handed.columns)
        beginning = "solution"
    return {
        "options": highs_options(limits),
        "close": asdict(limits.close),
        "objective": handed.objective,
        "start": beginning,
        "duals": limits.duals,
    }


def _listen(
    process: SolverProcess, watch: Watch, deadline: float | None, silent_s: float | None
) -> Said | None:
    """What the child answers; None where it ends or its time is up before that."""
    heard = time.monotonic()
    while not process.channel.ended:
        watch.hand_on()
        if watch.pass_on(process):
            until = time.monotonic() + min(GRACE_S, watch.grace_s)
            deadline = min(until, deadline or until)
        if deadline is not None and time.monotonic() > deadline:
            return None
        if silent_s is not None and time.monotonic() > heard + silent_s:
            return None
        for line in process.channel.lines(timeout_s=0.1):
            heard = time.monotonic()
            process.has_begun = process.has_begun or line == BEGUN
            if line.startswith(ANSWER):
                said: Said = json.loads(line.removeprefix(ANSWER))
                process.note(said["cpu_s"], said["peak_mb"])
                return said
            watch.tell(line)
    return None


def _answer(folder: Path, program: Program, handed: Scaled, said: Said) -> Answer:
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
    x = load_values(folder / "answer.npy") * handed.columns if said["valid"] else None
    objective = program.value(x) if x is not None else None
    basis = Basis.load(folder / "end.npz") if said["basis"] else None
    duals = None
    if said["duals"]:
        duals = load_values(folder / "duals.npy") * handed.rows / handed.objective
    return Answer(ending, x, objective, said["bound"], said["version"], said["cpu_s"], basis, duals)


def _rescued(folder: Path, columns: Floats) -> Floats | None:
    """The best solution that a killed child had written down."""
    path = folder / "incumbent.npy"
    return load_values(path) * columns if path.exists() else None
