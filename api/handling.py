"""Handling of requests: a few of each organisation at once, the others in their turn.

One process computes all answers. Two dozen requests of one organisation at once would be two dozen
pieces of work before each step of another's request. So a request holds one of its organisation's
places while it is computed, and none while it only waits: for its body, for a reading process, for
news of a job, or for its sender to take the answer.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from api.turns import Places, Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OF_ONE = 3
"""Requests of one organisation, or of one stranger's address, that are computed at once."""
ALL = 10_000
WAITING = 512
"""Those of one that may wait for it; more are refused for the moment."""
WHAT = "requests of your organisation or your address"


class Handled:
    """A request that has its place, and gives it back while it waits."""

    def __init__(self, turns: Turns, owner: str) -> None:
        self._turns, self._owner = turns, owner
        self.here = False
        """Whether it holds a place."""
        self._over = False

    async def begin(self) -> None:
        """Wait for a place.

        Raises:
            Unavailable: too much of this organisation is waiting.
        """
        if not self._over:
            await self._turns.take(self._owner)
            self.here = True

    def pause(self) -> None:
        """Give the place back, if it is held."""
        if self.here:
            self.here = False
            self._turns.leave(self._owner)

    def end(self) -> None:
        """Give the place back for good."""
        self._over = True
        self.pause()


HANDLED: ContextVar[Handled | None] = ContextVar("handled", default=None)


def new_turns() -> Turns:
    """Places of one server."""
    return Turns(Places(ALL, OF_ONE, WAITING, WHAT, again_s=1.0))


@asynccontextmanager
async def aside() -> AsyncIterator[None]:
    """While the request only waits, its place is another's."""
    handled = HANDLED.get()
    if handled is None or not handled.here:
        yield
        return
    handled.pause()
    try:
        yield
    finally:
        await handled.begin()
