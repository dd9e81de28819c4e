"""Run a program in a child process, watch it, and say what came of it.

Enters: a `Program` and limits. Leaves: an `Answer`. The child runs in a session of its own, so that
Ctrl-C reaches only this process, which asks the child to stop and keep its best solution; a second
Ctrl-C kills it. A kill timer covers presolve and the root relaxation, where HiGHS asks nobody.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from optimizer.channel import Channel
from optimizer.errors import SolverFailed
from optimizer.solving.close import Close
from optimizer.solving.highs_options import highs_options
from optimizer.solving.scaling import scaled
from optimizer.solving.values import load_values, save_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from optimizer.solving.program import Program

    Floats = NDArray[np.float64]

Ending = Literal["optimal", "infeasible", "time_limit", "interrupt"]
PRESOLVED_FROM = 5_000
"""Matrix entries from which HiGHS may presolve. On small programs that gains nothing, and HiGHS
1.15.1 is not to be trusted with it: of 2,400 random ones it called 1 % infeasible that were not,
and from two it never returned, deaf to its time limit (tests/inprocess.py)."""
GRACE_S = 5.0
"""How long a child may take to stop by itself after its limit or after it was asked to."""


@dataclass(frozen=True)
class Progress:
    """How far a solve has come."""

    stage: str
    """What is being done, in words."""
    time_s: float
    incumbent: float | None = None
    bound: float | None = None
    gap: float | None = None
    nodes: int = 0


@dataclass(frozen=True)
class Limits:
    """When a solve ends."""

    close: Close = field(default_factory=Close)
    time_limit_s: float | None = None
    seed: int = 0
    presolve: Literal["choose", "off"] = "choose"
    method: Literal["choose", "ipm"] = "choose"
    """How the linear program, or the root relaxation, is solved."""
    own_gap: float = 0.0
    """Gap to the program's own bound at which it ends as well."""
    careful: bool = False
    """Whether tolerances are tighter than usual."""


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


class Stop:
    """How often the user has asked to stop: once to keep the best plan, twice to give up."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, *_: object) -> None:
        """Count a request."""
        self.asked += 1

    @contextmanager
    def on_interrupt(self) -> Iterator[None]:
        """Count Ctrl-C as a request while the context lasts (in the main thread only)."""
        try:
            before = signal.signal(signal.SIGINT, self.ask)
        except ValueError:
            yield
            return
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


@dataclass
class Watch:
    """Who listens to a running child, and who may stop it."""

    stop: Stop = field(default_factory=Stop)
    progress: Callable[[Progress], None] | None = None
    stage: str = ""
    """What is being done, in words."""
    patient: bool = False
    """Whether the first request to stop waits until the child is done: what it does is short."""
    sent: bool = False
    """Whether the child has been asked to stop."""
    bound: float | None = None
    """The last bound that the child has told: all that is left of it if it must be killed."""
    offer: Floats | None = None
    """A better solution for the running child, from whoever has found one."""

    deliver: Callable[[Floats], None] | None = None
    """How an offer gets to the child, while there is one."""

    def hand_on(self) -> None:
        """Hand an offer to the child."""
        x, self.offer = self.offer, None
        if x is not None and self.deliver is not None:
            self.deliver(x)

    def tell(self, line: bytes) -> None:
        """Pass one line of progress on; a line that is none is passed over."""
        try:
            told = Progress(stage=self.stage, **json.loads(line))
        except (ValueError, TypeError):
            return
        self.bound = told.bound
        if self.progress is not None:
            self.progress(told)

    def pass_on(self, child: subprocess.Popen[bytes]) -> float | None:
        """Hand a request to stop to the child; returns when it must be gone."""
        if self.stop.asked > 1:
            child.kill()
            child.wait()
            raise KeyboardInterrupt
        if self.stop.asked and not self.sent and not self.patient:
            self.sent = True
            child.terminate()
            return time.monotonic() + GRACE_S
        return None


def solve_program(
    program: Program, limits: Limits, watch: Watch | None = None, start: Floats | None = None
) -> Answer:
    """Solve a program in a child process; "infeasible" is believed only when seen twice.

    Raises:
        SolverFailed: the child ended without an answer that can be trusted.
        KeyboardInterrupt: the user asked twice to stop.
    """
    watch = watch or Watch()
    if program.matrix.nnz < PRESOLVED_FROM:
        limits = replace(limits, presolve="off")
    answer = _run(program, limits, watch, start)
    if answer.ending == "infeasible":
        other = replace(limits, presolve="off", seed=limits.seed + 1)
        return _run(program, other, watch, start)
    return answer


def _run(program: Program, limits: Limits, watch: Watch, start: Floats | None) -> Answer:
    watch.sent, watch.bound = False, None
    with tempfile.TemporaryDirectory(prefix="lodestone-") as name:
        folder = Path(name)
        handed = scaled(program)
        handed.program.save(folder / "program.npz")
        if start is not None:
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
            last_words = (folder / "errors").read_text()[-2000:]
            raise SolverFailed(f"the solver process died: {last_words or 'it left no message'}")
        x = _rescued(folder, handed.columns)
        objective = None if x is None else program.value(x)
        ending: Ending = "interrupt" if watch.sent else "time_limit"
        return Answer(ending, x, objective, watch.bound, "", cpu_s)


def _watch_child(folder: Path, limits: Limits, watch: Watch) -> bool:
    """Run the child to its end; returns whether it had to be killed."""
    deadline = None
    if limits.time_limit_s is not None:
        deadline = time.monotonic() + limits.time_limit_s + GRACE_S
    with (
        (folder / "errors").open("w") as errors,
        Channel() as channel,
        subprocess.Popen(
            [sys.executable, "-m", "optimizer.solving.child", str(folder), channel.name],
            stdin=subprocess.PIPE,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            **channel.options,
        ) as child,
    ):
        channel.started()
        try:
            return _listen(child, channel, watch, deadline)
        except BaseException:
            child.kill()
            raise


def _listen(
    child: subprocess.Popen[bytes], channel: Channel, watch: Watch, deadline: float | None
) -> bool:
    while not channel.ended:
        watch.hand_on()
        until = watch.pass_on(child)
        if until is not None:
            deadline = min(until, deadline or until)
        if deadline is not None and time.monotonic() > deadline:
            child.kill()
            return True
        for line in channel.lines(timeout_s=0.1):
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
    return Answer(ending, x, objective, said["bound"], said["version"], cpu_s)


def _rescued(folder: Path, columns: Floats) -> Floats | None:
    """The best solution that a killed child had written down."""
    path = folder / "incumbent.npy"
    return load_values(path) * columns if path.exists() else None
