"""Turns: places that are shared by many, each owner in its turn.

Enters: who wants a place. Leaves: the place, at the latest when those before it in the turns of all
owners have had theirs; or a refusal, where one owner has too much waiting. No owner ever holds all
places where there are several, so that whoever comes next does not wait for all of one's work.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from api.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Places(NamedTuple):
    """How many places there are, and for whom."""

    all: int
    of_one: int
    """Those that one owner may hold."""
    waiting: int
    """How many of one owner may wait."""
    what: str
    """What waits and whose it is, for the refusal: "16 … are waiting already"."""
    again_s: float = 5.0
    """When one that was refused may come again."""
    beside: int | None = None
    """Those that one owner may hold beside others, and then it begins anew only when those of the
    others have ended that were at it when its own last ended; None shares nothing but the places.
    """


STREAK = 100
"""Places in a row for one owner after which it counts as alone."""


class Turns:
    """Places of one event loop, and who waits for them."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        """By owner, in the order of their turns."""
        self._behind: dict[str, Counter[str]] = {}
        """By owner that waits: how many places of others are to be given back before its next."""
        self._latest, self._streak = "", 0

    @property
    def waiting(self) -> int:
        """How many wait, of all owners."""
        return sum(map(len, self._waiting.values()))

    @property
    def held(self) -> int:
        """Places that are taken."""
        return self._held.total()

    @asynccontextmanager
    async def turn(self, owner: str) -> AsyncIterator[None]:
        """A place for as long as the context lasts.

        Raises:
            Unavailable: too much of this owner is waiting.
        """
        await self.take(owner)
        try:
            yield
        finally:
            self.leave(owner)

    async def take(self, owner: str, *, again: bool = False) -> None:
        """Wait for a place.

        Args:
            owner: who wants it.
            again: for what has had one before. It is first among its owner's and not refused: what
                has begun is to be ended before more begins.

        Raises:
            Unavailable: too much of this owner is waiting.
        """
        if owner not in self._waiting and self._has_place(owner):
            self._hold(owner)
            return
        queue = self._waiting.setdefault(owner, deque())
        if len(queue) >= self._places.waiting and not again:
            raise Unavailable(
                f"{len(queue):,} {self._places.what} are waiting already, and no more may",
                retry_after_s=self._places.again_s,
            )
        called = asyncio.get_running_loop().create_future()
        if again:
            queue.appendleft(called)
        else:
            queue.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self.leave(owner)  # It was called at the very moment at which it went away.
            else:
                self._forget(owner, called)
            raise

    def leave(self, owner: str) -> None:
        """Give a place back, to whoever's turn it is."""
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
        for waiting, others in self._behind.items():
            self._behind[waiting] = others - Counter((owner,))
        self._last(owner)
        if self._places.beside is not None and owner in self._waiting:
            self._behind[owner] = self._held - Counter({owner: self._held[owner]})
        while (following := self._next()) is not None:
            called = self._waiting[following].popleft()
            self._last(following)
            if not called.done():  # Else it has gone away.
                self._hold(following)
                called.set_result(None)

    def _hold(self, owner: str) -> None:
        self._held[owner] += 1
        self._streak = self._streak + 1 if owner == self._latest else 1
        self._latest = owner

    def _next(self) -> str | None:
        """Among those who may have a place: who holds the fewest, then who waits longest."""
        able = (owner for owner in self._waiting if self._has_place(owner))
        return min(able, key=self._held.__getitem__, default=None)

    def _has_place(self, owner: str) -> bool:
        mine, held = self._held[owner], self.held
        most = self._places.of_one
        if self._places.beside is not None and not self._is_alone(owner):
            most = self._places.beside
        return held < self._places.all and mine < most and not self._behind.get(owner)

    def _is_alone(self, owner: str) -> bool:
        """Whether nobody else is at it or waits, or has been for a while."""
        others = self.held > self._held[owner] or self._waiting.keys() - {owner}
        return not others and self._latest == owner and self._streak >= STREAK

    def _last(self, owner: str) -> None:
        """All others have their turn before this one's next."""
        queue = self._waiting.pop(owner, None)
        if queue:
            self._waiting[owner] = queue
        else:
            self._behind.pop(owner, None)

    def _forget(self, owner: str, called: asyncio.Future[None]) -> None:
        queue = self._waiting.get(owner, deque())
        if called in queue:
            queue.remove(called)
        if not queue:
            self._waiting.pop(owner, None)
            self._behind.pop(owner, None)
