"""A worker's handle on a runner: start it, order, listen, stop, and account for its CPU time."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from api.errors import DiskFull
from api.patience import Patience
from api.work import guard
from api.work.protocol import Saying
from optimizer.system.channel import Channel
from optimizer.system.threads import ONE_THREAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.work.protocol import Order

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
END_S = 30.0
LOOK_EVERY_S = 1.0
LEAST_SHARE = 0.003
"""Of a core, that a runner which lives uses at least."""


class Runner:
    """A runner's process, from its start to its end."""

    def __init__(self, scratch: Path) -> None:
        """Start it.

        Args:
            scratch: folder in which it has one of its own, for as long as it lives.

        Raises:
            DiskFull: there is no room for that.
        """
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="runner-", dir=scratch.absolute()))
            self._errors = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - closed by `close`
        except OSError as trouble:
            raise DiskFull("a runner has no room for its files") from trouble
        self._channel = Channel()
        self._process = guard.start(
            "api.work.runner",
            self._channel.name,
            # Jobs run side by side: each keeps to a core, and to the address space it may use.
            environment=ONE_THREAD | {"TMPDIR": str(self._folder)},
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
        shutil.rmtree(self._folder, ignore_errors=True)

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


class Life:
    """Signs of life of a runner at work: what it says, and the CPU time that it and its solver use.

    Who waits for a solver that is frozen uses a little, too; whoever computes uses far more, even
    on a machine that is overloaded.
    """

    def __init__(self, runner: Runner, most_s: float) -> None:
        """Begin to watch.

        Args:
            runner: one that has its order.
            most_s: how long there may be no sign.
        """
        self._runner = runner
        self._least_s = LEAST_SHARE * most_s
        self._patience = Patience(most_s)
        self._looked = 0.0
        self.renew()

    def renew(self) -> None:
        """It has said something."""
        self._used_s = self._runner.cpu_s()
        self._patience.renew()

    def is_over(self) -> bool:
        """Look: whether there has been no sign for too long."""
        moment = time.monotonic()
        if moment - self._looked >= LOOK_EVERY_S:
            self._looked = moment
            if abs(self._runner.cpu_s() - self._used_s) > self._least_s:
                self.renew()
        return self._patience.is_over()


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
