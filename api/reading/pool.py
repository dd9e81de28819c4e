"""The processes of a reading pool, whatever becomes of them.

Pebble ends a process that takes too long over a piece of work, from the moment that the process has
taken it. One that is frozen takes none, and holds up the others; after one that was killed while it
had nothing to do, pebble takes no work any more. Both are noticed here, and the pool is replaced.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import ProcessPool

from api.errors import Unavailable
from api.patience import Patience
from api.reading.guard import guarded, processes_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from api.settings import Settings

TASKS = 1000
"""Pieces of work after which a process is replaced, so that no memory is held for ever. It takes a
second, and processes that take turns come to it at the same time: more often it would be felt."""
BEGINS_S = 30.0
"""How long it may take to start a process, or to end one, beside a piece of work."""
LOOK_S = 0.5
BROKEN = "the reading processes had to be started again"

Result = TypeVar("Result")


class Pool:
    """Processes that do pieces of work; they start with the first."""

    def __init__(self, settings: Settings, processes: int, folder: Path) -> None:
        """Describe them.

        Args:
            settings: limits on time and memory.
            processes: how many.
            folder: theirs, made before the first piece of work.
        """
        self._settings = settings
        self._processes = processes
        self._folder = folder
        self._pending = 0
        self._patience = Patience(settings.reader_time_s + BEGINS_S)
        self._pool = self._new()

    async def run(self, task: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Do a piece of work.

        Raises:
            TimeoutError: it took too long.
            ProcessExpired: its process died over it.
            Unavailable: the processes hung, or had been killed; there are others now.
        """
        pool = self._pool
        try:
            future = self._scheduled(task, args, kwargs)
        except RuntimeError:  # Broken since the last piece of work.
            self._replace(pool)
            pool = self._pool
            future = self._scheduled(task, args, kwargs)
        if not self._pending:
            self._patience.renew()
        self._pending += 1
        try:
            return await self._ended(pool, asyncio.wrap_future(future))
        except BrokenProcessPool:
            self._replace(pool)
            raise Unavailable(BROKEN, retry_after_s=1) from None
        finally:
            self._pending -= 1

    async def _ended(self, pool: ProcessPool, future: asyncio.Future[Result]) -> Result:
        """The result, unless no process of the pool ends any work any more."""
        try:
            while not (await asyncio.wait({future}, timeout=LOOK_S))[0]:
                if pool is not self._pool or self._patience.is_over():
                    self._replace(pool)
                    raise Unavailable(BROKEN, retry_after_s=1)
        finally:
            future.cancel()  # Whoever waited may have gone; what has ended does not mind.
        self._patience.renew()
        return future.result()

    def close(self) -> None:
        """End every process."""
        self._end(self._pool)

    def _scheduled(self, task: Callable[..., Result], args: Any, kwargs: Any) -> Future[Result]:
        limit = self._settings.reader_time_s
        return self._pool.schedule(task, args=args, kwargs=kwargs, timeout=limit)

    def _new(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._processes,
            max_tasks=TASKS,
            initializer=guarded,
            initargs=(os.getpid(), str(self._folder), self._settings.reader_memory_mb),
            context=multiprocessing.get_context("spawn"),
        )

    def _replace(self, broken: ProcessPool) -> None:
        """Put another pool in the place of one, once."""
        if broken is not self._pool:
            return
        for pid in processes_of(self._folder):
            os.kill(pid, signal.SIGKILL)
        self._pool = self._new()
        self._patience.renew()
        threading.Thread(target=self._end, args=(broken,), daemon=True).start()

    @staticmethod
    def _end(pool: ProcessPool) -> None:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
