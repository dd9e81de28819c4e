"""What systemd is told (`sd_notify`): that this process is ready, lives, and is about to end.

Where no supervisor of that kind has asked for it, nothing is told to anybody.
"""

from __future__ import annotations

import contextlib
import os
import socket


class Notifier:
    """A way to the one who started this process; its children do not inherit it."""

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "").replace("@", "\0", 1)

    def tell(self, *words: str) -> None:
        """Say `READY=1` and the like; one who does not listen holds nobody up."""
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
            way.setblocking(False)
            way.sendto("\n".join(words).encode(), self._address)
