"""Many machines: procrastinate carries word of queued jobs to workers through PostgreSQL.

Truth stays in our tables. A *ticket* is a procrastinate job that says no more than "there may be
work"; who gets which job, and that it ends once, is decided by the claim. So a ticket that is lost,
late or doubled does no harm, and `sweep` writes a ticket for every queued job that has none.
procrastinate's worker ends when the database restarts, so a loop starts it again.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from api.errors import Conflict, ServiceError
from api.store import dispatch_rows
from api.store.database import driver_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from api.settings import Settings
    from api.store import Store
    from api.work.stopping import Stopping

log = logging.getLogger(__name__)

TASK = "lodestone.job"
QUEUE = "lodestone"
SWEEP_EVERY_S = 2.0
SWEPT_AT_ONCE = 100
WAIT_S = 0.25
AGAIN_S = 1.0
"""Pause before procrastinate's worker is started again."""
STALLED_S = 30.0
"""Age of the last heartbeat from which a worker's tickets are taken for lost."""

Ticket = Future[None]
_SENDERS: dict[str, App] = {}


def notify(store: Store, job: str) -> None:
    """Tell the workers of a job that has been queued; call it after the commit.

    Does nothing where workers ask the database themselves. Nothing is raised: if the word gets
    lost, the next sweep repeats it.
    """
    if store.settings.dispatcher == "poll":
        return
    try:
        _sender(store.settings.url).configure_task(TASK, queue=QUEUE, queueing_lock=job).defer()
    except AlreadyEnqueued:
        return
    except (ConnectorException, ServiceError) as trouble:
        log.warning("no ticket for %s yet: %s", job, trouble)


def sweep(store: Store) -> int:
    """Write tickets for queued jobs that have none, and free those of dead workers.

    Returns:
        How many jobs got a ticket.

    Raises:
        Unavailable: the database does not answer.
    """
    with store.database.write() as tx:
        dispatch_rows.drop_stalled(tx, STALLED_S)
    with store.database.read() as connection:
        without = dispatch_rows.jobs_without(connection, SWEPT_AT_ONCE)
    for job in without:
        notify(store, job)
    return len(without)


def prepare(store: Store) -> None:
    """Make procrastinate's own tables, once.

    Raises:
        Conflict: the database is not PostgreSQL.
    """
    if store.database.embedded:
        raise Conflict(
            "LODESTONE_DISPATCHER=procrastinate needs PostgreSQL: set LODESTONE_DATABASE_URL"
        )
    with store.database.write() as tx:
        dispatch_rows.make_tables(tx)


@contextmanager
def turns(
    store: Store, worker: str, stopping: Stopping
) -> Iterator[Callable[[], AbstractContextManager[bool]]]:
    """What waits for tickets: while the context lasts, this process is a procrastinate worker.

    Raises:
        Conflict: the database is not PostgreSQL.
    """
    prepare(store)
    arrived: queue.Queue[Ticket] = queue.Queue()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()
    keeping = threading.Thread(
        target=lambda: loop.run_until_complete(_listen(store.settings, worker, arrived, ended)),
        name="tickets",
        daemon=True,
    )
    keeping.start()
    try:
        yield lambda: _next(arrived)
    finally:
        loop.call_soon_threadsafe(ended.set)
        keeping.join(store.settings.stop_s / 4)


@contextmanager
def _next(arrived: queue.Queue[Ticket]) -> Iterator[bool]:
    """Wait a moment for a ticket; it is used up at the end of the context, whatever came of it."""
    try:
        ticket = arrived.get(timeout=WAIT_S)
    except queue.Empty:
        yield False
        return
    try:
        yield True
    finally:
        ticket.set_result(None)


async def _listen(
    settings: Settings, worker: str, arrived: queue.Queue[Ticket], ended: asyncio.Event
) -> None:
    """Be a procrastinate worker until the end, again and again as it is thrown out."""
    while not ended.is_set():
        app = App(
            connector=PsycopgConnector(
                conninfo=driver_address(settings.url), min_size=1, max_size=4
            )
        )

        @app.task(name=TASK, queue=QUEUE)
        async def job() -> None:
            ticket: Ticket = Future()
            arrived.put(ticket)
            await asyncio.wrap_future(ticket)

        try:
            async with app.open_async():
                working = asyncio.create_task(
                    app.run_worker_async(
                        queues=[QUEUE],
                        name=worker,
                        concurrency=1,
                        delete_jobs="always",
                        install_signal_handlers=False,
                        shutdown_graceful_timeout=0.1,
                    )
                )
                waiting = asyncio.create_task(ended.wait())
                await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
                if not working.done():
                    working.cancel()
                await asyncio.gather(working, return_exceptions=True)
        except Exception as trouble:
            log.warning("procrastinate's worker ended: %s", trouble)
        if not ended.is_set():
            await asyncio.sleep(AGAIN_S)


def forget() -> None:
    """Close the connections of this process for sending tickets."""
    for app in _SENDERS.values():
        app.close()
    _SENDERS.clear()


def _sender(url: str) -> App:
    """The connections of this process for sending tickets to a database."""
    if url not in _SENDERS:
        app = App(
            connector=SyncPsycopgConnector(
                conninfo=driver_address(url), min_size=0, max_size=2, timeout=2.0
            )
        )
        app.open()
        _SENDERS[url] = app
    return _SENDERS[url]
