"""The HTTP server as a process.

    python -m api.http.server [NAME]

Settings come from the environment. When it takes requests it prints one line, `listening on
http://HOST:PORT`. SIGTERM ends it: nothing new is accepted, streams and long polls end at once,
requests that run are finished. Where standard input is a pipe, the end of the pipe does the same,
so that it never outlives its supervisor.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import stat
import sys
from typing import TYPE_CHECKING

from optimizer.system.processes import end_with_input, end_with_parent

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    import uvicorn
    from fastapi import FastAPI

    from api.settings import Settings
    from api.work.pulse import Pulse

FILES = 65_536
"""Open files that the server asks the system for."""
SWITCH_S = 0.001
"""How long a thread computes before another has its turn: short requests wait for long ones."""


def main() -> None:
    """Serve until told to stop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _gone)
    _end_with_parent()
    from api.http.connections import allow_files
    from api.logs import configure
    from api.settings import Settings

    configure()
    settings = Settings()
    allow_files(FILES)
    sys.setswitchinterval(SWITCH_S)
    _limit_memory(settings.server_memory_mb)
    serve(settings, *sys.argv[1:2])


def serve(settings: Settings, name: str = "") -> None:
    """Serve the store of these settings, under a name; its tables must be the newest."""
    from api.http.app import create_app
    from api.store import Store
    from api.work.posts import new_name
    from api.work.pulse import Pulse

    store = Store(settings)
    pulse = Pulse(store, "server", name or new_name())

    def announce(port: int) -> None:
        sys.stdout.write(f"listening on http://{settings.host}:{port}\n")
        sys.stdout.flush()

    try:
        server_of(create_app(store), settings, announce, pulse).run()
    finally:
        pulse.end()
        store.close()


def server_of(
    app: FastAPI,
    settings: Settings,
    announce: Callable[[int], None],
    pulse: Pulse | None = None,
) -> uvicorn.Server:
    """A server of the application that wakes whoever waits before it waits for them.

    Args:
        app: what to serve.
        settings: host, port and time to stop.
        announce: called with the port once requests are taken.
        pulse: by which the server shows that it lives.
    """
    import uvicorn

    from api.http.connections import guarded
    from api.http.living import show

    class Server(uvicorn.Server):
        """Uvicorn, with something to do at its start and at its end."""

        showing: asyncio.Task[None] | None = None

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                address = self.servers[0].sockets[0].getsockname()
                announce(address[1])
                if pulse is not None:
                    self.showing = asyncio.create_task(show(pulse, address))

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if self.showing is not None:
                self.showing.cancel()
            app.state.hub.stop()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        http=guarded(settings),
        ws="none",
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        timeout_graceful_shutdown=max(1, int(settings.stop_s) - 1),
    )
    return Server(config)


def _gone(*_: object) -> None:
    """End well: before uvicorn takes requests, and when it passes the signal on afterwards."""
    sys.exit(0)


def _limit_memory(mebibytes: int) -> None:
    """Let a request that wants too much fail alone; the reading processes have limits of theirs."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = mebibytes * 2**20
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _end_with_parent() -> None:
    """Stop when the supervisor does: by a signal of the kernel, and by the end of a pipe."""
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return
    end_with_parent(signal.SIGTERM)
    end_with_input(lambda: os.kill(os.getpid(), signal.SIGTERM))


if __name__ == "__main__":
    main()
