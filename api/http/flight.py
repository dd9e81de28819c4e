"""Bodies in flight: what the bodies of all requests that run may hold in memory."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHARE = 0.5
"""Part of it that one organisation may hold."""


class Flight:
    """Counts the bytes of bodies until their requests have been answered."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: Counter[str] = Counter()

    @property
    def held(self) -> int:
        """Bytes in flight."""
        return self._held.total()

    def has_room(self, who: str, more: int) -> bool:
        """Whether so many bytes more of an organisation fit."""
        mine = self._held[who] + more
        return self.held + more <= self.most and mine <= SHARE * self.most

    @contextmanager
    def carrying(self, who: str) -> Iterator[Callable[[int], bool]]:
        """For one request: a function that takes bytes on and says whether they fit."""
        own = 0

        def take(more: int) -> bool:
            nonlocal own
            if not self.has_room(who, more):
                return False
            own += more
            self._held[who] += more
            return True

        try:
            yield take
        finally:
            self._held[who] -= own
            if not self._held[who]:
                del self._held[who]
