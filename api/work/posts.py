"""The places that the supervisor fills: each holds one child at a time, watched by its pulse.

A child that has died is followed by another after a pause, longer each time it dies soon. One that
is there and gives no sign of life is killed first. What it needs to begin is not held against it.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.patience import Patience
from api.work import guard
from api.work.pulse import PIPE
from optimizer.system.channel import Channel

if TYPE_CHECKING:
    import subprocess

    from api.store.processes import ProcessKind

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""A child that has lived so long is started again without a long pause."""
BEGINS_S = 120.0
"""How long a child may take to its first sign of life, at least."""
MODULES: dict[ProcessKind, str] = {"server": "api.http.server", "worker": "api.work.worker"}


@dataclass
class Post:
    """A place that one child fills at a time."""

    kind: ProcessKind
    hang_s: float
    """How long a child may give no sign of life."""
    name: str = ""
    """Of the present child, or the last."""
    child: subprocess.Popen[bytes] | None = None
    ready: bool = False
    """Whether the present child has given a sign of life."""
    hung: bool = False
    """Whether the last child was killed because it gave none."""
    pause_s: float = FIRST_PAUSE_S
    due: float = field(default_factory=time.monotonic)
    """When the next child is to be started."""
    _started: float = 0.0
    _channel: Channel | None = None
    _patience: Patience = field(default_factory=lambda: Patience(0.0))

    def start(self) -> None:
        """Fill the post."""
        self.name = new_name()
        self.ready = self.hung = False
        self._channel = Channel()
        told = {PIPE: self._channel.name}
        module, options = MODULES[self.kind], self._channel.options
        self.child = guard.start(module, self.name, environment=told, **options)
        self._channel.started()
        self._started = time.monotonic()
        self._patience = Patience(max(BEGINS_S, self.hang_s))

    def watch(self) -> None:
        """Hear whether the child lives, and kill it where it has been silent for too long."""
        if self.child is None or self._channel is None:
            return
        if list(self._channel.lines(0)):
            if not self.ready:
                self.ready = True
                self._patience = Patience(self.hang_s)
            self._patience.renew()
        elif self._patience.is_over() and self.child.poll() is None:
            log.error("%s %s gives no sign of life and is killed", self.kind, self.name)
            self.hung = True
            guard.kill(self.child)

    def vacated(self) -> bool:
        """Whether the child has died since the last look; the next one is due after a pause."""
        if self.child is None or self.child.poll() is None:
            return False
        code, now = self.child.returncode, time.monotonic()
        self.pause_s = (
            FIRST_PAUSE_S
            if now - self._started > STEADY_S
            else min(2 * self.pause_s, LONGEST_PAUSE_S)
        )
        self.due = now + self.pause_s
        log.error("%s died (%d); the next starts in %.1f s", MODULES[self.kind], code, self.pause_s)
        self.clear()
        return True

    def clear(self) -> None:
        """Kill the child, if it lives, and keep nothing of it."""
        if self.child is not None:
            guard.kill(self.child)
        if self._channel is not None:
            self._channel.close()
        self.child = self._channel = None


def new_name() -> str:
    """A name that no other process has or had."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
