"""How a process learns that it is to end: SIGTERM or SIGINT, and a little time from then on."""

from __future__ import annotations

import signal
import threading
import time


class Stopping:
    """Whether this process has been asked to end, and whether its time is over."""

    def __init__(self, grace_s: float) -> None:
        self.grace_s = grace_s
        self._event = threading.Event()
        self._at = 0.0

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as requests to end (from the main thread)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.ask)

    def ask(self, *_: object) -> None:
        """Ask this process to end; the first request counts."""
        if not self._event.is_set():
            self._at = time.monotonic()
            self._event.set()

    @property
    def asked(self) -> bool:
        """Whether nothing new is to be begun."""
        return self._event.is_set()

    @property
    def over(self) -> bool:
        """Whether what was begun is to be left."""
        return self.asked and time.monotonic() > self._at + self.grace_s

    def wait(self, seconds: float) -> bool:
        """Sleep, but no longer than until the request; returns whether it has come."""
        return self._event.wait(seconds)
