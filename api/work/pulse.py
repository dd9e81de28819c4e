"""Signs of life of an HTTP server or a worker.

They come from the loop that does the work: a process that is frozen, or whose loop hangs, gives
none. The supervisor hears them through a pipe, so that neither a database that is away nor a clock
that jumps is taken for death. A worker without a supervisor tells systemd, and ends itself when its
loop hangs, for whoever started it to start another. The operator finds them in `processes`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from typing import TYPE_CHECKING

from api.errors import DiskFull, Unavailable
from api.patience import Patience
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
LOOK_EVERY_S = 0.5
HUNG = 70
"""Exit code of a process that has ended itself."""
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

    def watch_itself(self) -> None:
        """End this process when its loop hangs, where no supervisor of ours would do so."""
        if self._pipe < 0:
            threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        count, patience = self.count, Patience(self._store.settings.hang_s)
        while not patience.is_over():
            time.sleep(LOOK_EVERY_S)
            if self.count != count:
                count = self.count
                patience.renew()
        log.critical("%s %s gives no sign of life and ends", self._kind, self._name)
        os._exit(HUNG)

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
