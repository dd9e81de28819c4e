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
from api.fault_points import reached
from api.patience import Patience
from api.store import ends, idempotency, instances, plans, processes, requeue
from api.work.lease import RENEWALS
from optimizer.system.scratch import sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.store import Store
    from api.store.requeue import LeaseTerm
    from api.work.courier import Courier
    from api.work.stopping import Stopping

log = logging.getLogger(__name__)

COURIER_EVERY_S = 1.0
TIDY_EVERY_S = 600.0
SLOW_S = 1.0
"""A transaction that takes longer to begin has found the database busy or away."""
RENEWED_WITHIN_S = 2.0
"""How soon, at least, healthy workers have renewed their leases once they can."""
HANGS = 40
"""How much longer than a process a round of upkeep may take."""
LOOK_S = 2.0
"""How often leases are looked at."""
MOST_LEASES = 10
"""No lease is waited for longer than so many of ours: a clock set back makes endless ones."""
FORGOTTEN_AFTER = 10
"""Times that a process may be silent for before it hangs, after which it is known no more."""


class Act:
    """Something that is done now and then, in a thread that ends with the process."""

    def __init__(self, name: str, every_s: float, do: Callable[[], object]) -> None:
        self.name = name
        self.every_s = every_s
        self.do = do
        self.rounds = 0
        """How often it has begun or ended."""


class Upkeep:
    """All that is done now and then."""

    def __init__(self, store: Store, stopping: Stopping) -> None:
        """Begin."""
        reaper = Reaper(store)
        self._acts = [
            Act("reaper", reaper.every_s, reaper.look),
            Act("courier", COURIER_EVERY_S, _courier(store).look),
            Act("tidying", TIDY_EVERY_S, lambda: tidy(store)),
        ]
        if store.settings.dispatcher != "poll":
            from api.work import dispatch

            self._acts.append(Act("tickets", dispatch.SWEEP_EVERY_S, lambda: dispatch.sweep(store)))
        most_s = HANGS * store.settings.hang_s
        self._seen = [(act, act.rounds, Patience(most_s)) for act in self._acts]
        for act in self._acts:
            threading.Thread(
                target=_again_and_again, args=(store, stopping, act), name=act.name, daemon=True
            ).start()

    def hanging(self) -> str | None:
        """Look: the name of an act whose round does not come to its end, if there is one."""
        for place, (act, rounds, patience) in enumerate(self._seen):
            if act.rounds != rounds or rounds % 2 == 0:  # It goes on, or waits for its next round.
                patience.renew()
                self._seen[place] = (act, act.rounds, patience)
            elif patience.is_over():
                return act.name
        return None


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
        self._seen: dict[LeaseTerm, Patience] = {}

    def look(self) -> int:
        """Take back what is lost; returns how many jobs.

        Raises:
            Unavailable: the database does not answer.
            DiskFull: there is no room.
        """
        try:
            with self.store.database.read() as connection:
                self._see(requeue.leases(connection))
            lost = [lease for lease, patience in self._seen.items() if patience.is_over()]
            if not lost:
                return 0
            began = time.monotonic()
            with self.store.database.write() as tx:
                if time.monotonic() - began > SLOW_S:  # Nobody could renew meanwhile either.
                    self._seen.clear()
                    return 0
                return requeue.reap(tx, lost, self.store.settings.max_attempts)
        except (Unavailable, DiskFull):
            self._seen.clear()
            raise

    def _see(self, leases: dict[LeaseTerm, float]) -> None:
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
        ends.forget(tx)
    store.files.collect(lambda: named(store))
    sweep(store.settings.scratch)


def named(store: Store) -> set[str]:
    """The result files that are in use."""
    with store.database.read() as connection:
        return instances.files_named(connection) | plans.files_named(connection)


def _courier(store: Store) -> Courier:
    from api.work.courier import Courier

    return Courier(store)


def _again_and_again(store: Store, stopping: Stopping, act: Act) -> None:
    """Do something now and then; what goes wrong is told, and tried again the next time."""
    while not stopping.wait(act.every_s):
        act.rounds += 1
        reached("upkeep.round")
        try:
            act.do()
        except (Unavailable, DiskFull) as trouble:
            log.warning("upkeep waits: %s", trouble)
        except Exception:
            log.exception("upkeep failed")
            with suppress(Unavailable, DiskFull), store.database.write() as tx:
                processes.tally(tx, processes.UPKEEP)
        act.rounds += 1
