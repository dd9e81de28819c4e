"""The gate: who is calling, how often, and with a body that may be read at all.

It stands before everything under /v1, so that a stranger's body is not even taken.
"""

from __future__ import annotations

import dataclasses
import math
import time
from typing import TYPE_CHECKING

from asgi_correlation_id import correlation_id
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from api.errors import (
    ServiceError,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    Unsupported,
)
from api.http.flight import Flight
from api.http.problems import problem_of
from api.store import keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.caller import Caller
    from api.oidc import Tokens
    from api.store import Store

GUARDED = "/v1/"
OPEN = "/v1/openapi.json"
"""The one page under it that strangers may read."""
UPLOAD = ("POST", "/v1/instances")
"""The one request whose body is data and may be large."""
CONTROL_BYTES = 256 * 2**10
"""Largest body of every other request."""
FULL_S = 5
"""When to come back where the bodies of others fill the memory for them."""


class Gate:
    """Recognises callers and counts their requests, in the memory of this process."""

    def __init__(self, app: ASGIApp, store: Store, tokens: Tokens | None) -> None:
        self.app = app
        self._store = store
        self._tokens = tokens
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._known = RateLimitItemPerMinute(store.settings.requests_per_minute)
        self._strange = RateLimitItemPerMinute(store.settings.strangers_per_minute)
        self._most = store.settings.max_body_bytes
        self._flight = Flight(max(store.settings.bodies_mb * 2**20, 2 * self._most))
        self._noted: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(GUARDED):
            await self.app(scope, receive, send)
            return
        most, caller = self._most, None
        if (scope["method"], scope["path"].rstrip("/")) != UPLOAD:
            most = min(most, CONTROL_BYTES)
        try:
            if scope["path"] == OPEN:
                self._count(self._strange, _address(scope))
            else:
                caller = await self._admitted(scope, most)
                scope.setdefault("state", {})["caller"] = caller
                send = self._counted(send, caller)
        except ServiceError as error:
            await problem_of(error)(scope, receive, send)
            return
        who = caller.organisation_id if caller else ""
        with self._flight.carrying(who) as take:
            await self.app(scope, _limited(receive, most, take), send)

    async def _admitted(self, scope: Scope, most: int) -> Caller:
        headers = Headers(scope=scope)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        caller = None
        if scheme.lower() == "bearer" and token:
            caller = await run_in_threadpool(self._recognised, token.strip())
        if caller is None:
            self._count(self._strange, _address(scope))
            raise Unauthenticated("send Authorization: Bearer with your API key")
        self._count(self._known, caller.key_id or caller.user_id)
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Unsupported("send the body as it is, without Content-Encoding")
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > most:
            raise TooLarge(f"at most {most:,} bytes are taken")
        if length.isdecimal() and not self._flight.has_room(caller.organisation_id, int(length)):
            raise Unavailable("too much is being sent at once", retry_after_s=FULL_S)
        return dataclasses.replace(caller, request_id=correlation_id.get() or "")

    def _recognised(self, token: str) -> Caller | None:
        """The caller whose key or token this is."""
        if token.count(".") == 2:
            subject = self._tokens.subject(token) if self._tokens else None
            if subject is None:
                return None
            with self._store.database.read() as connection:
                return keys.caller_of_subject(connection, subject)
        with self._store.database.read() as connection:
            caller = keys.caller_of(connection, token)
        if caller is not None and caller.key_id is not None:
            self._note(caller.key_id)
        return caller

    def _note(self, key: str) -> None:
        """Note that a key was used, once a minute at most."""
        moment = time.monotonic()
        if moment - self._noted.get(key, -math.inf) >= keys.SEEN_EVERY_S:
            self._noted[key] = moment
            with self._store.database.write() as tx:
                keys.seen(tx, key)

    def _count(self, limit: RateLimitItemPerMinute, who: str) -> None:
        if not self._windows.hit(limit, who):
            reset, _ = self._windows.get_window_stats(limit, who)
            raise TooManyRequests(
                f"at most {limit.amount} requests in a minute",
                retry_after_s=max(1.0, reset - time.time()),
            )

    def _counted(self, send: Send, caller: Caller) -> Send:
        """A `send` that tells the caller how many requests are left."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                who = caller.key_id or caller.user_id
                reset, left = self._windows.get_window_stats(self._known, who)
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Limit"] = str(self._known.amount)
                headers["RateLimit-Remaining"] = str(left)
                headers["RateLimit-Reset"] = str(max(0, math.ceil(reset - time.time())))
            await send(message)

        return told


def _limited(receive: Receive, most: int, take: Callable[[int], bool]) -> Receive:
    """A `receive` that ends a body when it is too large, for itself or beside all others."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413)  # FastAPI lets no other exception pass while it reads.
        if not take(len(message.get("body", b""))):
            raise HTTPException(503, headers={"Retry-After": str(FULL_S)})
        return message

    return counted


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else "unknown"
