"""Comparisons that were made already: plans never change, and so neither does what differs.

Whoever asks has been let in to every plan before; what is kept says nothing of who may see it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

MOST_BYTES = 32 * 2**20
"""Of all comparisons that are kept; what was not asked for longest goes first."""


class Compared(NamedTuple):
    """What is compared; nothing else bears on the answer."""

    plans: tuple[str, ...]
    """In order: they are counted from the first."""
    with_instances: bool
    """Whether the instances of all of them were seen too."""


class Comparisons:
    """The latest comparisons, as JSON."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Compared, str] = OrderedDict()
        self._bytes = 0

    def get(self, what: Compared) -> str | None:
        """A comparison that is kept."""
        text = self._kept.get(what)
        if text is not None:
            self._kept.move_to_end(what)
        return text

    def keep(self, what: Compared, text: str) -> None:
        """Keep a comparison, and let others go for it where there is too much."""
        if what in self._kept or len(text) > self._most_bytes:
            return
        self._kept[what] = text
        self._bytes += len(text)
        while self._bytes > self._most_bytes:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone)
