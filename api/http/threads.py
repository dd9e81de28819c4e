"""Threads: what waits for the database or a disk, each organisation in its turn.

Starlette, FastAPI and this service give work that blocks to threads of the event loop. Here the
loop gets a limiter that knows whose work it is, so that the slow requests of one organisation take
a part of the threads and never all of them. anyio has no public way to set a limiter of another
kind; `tests/service/test_http_fairness.py` shows that this one is in use.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, cast

import structlog

from api.handling import WHAT
from api.store.database import POOL
from api.turns import Places, Turns

try:
    from anyio._backends._asyncio import _default_thread_limiter
except ImportError:  # An anyio to come: the service runs all the same, and says so.
    _default_thread_limiter = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from anyio._backends._asyncio import CapacityLimiter

THREADS = 40
"""Threads at work at once …"""
OF_ONE = POOL // 3
"""… and those of one organisation: never all connections to the database either."""
WAITING = 256
"""Acts of one organisation that may wait for a thread."""

OWNER: ContextVar[str] = ContextVar("owner", default="")
"""Whose request this is: an organisation, the address of a stranger, or the service itself."""


class Threads:
    """A limiter of threads that serves organisations in turn (as `async with` and no more)."""

    def __init__(self) -> None:
        self.turns = Turns(Places(THREADS, OF_ONE, WAITING, WHAT, again_s=1.0))

    async def __aenter__(self) -> None:
        """Wait for a thread."""
        await self.turns.take(OWNER.get())

    async def __aexit__(self, *_: object) -> None:
        """Give it back."""
        self.turns.leave(OWNER.get())


def share_threads() -> Threads:
    """Have this event loop's threads shared in turn."""
    shared = Threads()
    if _default_thread_limiter is None:
        structlog.get_logger().warning("threads are not shared in turn with this version of anyio")
        return shared
    _default_thread_limiter.set(cast("CapacityLimiter", shared))
    return shared
