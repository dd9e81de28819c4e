"""Manners of HTTP around every route: HEAD, entity tags, compression, other origins.

Enters: a request of any client. Leaves: the answer of a route in the form that HTTP gives it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from api.http.problems import plain_problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COMPRESSED_FROM = 1024
"""Bytes from which an answer is worth compressing."""
EFFORT = 4
"""Level of compression: on tables of 128 KiB two and a half times as fast as the library's 9, for
6 % more bytes; what compresses an answer keeps all others waiting."""
COMPRESSED_ALREADY = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)
HEADERS_TAKEN = (
    "Accept",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "X-Request-ID",
)
"""Headers that a page of another origin may send …"""
HEADERS_TOLD = (
    "Content-Disposition",
    "ETag",
    "Location",
    "Preference-Applied",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "X-Request-ID",
)
"""… and may read."""
NOT_MODIFIED = 304


class Manners:
    """Answers HEAD as GET without a body, and If-None-Match by what the answer would be."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        method, scope["method"] = scope["method"], "GET"
        answer = _Answer(send, Headers(scope=scope), without_body=method == "HEAD")
        try:
            await self.app(scope, answer.receiving(receive), answer.send)
        finally:
            scope["method"] = method


class _Answer:
    """An answer on its way: held back until its tag is known, and cut to what was asked for."""

    def __init__(self, send: Send, asked: Headers, *, without_body: bool) -> None:
        self._send = send
        self._without_body = without_body
        self._known = _tags(asked.get("if-none-match", ""))
        self._start: Message | None = None
        self._done = False

    def receiving(self, receive: Receive) -> Receive:
        """A `receive` for a route that would stream for as long as somebody listens."""

        async def received() -> Message:
            return {"type": "http.disconnect"} if self._done else await receive()

        return received

    async def send(self, message: Message) -> None:
        """Send what is left of a message."""
        if self._done:
            return
        if message["type"] == "http.response.start":
            self._start = message
            if self._without_body and "content-length" not in Headers(raw=message["headers"]):
                await self._end(message)  # A stream; what it says is not asked for.
            return
        if self._start is not None:
            start, self._start = self._start, None
            if not message.get("more_body", False):
                _tag(start, message.get("body", b""))
            if self._unchanged(start):
                headers = MutableHeaders(scope=start)
                for name in ("Content-Length", "Content-Type"):
                    del headers[name]
                await self._end({**start, "status": NOT_MODIFIED})
                return
            if self._without_body:
                await self._end(start)
                return
            await self._send(start)
        await self._send(message)

    async def _end(self, start: Message) -> None:
        self._done = True
        await self._send(start)
        await self._send({"type": "http.response.body", "body": b""})

    def _unchanged(self, start: Message) -> bool:
        tag = Headers(raw=start["headers"]).get("etag")
        if start["status"] != 200 or tag is None:
            return False
        return "*" in self._known or tag.removeprefix("W/") in self._known


def _tag(start: Message, body: bytes) -> None:
    """Give an answer that comes in one piece a tag of its content, if it has none."""
    headers = MutableHeaders(scope=start)
    if start["status"] == 200 and "etag" not in headers:
        headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


def _tags(header: str) -> set[str]:
    """The entity tags of If-None-Match, which are compared as weak ones (RFC 9110, 13.1.2)."""
    return {tag.strip().removeprefix("W/") for tag in header.split(",") if tag.strip()}


class Strict:
    """Refuses what servers and proxies understand differently (RFC 9112, 6.1), and other hosts."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self.app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or end its connection."""
        if scope["type"] == "http" and not self._takes(Headers(scope=scope)):
            answer = plain_problem(400, {"Connection": "close"})
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _takes(self, headers: Headers) -> bool:
        if "transfer-encoding" in headers and "content-length" in headers:
            return False
        host = headers.get("host", "").rpartition(":")
        name = host[0] if host[2].isdecimal() and host[0] else headers.get("host", "")
        return not self._hosts or name.lower() in self._hosts


def add_manners(app: FastAPI, origins: tuple[str, ...], hosts: tuple[str, ...]) -> None:
    """Put the manners around an application; what is added last stands outermost."""
    app.add_middleware(Manners)
    app.add_middleware(
        GZipMiddleware,
        minimum_size=COMPRESSED_FROM,
        compresslevel=EFFORT,
        exclude_content_types=COMPRESSED_ALREADY,
    )
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=HEADERS_TAKEN,
            expose_headers=HEADERS_TOLD,
        )
    app.add_middleware(Strict, hosts=hosts)
