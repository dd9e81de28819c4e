"""The proof of a large program in a process of its own, while another searches for portfolios.

What a search takes on one core is taken from the proof. Where there are two, both run: better
portfolios are handed to the running proof, which cuts off what cannot beat them, and its bound is
handed to the search, which stops where nothing is left to find.
"""

from __future__ import annotations

import math
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.highs.process import Progress, Stop, Watch, solve_program

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.highs.limits import Limits
    from optimizer.highs.process import Answer
    from optimizer.program.program import Program

    Floats = NDArray[np.float64]

PROVEN_BESIDE_FROM = 100_000
"""Matrix entries from which the proof runs beside the search, where there are two cores …"""
STARTS_FROM = 1_000
"""… and whole decisions. Smaller programs are searched and then proven, which is repeatable."""
QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""What a container may use of its cores: microseconds of each period, or `max`."""
LISTENS_EVERY_S = 0.1
GRACE_S = 1.0
"""How long a proof may take to stop when it is asked to: it has told its bound and its plans."""


def cores() -> int:
    """Cores that this process may use at once: those that it is bound to, within its quota."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    try:
        quota, period = QUOTA.read_text().split()
        count = min(count, max(1, math.floor(int(quota) / int(period))))
    except (OSError, ValueError):
        pass
    return count


def is_proven_beside(program: Program) -> bool:
    """Whether the proof of a program runs beside the search."""
    large = program.matrix.nnz >= PROVEN_BESIDE_FROM
    return large and int(program.integer.sum()) >= STARTS_FROM and cores() > 1


class Halt(Stop):
    """The user's requests to stop, and one of ours beside them."""

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self._stop = stop
        self.halted = 0

    @property
    def asked(self) -> int:
        """How often the child is to be asked to stop."""
        return max(self._stop.asked, self.halted)

    @asked.setter
    def asked(self, _: int) -> None:
        """Requests are the user's to count."""


@dataclass
class Proof:
    """A proof that runs in a thread, which waits for its process."""

    program: Program
    limits: Limits
    stop: Stop
    bound: float | None = None
    """What it has proven so far."""
    incumbent: float | None = None
    answer: Answer | None = field(default=None, init=False)
    _trouble: BaseException | None = field(default=None, init=False)
    _news: Progress | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Start it."""
        self._halt = Halt(self.stop)
        self._watch = Watch(self._halt, self._heard, "portfolio", grace_s=GRACE_S)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._thread.is_alive()

    @property
    def cpu_s(self) -> float:
        """What its processes have used, once it has ended."""
        return self._watch.cpu_s

    def offer(self, x: Floats) -> None:
        """Hand it a better portfolio."""
        self._watch.offer = x

    def wait(self, listen: Watch, seconds: float = math.inf) -> None:
        """Let it go on to its end, or for so long, and tell who listens how far it is."""
        until = time.monotonic() + seconds
        while self.running and time.monotonic() < until and not listen.stop.asked:
            self._thread.join(LISTENS_EVERY_S)
            if listen.progress is not None and self._news is not None:
                listen.progress(self._news)
                self._news = None

    def ended(self) -> Answer:
        """What came of it, once it has ended or is asked to.

        Raises:
            SolverFailed: no answer that can be trusted.
            KeyboardInterrupt: the user asked twice to stop.
        """
        self._halt.halted = int(self.running)
        self._thread.join()
        if self._trouble is not None:
            raise self._trouble
        assert self.answer is not None
        return self.answer

    def _heard(self, line: Progress) -> None:
        self._news = line
        self.bound, self.incumbent = line.bound, line.incumbent

    def give_up(self) -> None:
        """End it at once, whatever it has come to."""
        self._halt.halted = 2
        self._thread.join()

    def _run(self) -> None:
        try:
            self.answer = solve_program(self.program, self.limits, self._watch)
        except BaseException as trouble:  # Raised again by `ended`.
            self._trouble = trouble
