"""What has to be done now and then, by any worker: nothing here belongs to a job of its own.

Lost jobs go back to the queue, old idempotency keys and files that nothing names are deleted,
scratch folders of dead workers are swept, and messages to webhooks are delivered. Several workers
may do the same at once: each act is a transaction, or harmless when done twice.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.errors import DiskFull, Unavailable
from api.store import ends, idempotency, instances, plans, returns
from api.work.scratch import sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.store import Store
    from api.work.stopping import Stopping

log = logging.getLogger(__name__)

COURIER_EVERY_S = 1.0
TIDY_EVERY_S = 600.0
SLOW_S = 1.0
"""A transaction that takes longer to begin has found the database busy or away."""
RENEWED_WITHIN_S = 2.0
"""How soon, at least, healthy workers have renewed their leases once they can."""


def start(store: Store, stopping: Stopping) -> None:
    """Begin to look after the store, in threads that end with the process."""
    acts: dict[str, tuple[float, Callable[[], object]]] = {
        "reaper": (min(5.0, store.settings.lease_s / 2), Reaper(store).look),
        "courier": (COURIER_EVERY_S, lambda: _deliver(store)),
        "tidying": (TIDY_EVERY_S, lambda: tidy(store)),
    }
    if store.settings.dispatcher != "poll":
        from api.work import dispatch

        acts["tickets"] = (dispatch.SWEEP_EVERY_S, lambda: dispatch.sweep(store))
    for name, (every_s, act) in acts.items():
        threading.Thread(
            target=_again_and_again, args=(stopping, every_s, act), name=name, daemon=True
        ).start()


@dataclass
class Reaper:
    """Gives the jobs whose lease has run out to others.

    While the database is away or full nobody can renew a lease, and healthy workers must not lose
    their jobs by that: after such a time they have the first word.
    """

    store: Store
    away: float = -math.inf
    """When the database was last known to be away."""

    def look(self) -> int:
        """Take back what is lost; returns how many jobs.

        Raises:
            Unavailable: the database does not answer.
            DiskFull: there is no room.
        """
        began = time.monotonic()
        try:
            with self.store.database.write() as tx:
                if time.monotonic() - began > SLOW_S:
                    self.away = time.monotonic()
                if began - self.away < max(RENEWED_WITHIN_S, self.store.settings.lease_s / 2):
                    return 0
                return returns.reap(tx, self.store.settings.max_attempts)
        except (Unavailable, DiskFull):
            self.away = time.monotonic()
            raise


def tidy(store: Store) -> None:
    """Delete what is old and of no use."""
    with store.database.write() as tx:
        idempotency.forget(tx, store.settings.idempotency_s)
        ends.forget(tx)
    store.files.collect(lambda: named(store))
    sweep(store.settings.data_dir)


def named(store: Store) -> set[str]:
    """The result files that are in use."""
    with store.database.read() as connection:
        return instances.files_named(connection) | plans.files_named(connection)


def _deliver(store: Store) -> int:
    from api.work.courier import deliver_due

    return deliver_due(store)


def _again_and_again(stopping: Stopping, every_s: float, act: Callable[[], object]) -> None:
    """Do something now and then; what goes wrong is told, and tried again the next time."""
    while not stopping.wait(every_s):
        try:
            act()
        except (Unavailable, DiskFull) as trouble:
            log.warning("upkeep waits: %s", trouble)
        except Exception:
            log.exception("upkeep failed")
