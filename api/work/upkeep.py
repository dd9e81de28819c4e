"""What has to be done now and then, by any worker: nothing here belongs to a job of its own.

Lost jobs go back to the queue, old idempotency keys and files that nothing names are deleted,
scratch folders of dead workers are swept, and messages to webhooks are delivered. Several workers
may do the same at once: each act is a transaction, or harmless when done twice.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from api.errors import DiskFull, Unavailable
from api.store import idempotency, instances, plans, processes, returns
from api.work.lease import RENEWALS
from api.work.patience import Patience
from api.work.scratch import sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.store import Store
    from api.store.returns import Lease
    from api.work.stopping import Stopping

log = logging.getLogger(__name__)

COURIER_EVERY_S = 1.0
TIDY_EVERY_S = 600.0
SLOW_S = 1.0
"""A transaction that takes longer to begin has found the database busy or away."""
RENEWED_WITHIN_S = 2.0
"""How soon, at least, healthy workers have renewed their leases once they can."""
LOOK_S = 2.0
"""How often leases are looked at."""
MOST_LEASES = 10
"""No lease is waited for longer than so many of ours: a clock set back makes endless ones."""
FORGOTTEN_AFTER = 10
"""Times that a process may be silent for before it hangs, after which it is known no more."""


def start(store: Store, stopping: Stopping) -> None:
    """Begin to look after the store, in threads that end with the process."""
    reaper = Reaper(store)
    acts: dict[str, tuple[float, Callable[[], object]]] = {
        "reaper": (reaper.every_s, reaper.look),
        "courier": (COURIER_EVERY_S, lambda: _deliver(store)),
        "tidying": (TIDY_EVERY_S, lambda: tidy(store)),
    }
    if store.settings.dispatcher != "poll":
        from api.work import dispatch

        acts["tickets"] = (dispatch.SWEEP_EVERY_S, lambda: dispatch.sweep(store))
    for name, (every_s, act) in acts.items():
        threading.Thread(
            target=_again_and_again, args=(store, stopping, every_s, act), name=name, daemon=True
        ).start()


class Reaper:
    """Gives the jobs of lost workers to others.

    A lease is lost that has not been renewed for as long as it was good for when it was first seen
    here, and for one round of renewals at least. That time is this process's own, awake and with
    the database at hand: a clock that jumps, a machine that was suspended or a database that was
    away takes no job from a healthy worker.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.every_s = min(LOOK_S, store.settings.lease_s / 8)
        self._seen: dict[Lease, Patience] = {}

    def look(self) -> int:
        """Take back what is lost; returns how many jobs.

        Raises:
            Unavailable: the database does not answer.
            DiskFull: there is no room.
        """
        try:
            with self.store.database.read() as connection:
                self._see(returns.leases(connection))
            lost = [lease for lease, patience in self._seen.items() if patience.is_over()]
            if not lost:
                return 0
            began = time.monotonic()
            with self.store.database.write() as tx:
                if time.monotonic() - began > SLOW_S:  # Nobody could renew meanwhile either.
                    self._seen.clear()
                    return 0
                return returns.reap(tx, lost, self.store.settings.max_attempts)
        except (Unavailable, DiskFull):
            self._seen.clear()
            raise

    def _see(self, leases: dict[Lease, float]) -> None:
        """Begin to wait for the renewal of those that are new."""
        lease_s = self.store.settings.lease_s
        least = max(RENEWED_WITHIN_S, lease_s / RENEWALS)
        self._seen = {
            lease: self._seen.get(lease)
            or Patience(min(max(left, least), MOST_LEASES * lease_s), 2 * self.every_s)
            for lease, left in leases.items()
        }


def tidy(store: Store) -> None:
    """Delete what is old and of no use."""
    with store.database.write() as tx:
        idempotency.forget(tx, store.settings.idempotency_s)
        processes.forget_silent(tx, FORGOTTEN_AFTER * store.settings.hang_s)
    store.files.collect(lambda: named(store))
    sweep(store.settings.data_dir)


def named(store: Store) -> set[str]:
    """The result files that are in use."""
    with store.database.read() as connection:
        return instances.files_named(connection) | plans.files_named(connection)


def _deliver(store: Store) -> int:
    from api.work.courier import deliver_due

    return deliver_due(store)


def _again_and_again(
    store: Store, stopping: Stopping, every_s: float, act: Callable[[], object]
) -> None:
    """Do something now and then; what goes wrong is told, and tried again the next time."""
    while not stopping.wait(every_s):
        try:
            act()
        except (Unavailable, DiskFull) as trouble:
            log.warning("upkeep waits: %s", trouble)
        except Exception:
            log.exception("upkeep failed")
            with suppress(Unavailable, DiskFull), store.database.write() as tx:
                processes.tally(tx, processes.UPKEEP)
