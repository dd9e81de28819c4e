"""How the HTTP server shows that it lives: it asks itself, as anybody would, and hears the answer.

So a server that is frozen, whose loop hangs, or that takes no connections any more gives no sign.
One that refuses the connection, because it has too many, does live.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from api.work.pulse import Pulse

ANSWER_S = 5.0
"""How long the answer may take; a miss is no death yet: the supervisor waits for the next."""
ASKED = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def show(pulse: Pulse, address: tuple[str, int]) -> None:
    """Beat for as long as the server takes requests.

    Args:
        pulse: what is beaten.
        address: where the server listens.
    """
    noting: asyncio.Task[None] | None = None
    while True:
        if await _answers(_near(address[0]), address[1]):
            pulse.beat("takes requests")
            if noting is None or noting.done():  # A database that is away holds up no beat.
                noting = asyncio.create_task(run_in_threadpool(pulse.keep))
        await asyncio.sleep(pulse.every_s)


async def _answers(host: str, port: int) -> bool:
    """Whether the server takes a connection and does anything with it."""
    writer = None
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(host, port)
            with contextlib.suppress(ConnectionError):
                writer.write(ASKED)
                await reader.read(1)
        return True
    except (TimeoutError, OSError):
        return False
    finally:
        if writer is not None:
            writer.transport.abort()


def _near(host: str) -> str:
    """The address at which this machine finds a server that listens on all of its addresses."""
    if not ipaddress.ip_address(host).is_unspecified:
        return host
    return "::1" if ":" in host else "127.0.0.1"
