"""A worker: claims jobs one after the other and has each run by a runner.

    python -m api.work.worker [NAME]

It imports no solver. SIGTERM: nothing more is claimed, the running job gets a short grace, then it
goes back to the queue for another worker. Its parent's death ends it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from api import logs
from api.errors import DiskFull, Unavailable
from api.settings import Settings
from api.store import Store, claims
from api.store.crew import crew_of
from api.store.existing import must_be_there
from api.store.migrations import current, newest
from api.store.secrets_kept import must_open
from api.work import guard
from api.work.posts import new_name
from api.work.pulse import Pulse
from api.work.run_job import Place, run
from api.work.runner_handle import Runner
from api.work.stopping import Stopping
from api.work.upkeep import Upkeep
from optimizer.system.scratch import scratch, sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.store.claims import Claim
    from api.store.crew import Crew

log = logging.getLogger("api.work.worker")

Turns = Callable[[], AbstractContextManager[bool]]
"""Waits a moment for a job; its value says whether there may be one, and its end that it is done
with."""
GRACE_SHARE = 0.5
"""Part of the time for stopping that a running job may use to end by itself."""
POLL_S = 0.25
WAIT_S = 2.0
"""How soon a worker looks again after the database was away or the disk full."""


def main(name: str | None = None) -> None:
    """Work until asked to end.

    Raises:
        Conflict: the settings do not fit together.
        Invalid: the secrets in the database are sealed with another key.
    """
    guard.bind()
    logs.configure()
    settings = Settings()
    stopping = Stopping(settings.stop_s * GRACE_SHARE)
    stopping.listen()
    must_be_there(settings)
    store = Store(settings)
    worker = name or new_name()
    pulse = Pulse(store, "worker", worker)
    pulse.watch_itself()
    await_tables(store, stopping, pulse)
    with store.database.read() as connection:
        must_open(connection, store.sealer)
    sweep(settings.scratch)
    kept_up = Upkeep(store, stopping)
    crew = crew_of(settings, served=name is not None)
    with turns_of(store, worker, stopping) as turns, scratch(settings.scratch, worker) as folder:
        log.info("worker %s waits for jobs", worker)
        Worker(worker, Place(store, folder, stopping, pulse), kept_up, crew).work(turns)
    log.info("worker %s ends", worker)
    pulse.end()
    store.close()


def await_tables(store: Store, stopping: Stopping, pulse: Pulse) -> None:
    """Wait until the database answers and its tables are of this version: `serve` sees to it."""
    while not stopping.asked:
        pulse.beat("waits for the database")
        try:
            with store.database.read() as connection:
                if current(connection) == newest():
                    return
            log.warning("the tables are not of this version; waiting")
        except Unavailable as trouble:
            log.warning("the worker cannot begin: %s", trouble)
        stopping.wait(WAIT_S)


class Worker:
    """A worker at work."""

    def __init__(self, name: str, place: Place, kept_up: Upkeep, crew: Crew | None = None) -> None:
        self.crew = crew
        self.name = name
        self._kept_up = kept_up
        self.store = place.store
        self.stopping = place.stopping
        self._place = place
        self._spare: Runner | None = None

    def work(self, turns: Turns) -> None:
        """Run jobs until asked to end, or until upkeep hangs; `turns` waits for each."""
        try:
            while not self.stopping.asked:
                if hanging := self._kept_up.hanging():
                    log.error("worker %s ends for another to follow: %s hangs", self.name, hanging)
                    return
                self._place.pulse.beat("waits for jobs")
                self._place.pulse.keep()
                try:
                    self._runner()
                    with turns() as there_may_be_one:
                        if there_may_be_one:
                            self._one()
                except (Unavailable, DiskFull) as trouble:
                    log.warning("worker %s waits: %s", self.name, trouble)
                    self.stopping.wait(WAIT_S)
        finally:
            if self._spare is not None:
                self._spare.close()

    def _one(self) -> None:
        """Claim a job, if it is some job's turn, and run it."""
        runner = self._runner()
        claimed = self._claimed()
        if claimed is None:
            self.stopping.wait(POLL_S)
            return
        log.info("worker %s runs %s, attempt %d", self.name, claimed.job_id, claimed.attempt)
        self._spare = None
        run(self._place, claimed, runner)

    def _runner(self) -> Runner:
        """A runner that waits for an order; its imports take longer than many a solve.

        Raises:
            DiskFull: there is no room for its folder.
        """
        if self._spare is not None and not self._spare.alive:
            self._spare.close()
            self._spare = None
        if self._spare is None:
            self._spare = Runner(self._place.folder)
        return self._spare

    def _claimed(self) -> Claim | None:
        self.store.must_have_room()
        with self.store.database.write() as tx:
            return claims.claim(tx, self.name, self.store.settings.lease_s, self.crew)


def turns_of(store: Store, worker: str, stopping: Stopping) -> AbstractContextManager[Turns]:
    """What waits for jobs, as the settings say.

    Raises:
        Conflict: the dispatcher needs PostgreSQL.
    """
    if store.settings.dispatcher == "poll":
        return nullcontext(lambda: _polled(store, stopping))
    from api.work import dispatch

    return dispatch.turns(store, worker, stopping)


@contextmanager
def _polled(store: Store, stopping: Stopping) -> Iterator[bool]:
    """Whether a job waits; asked with a pause, and without disturbing those who write."""
    with store.database.read() as connection:
        there_are = claims.waiting(connection) > 0
    if not there_are:
        stopping.wait(POLL_S)
    yield there_are


if __name__ == "__main__":
    main(*sys.argv[1:2])
