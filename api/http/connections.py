"""Connections: each says what it wants in time, and none keeps others out.

uvicorn waits for ever for the end of a request. So a head that does not come, a body that trickles
and an answer that nobody reads end their connection here; of too many connections those go that
are waiting for nothing, first of the address that has the most.
"""

from __future__ import annotations

import re
import resource
from collections import defaultdict
from typing import TYPE_CHECKING, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.networks import is_among

if TYPE_CHECKING:
    import asyncio

    from api.settings import Settings

HEAD_S = 10.0
"""Time for a request's head, from its first byte, and on a new connection from the start."""
BODY_S = 20.0
"""Time for a body, beside what its size is given …"""
BODY_BYTES_PER_S = 16 * 2**10
"""… at this rate."""
SEND_S = 60.0
"""How long an answer may lie unread."""
SPARE_FILES = 256
"""File descriptors that are not for connections: database, result files, pipes."""
TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
LAX = re.compile(rb"(?<!\r)\n|\r[^\n]|\r\n[ \t]")
"""Ends of lines, and folded ones, that other servers read differently (RFC 9112, 2.2 and 5.2)."""


class Doors:
    """All open connections, and how many there may be."""

    def __init__(self, settings: Settings) -> None:
        self.most = min(settings.connections, max(64, files_allowed() - SPARE_FILES))
        self.most_of_one = min(settings.connections_per_address, self.most)
        self._proxies = settings.proxies
        self._open: defaultdict[str, dict[Guarded, None]] = defaultdict(dict)

    @property
    def count(self) -> int:
        """Open connections."""
        return sum(map(len, self._open.values()))

    def enter(self, one: Guarded) -> bool:
        """Let a connection in; where it is one too many, one that waits must go for it.

        Returns:
            Whether it may stay.
        """
        mine = self._open[one.address]
        mine[one] = None
        if len(mine) > self.most_of_one and not is_among(one.address, self._proxies):
            return self._make_room(mine, one)
        if self.count > self.most:
            return self._make_room(max(self._open.values(), key=len), one)
        return True

    def leave(self, one: Guarded) -> None:
        """A connection has ended."""
        mine = self._open.get(one.address, {})
        mine.pop(one, None)
        if not mine:
            self._open.pop(one.address, None)

    def _make_room(self, among: dict[Guarded, None], new: Guarded) -> bool:
        for other in among:
            if other is not new and other.is_idle:
                other.drop()
                self.leave(other)
                return True
        self.leave(new)
        return False


class Guarded(H11Protocol):
    """One connection; `guarded` makes the class that knows its doors."""

    doors: ClassVar[Doors]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Come in, if there is room, and say soon what is wanted."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._head = bytearray()
        self._waiting: asyncio.TimerHandle | None = None
        self._awaited: object = None
        self._sending: asyncio.TimerHandle | None = None
        self._body_until = 0.0
        if self.doors.enter(self):
            self._wait(HEAD_S)
        else:
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Be gone."""
        self.doors.leave(self)
        for timer in (self._waiting, self._sending):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what comes, and start or move the time for the rest."""
        if self.transport.is_closing():
            return
        if self.conn.their_state is h11.IDLE and not self._is_strict(data):
            self.send_400_response("Lines must end with CR LF, and none may be folded.")
            return
        super().data_received(data)
        self._watch(len(data))

    def on_response_complete(self) -> None:
        """Go on with the next request, of which some may have come already."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Whoever asked does not read: for so long, and no longer."""
        super().pause_writing()
        if self._sending is None:
            self._sending = self.loop.call_later(SEND_S, self.drop)

    def resume_writing(self) -> None:
        """It is read again."""
        super().resume_writing()
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    @property
    def is_idle(self) -> bool:
        """Whether no request of it is being taken or answered."""
        return self.cycle is None or self.cycle.response_complete

    def drop(self) -> None:
        """End it at once."""
        if not self.transport.is_closing():
            self.transport.abort()

    def _is_strict(self, data: bytes) -> bool:
        """Whether the head so far has only lines as HTTP writes them."""
        known = max(0, len(self._head) - 3)
        self._head += data
        end = self._head.find(b"\r\n\r\n", known)
        if end >= 0:
            del self._head[end + 2 :]
        return LAX.search(self._head, known) is None

    def _watch(self, came: int = 0) -> None:
        """Start the time for what is awaited now; for the rest of the same it runs on."""
        if self.transport.is_closing():
            return
        state, now = self.conn.their_state, self.loop.time()
        if state is not h11.IDLE:
            self._head.clear()
        if state is h11.SEND_BODY and self._awaited is not h11.SEND_BODY:
            self._body_until = now + BODY_S
            self._wait(BODY_S)
        elif state is h11.IDLE and self._head and self._awaited is not h11.IDLE:
            self._wait(HEAD_S)
        elif state is not h11.SEND_BODY and not self._head:
            self._wait(None)
        self._body_until += came / BODY_BYTES_PER_S

    def _wait(self, seconds: float | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = None if seconds is None else self.loop.call_later(seconds, self._late)
        self._awaited = None if seconds is None else self.conn.their_state

    def _late(self) -> None:
        """The rest of the request has not come."""
        left = self._body_until - self.loop.time()
        if self._awaited is h11.SEND_BODY and (left > 0 or self.flow.read_paused):
            self._wait(max(left, 1.0))  # It is on its way, or the service is not ready for it.
        elif self._awaited is h11.IDLE and not self._head:
            self.drop()  # Not a word has come.
        elif not self.transport.is_closing():
            if self.is_idle or not self.cycle.response_started:
                self.transport.write(TIMEOUT)
            self.transport.close()


def guarded(settings: Settings) -> type[Guarded]:
    """A class of connections with doors of its own."""
    return type("Connection", (Guarded,), {"doors": Doors(settings)})


def files_allowed() -> int:
    """How many files this process may have open."""
    return int(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def allow_files(wanted: int) -> None:
    """Raise the limit of open files as far as the system lets this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
