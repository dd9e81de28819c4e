"""The lease of a claimed job: a thread renews it, passes news on and hears orders.

The database may be away for a while. Then nothing is lost yet: the thread goes on trying, and the
first renewal that succeeds says whether the job is still this worker's. Where the clock has jumped
past the lease it is renewed at once. Where the worker's own loop hangs it is renewed no more.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from api.errors import DiskFull, Unavailable
from api.fault_points import reached
from api.patience import Patience
from api.store import claims

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from api.resources.jobs import JobProgress
    from api.store import Store, Transaction
    from api.store.claims import Claim, Orders
    from api.work.protocol import Saying
    from api.work.pulse import Pulse

log = logging.getLogger(__name__)

Result = TypeVar("Result")

LOOK_EVERY_S = 0.5
"""How soon a request to cancel is heard."""
RENEWALS = 4
"""Renewals within one lease."""


class Lease:
    """A claim that is being kept; a context manager."""

    def __init__(
        self, store: Store, claimed: Claim, cpu_s: Callable[[], float], pulse: Pulse
    ) -> None:
        self.store = store
        self.claimed = claimed
        self.mine = True
        """Whether the job is still this worker's, as far as is known."""
        self.cancel = False
        """Whether its submitter has asked to stop it."""
        self._cpu_s = cpu_s
        self._pulse = pulse
        self._progress: JobProgress | None = None
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._done = threading.Event()
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Self:
        """Begin to renew."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Renew no more."""
        self._done.set()
        self._thread.join()

    def hear(self, saying: Saying) -> None:
        """Take news of the job, to be passed on soon; of progress the last counts."""
        with self._lock:
            if saying.line is not None:
                self._lines.append(saying.line)
            self._progress = saying.progress or self._progress

    def write(self, act: Callable[[Transaction], Result]) -> Result:
        """Pass the news on and do something else in one transaction, one at a time.

        Raises:
            Unavailable: the database does not answer.
            DiskFull: there is no room.
        """
        with self._writing:
            with self._lock:
                progress, lines = self._progress, tuple(self._lines)
            with self.store.database.write() as connection:
                if progress is not None or lines:
                    claims.report(connection, self.claimed, progress, lines)
                result = act(connection)
            with self._lock:  # Drop what was passed on, but not what came meanwhile.
                del self._lines[: len(lines)]
                if self._progress is progress:
                    self._progress = None
            return result

    def _keep(self) -> None:
        count, patience = self._pulse.count, Patience(self.store.settings.hang_s)
        while not self._done.wait(LOOK_EVERY_S) and self.mine:
            if self._pulse.count != count:
                count = self._pulse.count
                patience.renew()
            if patience.is_over():  # It may come round yet: until then others may take the job.
                continue
            try:
                orders = self._look()
            except (Unavailable, DiskFull) as trouble:
                log.warning("the lease of %s cannot be renewed: %s", self.claimed.job_id, trouble)
            else:
                self.mine, self.cancel = orders.mine, orders.cancel

    def _look(self) -> Orders:
        """Hear the orders; renew and pass the news on if it is time."""
        with self._lock:
            news = self._progress is not None or bool(self._lines)
        since_s = time.monotonic() - self._renewed
        if not news and since_s < self.store.settings.lease_s / RENEWALS and not self._pulse.due:
            with self.store.database.read() as connection:
                orders = claims.orders(connection, self.claimed)
            if not (orders.mine and orders.overdue):
                return orders
        reached("worker.heartbeat")
        began = time.monotonic()
        orders = self.write(self._renew)
        self._renewed = began
        return orders

    def _renew(self, tx: Transaction) -> Orders:
        lease_s = self.store.settings.lease_s
        orders = claims.renew(tx, self.claimed, lease_s, self._cpu_s())
        self._pulse.note(tx)
        return orders
