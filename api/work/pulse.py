"""Signs of life of an HTTP server or a worker.

They come from the loop that does the work: a process that is frozen, or whose loop hangs, gives
none. The supervisor hears them through a pipe, so that neither a database that is away nor a clock
that jumps is taken for death; systemd hears a worker that it has started itself; the operator finds
them in the table `processes`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import time
from typing import TYPE_CHECKING

from api.errors import DiskFull, Unavailable
from api.store import processes
from api.store.processes import Living
from api.work.notifier import Notifier

if TYPE_CHECKING:
    from api.store import Store, Transaction
    from api.store.processes import ProcessKind

log = logging.getLogger(__name__)

PIPE = "LODESTONE_PULSE"
"""Environment variable with the supervisor's pipe; absent where there is none."""
BEATS = 9
"""Beats that are noted in the time after which a process is taken to hang."""
TOLD_EVERY_S = 0.5
BEAT = b"beat\n"


class Pulse:
    """The signs of one process."""

    def __init__(self, store: Store, kind: ProcessKind, name: str) -> None:
        self.count = 0
        """How often the loop has come round."""
        self.every_s = store.settings.hang_s / BEATS
        self._store = store
        self._kind = kind
        self._name = name
        self._doing = "starts"
        self._began = time.monotonic()
        self._told = self._written = self._began - 1e9
        self._notifier = Notifier()
        self._pipe = int(os.environ.pop(PIPE, "-1"))
        if self._pipe >= 0:
            os.set_inheritable(self._pipe, False)
            os.set_blocking(self._pipe, False)

    def beat(self, doing: str) -> None:
        """The loop has come round; waits for nothing and nobody."""
        self.count += 1
        if doing != self._doing:
            self._doing = doing
            self._written -= self.every_s
        moment = time.monotonic()
        if moment - self._told < TOLD_EVERY_S:
            return
        self._told = moment
        self._notifier.tell("READY=1", "WATCHDOG=1", f"STATUS={doing}")
        if self._pipe >= 0:
            with contextlib.suppress(OSError):  # It is full while the supervisor does not listen.
                os.write(self._pipe, BEAT)

    @property
    def due(self) -> bool:
        """Whether it is time for the table."""
        return time.monotonic() - self._written >= self.every_s

    def note(self, tx: Transaction) -> None:
        """Write a beat into the table, in somebody's transaction."""
        moment = time.monotonic()
        living = Living(
            id=self._name,
            kind=self._kind,
            host=socket.gethostname()[:255],
            pid=os.getpid(),
            doing=self._doing,
            age_s=moment - self._began,
            silent_s=0.0,
        )
        processes.beat(tx, living)
        self._written = moment

    def keep(self) -> None:
        """Write a beat into the table if it is time; one that fails is followed by others."""
        if not self.due:
            return
        self._written = time.monotonic()
        try:
            with self._store.database.write() as tx:
                self.note(tx)
        except (Unavailable, DiskFull) as trouble:
            log.warning("a sign of life is not noted: %s", trouble)

    def end(self) -> None:
        """Be gone from the table."""
        self._notifier.tell("STOPPING=1")
        with contextlib.suppress(Unavailable, DiskFull), self._store.database.write() as tx:
            processes.forget(tx, [self._name])
