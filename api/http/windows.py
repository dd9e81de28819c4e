"""Moving windows: how often something has happened in the last minute, in this process's memory."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

PERIOD_S = 60.0


class Left(NamedTuple):
    """What a window still has room for."""

    more: int
    again_s: float
    """When there is room for more than that."""


class Windows:
    """A window for each name, kept for as long as something is in it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._moments: dict[str, deque[float]] = {}
        self._sweep_at = 0.0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Windows that are kept."""
        return len(self._moments)

    def enter(self, name: str, most: int) -> bool:
        """Note that something happens now; False, and nothing is noted, if that is one too many."""
        with self._lock:
            now = self._clock()
            self._sweep(now)
            moments = self._moments.setdefault(name, deque())
            _forget(moments, now)
            if len(moments) >= most:
                return False
            moments.append(now)
            return True

    def left(self, name: str, most: int) -> Left:
        """How often it may still happen."""
        with self._lock:
            now = self._clock()
            moments = self._moments.get(name, deque())
            _forget(moments, now)
            oldest = moments[0] if moments else now
            return Left(max(0, most - len(moments)), oldest + PERIOD_S - now)

    def _sweep(self, now: float) -> None:
        """Drop, once in a period, the windows that nothing is in any more."""
        if now < self._sweep_at:
            return
        self._sweep_at = now + PERIOD_S
        for name, moments in list(self._moments.items()):
            _forget(moments, now)
            if not moments:
                del self._moments[name]


def _forget(moments: deque[float], now: float) -> None:
    while moments and moments[0] <= now - PERIOD_S:
        moments.popleft()
