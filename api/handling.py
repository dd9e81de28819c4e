"""Handling of requests: a few of each organisation at once, the others in their turn.

One process computes all answers. Two dozen requests of one organisation at once would be two dozen
pieces of work before each step of another's request. So a request holds one of its organisation's
places while it is computed, from before its key is looked up; and none while it only waits: for its
body, for a reading process, for news of a job, or for its sender to take the answer. Where several
organisations are at it each has one place, and those of whom more waits let the others end first.
A request that takes long, because of a lock or a slow disk, goes on without a place: its
organisation's others are not to wait for it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from api.turns import Places, Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OF_ONE = 3
"""Requests of one organisation, or of one stranger's address, that are computed at once …"""
BESIDE = 1
"""… and where another's are computed too."""
ALL = 10_000
WAITING = 512
"""Those of one that may wait for it; more are refused for the moment."""
LONG_S = 1.0
"""How long a request holds a place at most."""
WHAT = "requests of your organisation or your address"


class Handled:
    """A request that has its place, and gives it back while it waits."""

    def __init__(self, turns: Turns, owner: str) -> None:
        self._turns, self._owner = turns, owner
        self.here = False
        """Whether it holds a place."""
        self._begun = self._over = False
        self._long: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        """Wait for a place, or for one again.

        Raises:
            Unavailable: too much of this organisation is waiting, and this has not begun.
        """
        if not self._over:
            await self._turns.take(self._owner, again=self._begun)
            self.here = self._begun = True
            self._long = asyncio.get_running_loop().call_later(LONG_S, self.pause)

    async def pass_to(self, owner: str) -> None:
        """Go on with a place of another owner: whose request it is has turned out.

        Raises:
            Unavailable: too much of this owner is waiting.
        """
        if owner != self._owner:
            self.pause()
            self._owner, self._begun = owner, False
            await self.begin()

    def pause(self) -> None:
        """Give the place back, if it is held."""
        if self.here:
            self.here = False
            self._turns.leave(self._owner)
        if self._long is not None:
            self._long.cancel()
            self._long = None

    def end(self) -> None:
        """Give the place back for good."""
        self._over = True
        self.pause()


HANDLED: ContextVar[Handled | None] = ContextVar("handled", default=None)


def new_turns() -> Turns:
    """Places of one server."""
    return Turns(Places(ALL, OF_ONE, WAITING, WHAT, again_s=1.0, beside=BESIDE))


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
