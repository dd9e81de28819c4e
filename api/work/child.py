"""A worker's handle on a runner: start it, order, listen, stop, and account for its CPU time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from api.work import guard
from api.work.protocol import Saying
from optimizer.channel import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.work.protocol import Order

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
END_S = 30.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Jobs run side by side: each keeps to one core, and to the address space that it may use."""


class Runner:
    """A runner's process, from its start to its end."""

    def __init__(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._channel = Channel()
        self._process = guard.start(
            "api.work.runner",
            self._channel.name,
            environment=ONE_THREAD,
            bare=True,
            stdout=self._errors,
            stderr=self._errors,
            **self._channel.options,
        )
        self._channel.started()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it has closed its channel: everything that it says has been heard."""
        return self._channel.ended

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def order(self, order: Order) -> None:
        """Send it its one job; a runner that is dead already shows that at the first listening."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(order.model_dump_json().encode() + b"\n")
            self._process.stdin.flush()

    def sayings(self, timeout_s: float) -> Iterator[Saying]:
        """What it has said since; waits for the first word, at most so long."""
        for line in self._channel.lines(timeout_s):
            try:
                saying = Saying.model_validate_json(line)
            except ValidationError:  # Somebody else's line.
                continue
            yield saying

    def ask_to_stop(self) -> None:
        """Ask it to stop and keep its best plan."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def wait(self) -> None:
        """Wait until it is gone, which is soon after it has closed its channel."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=END_S)
        guard.kill(self._process)

    def close(self) -> None:
        """End it now, with all it has started, and forget it."""
        guard.kill(self._process)
        self._channel.close()
        self._errors.close()

    def kill(self) -> None:
        """End it now, with all it has started."""
        guard.kill(self._process)

    def last_words(self) -> str:
        """The end of what it printed."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - 4000))
        return self._errors.read().decode(errors="replace").strip()

    def fate(self) -> str:
        """How it died, in words."""
        code = self._process.wait()
        return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"

    def cpu_s(self) -> float:
        """CPU seconds so far, of it and of its children; 0 where the system does not tell."""
        return _cpu_s(self.pid) + sum(_cpu_s(child) for child in _children(self.pid))


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child)
            for path in Path(f"/proc/{pid}/task").glob("*/children")
            for child in path.read_text().split()
        ]
    except OSError:
        return []


def _cpu_s(pid: int) -> float:
    """Own time, and that of children that have ended: fields 14 to 17 of `/proc/PID/stat`."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICKS_PER_S
