"""Solver processes that stay for the next program: starting one costs more than a small solve.

Enters: a wish to solve a program. Leaves: a process lent for it, with its folder and channel. A
process serves one program at a time, so threads get different ones. It is used again only where its
program ended by itself, and only for as long as it would be started in the same way: one that
failed, fell silent, was told to stop or was interrupted is killed. Every process is replaced after
some programs, or when its memory has grown. Those that nobody has used for a while end, and all of
them end with this process: none is ever shared with another, nor inherited by a fork.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from optimizer.system.channel import Channel
from optimizer.system.confinement import bare_environment
from optimizer.system.scratch import LOCK, temporary
from optimizer.system.threads import ONE_THREAD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULE = "optimizer.highs.child"
MOST_PROGRAMS = 50
"""Programs after which a process is replaced: HiGHS 1.15.1 is not to be trusted for ever."""
MOST_MB = 512.0
"""Largest memory of a process that is used again; what large programs leave it is not returned."""
IDLE_S = 60.0
"""How long a process may wait for its next program."""
ERRORS = "errors"
"""What the process and its libraries print."""
STAYS = (LOCK, ERRORS)
"""Files of its folder that are not a program's."""
INHERITED = (resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_FSIZE)
"""Limits that a process takes over from the one that starts it."""
_reaping = threading.Lock()
"""Held while a process is waited for: what it has used is told apart by the order of ends."""


class SolverProcess:
    """A process that solves, and what it is reached by. It must be ended."""

    def __init__(self) -> None:
        """Start it."""
        self.conditions = conditions()
        self.programs = 0
        self.has_begun = False
        """Whether it has begun the program that it was asked for last."""
        self.peak_mb = 0.0
        self.idle_since = time.monotonic()
        self.killed = False
        self._cpu_s = 0.0
        with ExitStack() as ends:
            self.folder: Path = ends.enter_context(temporary())
            self.channel = ends.enter_context(closing(Channel()))
            errors = ends.enter_context((self.folder / ERRORS).open("wb"))
            self.child = subprocess.Popen(
                [sys.executable, "-m", MODULE, str(self.folder), self.channel.name],
                stdin=subprocess.PIPE,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
                env=bare_environment() | ONE_THREAD,
                **self.channel.options,
            )
            self.channel.started()
            self._ends = ends.pop_all()

    def ask(self, request: dict[str, Any]) -> None:
        """Ask for the program in its folder; a process that has died says so by its silence."""
        self.programs += 1
        self.has_begun = False
        for path in self._files():
            path.chmod(0o644)  # The process may be another user, and the folder is its own.
        assert self.child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.child.stdin.write(json.dumps(request).encode() + b"\n")
            self.child.stdin.flush()

    def note(self, cpu_s: float, peak_mb: float) -> None:
        """Note what it says that it has used."""
        self._cpu_s += cpu_s
        self.peak_mb = peak_mb

    @property
    def serves_on(self) -> bool:
        """Whether it may be given a further program."""
        if self.killed or self.programs >= MOST_PROGRAMS or self.peak_mb >= MOST_MB:
            return False
        return self.child.poll() is None and self.conditions == conditions()

    def tidy(self) -> None:
        """Remove what is left of a program; where that fails, there is no next one."""
        try:
            for path in self._files():
                path.unlink()
        except OSError:
            self.kill()

    def last_words(self) -> str:
        """The end of what it has printed."""
        return (self.folder / ERRORS).read_text(errors="replace")[-2000:]

    def kill(self) -> float:
        """Kill it; returns the CPU time that it has not told of. Its folder stays."""
        if self.killed:
            return 0.0
        self.killed = True
        with _reaping:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.child.kill()
            self.child.wait()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return max(0.0, used - self._cpu_s)

    def end(self) -> None:
        """Kill it and remove its folder."""
        self.kill()
        self.close()

    def close(self) -> None:
        """Give back what it is reached by."""
        if self.child.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.child.stdin.close()
        self._ends.close()

    def _files(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if path.name not in STAYS]


def conditions() -> object:
    """All that a process takes over from this one when it starts.

    A limit of CPU time counts from a process's start: where there is one, no two are alike.
    """
    limits = [resource.getrlimit(number) for number in INHERITED]
    if resource.getrlimit(resource.RLIMIT_CPU)[0] != resource.RLIM_INFINITY:
        return object()
    return limits, os.nice(0), bare_environment()


@dataclass
class Pool:
    """The solver processes of this process."""

    started: int = 0
    """How many processes it has started …"""
    programs: int = 0
    """… and for how many programs."""
    run_s: float = 0.0
    """CPU time that HiGHS itself took for those that were answered."""
    idle: list[SolverProcess] = field(default_factory=list)
    busy: list[SolverProcess] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _orders: SimpleQueue[Future[SolverProcess]] = field(default_factory=SimpleQueue)
    _keeper: threading.Thread | None = None
    _others: list[SolverProcess] = field(default_factory=list)
    """Of the process that this is a fork of: kept, so that nobody waits for them."""

    @contextmanager
    def lent(self) -> Iterator[SolverProcess]:
        """A process for one program, which nobody else has meanwhile.

        It is used again if the context ends without an exception and it was not killed.
        """
        process = self._idle_one() or self._new_one()
        with self._lock:
            self.busy.append(process)
            self.programs += 1
        try:
            yield process
            process.tidy()
        except BaseException:
            process.kill()
            raise
        finally:
            self._take_back(process)

    def end_idle(self, idle_s: float = 0.0) -> None:
        """End the processes that have waited for so long."""
        with self._lock:
            before = time.monotonic() - idle_s
            ended = [process for process in self.idle if process.idle_since <= before]
            self.idle = [process for process in self.idle if process not in ended]
        for process in ended:
            process.end()

    def renew(self) -> None:
        """Let go of all processes in a fork of the process that they belong to."""
        for process in (*self.idle, *self.busy):
            process.close()
        self._others += [*self.idle, *self.busy]
        self.idle, self.busy, self._keeper = [], [], None
        self._lock, self._orders = threading.Lock(), SimpleQueue()

    def _idle_one(self) -> SolverProcess | None:
        while True:
            with self._lock:
                if not self.idle:
                    return None
                process = self.idle.pop()
            if process.serves_on:
                return process
            process.end()

    def _new_one(self) -> SolverProcess:
        """One that the keeper starts.

        The kernel ends a process with the thread that started it: so that thread must be one that
        lives as long as this process, which is no caller's.
        """
        order: Future[SolverProcess] = Future()
        with self._lock:
            self.started += 1
            if self._keeper is None or not self._keeper.is_alive():
                self._keeper = threading.Thread(target=self._keep, name="solvers", daemon=True)
                self._keeper.start()
        self._orders.put(order)
        try:
            return order.result()
        except BaseException:
            order.add_done_callback(_unwanted)
            raise

    def _take_back(self, process: SolverProcess) -> None:
        process.idle_since = time.monotonic()
        with self._lock:
            self.busy.remove(process)
            if serves_on := process.serves_on:
                self.idle.append(process)
        if not serves_on:
            process.end()

    def _keep(self) -> None:
        """Start what is ordered, and end what is not used."""
        while True:
            with contextlib.suppress(Empty):
                order = self._orders.get(timeout=IDLE_S)
                try:
                    order.set_result(SolverProcess())
                except BaseException as trouble:  # Raised again where it was ordered.
                    order.set_exception(trouble)
            self.end_idle(IDLE_S)


def _unwanted(order: Future[SolverProcess]) -> None:
    """End a process that came when nobody waited for it any more."""
    if order.exception() is None:
        order.result().end()


POOL = Pool()
atexit.register(POOL.end_idle)
os.register_at_fork(after_in_child=POOL.renew)
