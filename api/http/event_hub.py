"""The event hub: one poll of the database for everybody who waits for a job.

Who waits is woken when the job has a new event; what it is, each reads from the store for itself.
Nothing is queued for anybody, so a slow listener costs nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import TYPE_CHECKING

import structlog
from starlette.concurrency import run_in_threadpool

from api.errors import TooManyRequests
from api.handling import aside
from api.store import jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.caller import Caller
    from api.store import Store

POLL_S = 0.3
STREAMS = 256
"""Streams and long polls that one key may have open."""
OF_ONE = 0.5
"""Part of all connections that may be streams and long polls of one organisation."""

log = structlog.get_logger()


class Watch:
    """What is known of a job that somebody waits for."""

    def __init__(self) -> None:
        self.number = 0
        self.ended = False
        self.listeners = 0
        self.news = asyncio.Event()


class Hub:
    """Wakes those who wait for jobs."""

    def __init__(self, store: Store) -> None:
        self.stopping = False
        self._store = store
        self._watched: dict[str, Watch] = {}
        self._open: Counter[str] = Counter()
        self._of: Counter[str] = Counter()
        """By organisation."""
        self._most = int(store.settings.connections * OF_ONE)
        self._wanted = asyncio.Event()

    @property
    def open(self) -> int:
        """Streams and long polls that are open."""
        return sum(self._open.values())

    def stop(self) -> None:
        """End every wait at once, now and from now on."""
        self.stopping = True
        self._wanted.set()
        for watch in self._watched.values():
            watch.news.set()

    @contextlib.contextmanager
    def listening(self, caller: Caller, job_id: str) -> Iterator[Watch]:
        """Be woken by news of a job, as one of the caller's streams.

        Raises:
            TooManyRequests: the caller, or its organisation, has too many open.
        """
        who = caller.key_id or caller.user_id
        if self._open[who] >= STREAMS:
            raise TooManyRequests(f"{STREAMS} streams of this key are open", retry_after_s=5)
        home = caller.organisation_id
        if self._of[home] >= self._most:
            words = f"{self._most} streams of your organisation are open"
            raise TooManyRequests(words, retry_after_s=5)
        watch = self._watched.setdefault(job_id, Watch())
        watch.listeners += 1
        self._open[who] += 1
        self._of[home] += 1
        self._wanted.set()
        try:
            yield watch
        finally:
            watch.listeners -= 1
            if not watch.listeners:
                del self._watched[job_id]
            self._open[who] -= 1
            self._of[home] -= 1
            for counted, name in ((self._open, who), (self._of, home)):
                if not counted[name]:
                    del counted[name]

    async def wait(self, watch: Watch, ready: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until something is so; False when the time is over or the service stops.

        Args:
            watch: the job.
            ready: what must be so of the watch; asked again after each event.
            timeout_s: how long to wait at most.
        """
        with contextlib.suppress(TimeoutError):
            async with aside(), asyncio.timeout(timeout_s):
                while not ready() and not self.stopping:
                    await watch.news.wait()
        return ready() and not self.stopping

    async def run(self) -> None:
        """Ask for news for as long as the service runs, while anybody waits."""
        while not self.stopping:
            if not self._watched:
                self._wanted.clear()
                await self._wanted.wait()
                continue
            try:
                found = await run_in_threadpool(self._ask, tuple(self._watched))
            except Exception as trouble:  # Whatever the database does, those who wait stay.
                log.warning("no news of jobs", error=type(trouble).__name__)
                found = {}
            for job_id, (number, ended) in found.items():
                self._tell(job_id, number, ended)
            await asyncio.sleep(POLL_S)

    def _ask(self, wanted: tuple[str, ...]) -> dict[str, tuple[int, bool]]:
        with self._store.database.read() as connection:
            return jobs.news(connection, wanted)

    def _tell(self, job_id: str, number: int, ended: bool) -> None:
        watch = self._watched.get(job_id)
        if watch is None or (number <= watch.number and ended == watch.ended):
            return
        watch.number, watch.ended = number, ended
        watch.news.set()
        watch.news = asyncio.Event()
