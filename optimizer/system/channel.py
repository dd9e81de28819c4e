"""A channel from a child process to its parent: lines on a pipe that nobody else writes to.

Standard output will not do for what programs tell each other: libraries print there as well, a
banner or a warning, at their import or when they first run.
"""

from __future__ import annotations

import os
import selectors
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PART = 65536
MOST_UNFINISHED = 2**20
"""Bytes of a line without an end that are kept; a longer one is no line of ours."""


class Channel:
    """The parent's end. Open it, start the child with `options`, call `started`, read `lines`."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._rest = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._read, selectors.EVENT_READ)
        self.ended = False
        """Whether the child has closed its end: everything that it says has been heard."""

    @property
    def name(self) -> str:
        """What the child is told, as an argument, so that it finds its end."""
        return str(self._write)

    @property
    def options(self) -> dict[str, Any]:
        """What `subprocess.Popen` needs to hand the child its end."""
        return {"pass_fds": (self._write,)}

    def started(self) -> None:
        """Leave the writing end to the child alone, so that its end is seen."""
        if self._write >= 0:
            os.close(self._write)
            self._write = -1

    def lines(self, timeout_s: float) -> Iterator[bytes]:
        """The whole lines that have come since; waits for the first, at most so long."""
        if self.ended or not self._selector.select(timeout_s):
            return
        part = os.read(self._read, PART)
        self.ended = not part
        *lines, rest = (self._rest + part).split(b"\n")
        self._rest = rest if len(rest) <= MOST_UNFINISHED else b""
        yield from lines

    def close(self) -> None:
        """Give both ends back."""
        if self._read >= 0:
            self._selector.close()
            os.close(self._read)
            self._read = -1
        self.started()


class Mouth:
    """The child's end."""

    def __init__(self, name: str) -> None:
        """Find it.

        Args:
            name: as the parent's `Channel` calls it.
        """
        self._write = int(name)
        os.set_inheritable(self._write, False)  # Children of the child do not keep it open.

    def say(self, line: str) -> None:
        """Write one line, whole or not at all where the parent is gone."""
        rest = line.encode() + b"\n"
        while rest:
            rest = rest[os.write(self._write, rest) :]
