"""Who listens to a running child, who may stop it, and what they hear."""

from __future__ import annotations

import json
import math
import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from optimizer.highs.pool import SolverProcess

    Floats = NDArray[np.float64]


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


STOPPED_BY = (signal.SIGINT, signal.SIGTERM)
"""Signals of Ctrl-C, and of whoever ends commands: `timeout`, a batch system, a container."""


class Stop:
    """How often it was asked to stop: once to keep the best plan, twice to give up."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, *_: object) -> None:
        """Count a request."""
        self.asked += 1

    @contextmanager
    def on_interrupt(self) -> Iterator[None]:
        """Count Ctrl-C, and SIGTERM, as a request while the context lasts (in the main thread)."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.ask) for number in STOPPED_BY}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler or signal.SIG_DFL)


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
    grace_s: float = math.inf
    """How long the child may take to stop by itself, where that is shorter than usual."""
    bound: float | None = None
    """The last bound that the child has told: all that is left of it if it must be killed."""
    part: bool = False
    """Whether the child solves a part of the program: its bound then says nothing of the whole …"""
    whole: float | None = None
    """… and this is what is proven of the whole."""
    offer: Floats | None = None
    """A better solution for the running child, from whoever has found one."""

    cpu_s: float = 0.0
    """What the children of this watch have used."""
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
        if self.part:
            told = replace(told, bound=self.whole, gap=_gap(told.incumbent, self.whole))
        if self.progress is not None:
            self.progress(told)

    def pass_on(self, process: SolverProcess) -> bool:
        """Hand a request to stop to the child; returns whether it has just been asked.

        Raises:
            KeyboardInterrupt: the second request gives it up.
        """
        if self.stop.asked > 1:
            raise KeyboardInterrupt
        if self.stop.asked and not self.sent and not self.patient:
            self.sent = True
            process.child.terminate()
            return True
        return False


def _gap(incumbent: float | None, bound: float | None) -> float | None:
    """Distance to a bound as a share of the incumbent's size."""
    if not incumbent or bound is None:
        return None
    return abs(incumbent - bound) / abs(incumbent)
