"""The gate: who is calling, how often, and with a body that may be read at all.

It stands before everything under /v1, so that a stranger's body is not even taken.
"""

from __future__ import annotations

import dataclasses
import math
import time
from typing import TYPE_CHECKING

import structlog
from asgi_correlation_id import correlation_id
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from api.errors import (
    Forbidden,
    ServiceError,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unsupported,
)
from api.handling import HANDLED, Handled, aside
from api.http.flight import Flight
from api.http.handled import done_when_answered, waiting_aside
from api.http.owners import Owners
from api.http.problems import Act, problem_of, tell_refused
from api.http.rates import Rates
from api.http.scopes import from_elsewhere, must_open
from api.http.threads import OWNER
from api.store import audit, invitations, keys
from api.store.keys import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.caller import Caller
    from api.oidc import Named, Tokens
    from api.store import Store
    from api.turns import Turns

log = structlog.get_logger()

GUARDED = "/v1/"
OPEN, INSTANCE_SCHEMA = "/v1/openapi.json", "/v1/instance.schema.json"
"""The pages under it that strangers may read."""
PAGES = "/docs"
"""The page for people, which shows that one."""
UPLOADS = (("POST", "/v1/instances"), ("POST", "/v1/instances/upload"))
"""The requests whose body is data and may be large."""
ACCEPT = "/v1/invitations/accept"
"""The one thing that an invitation opens."""
CONTROL_BYTES = 256 * 2**10
"""Largest body of every other request."""
FULL_S = 5
"""When to come back where the bodies of others fill the memory for them."""


class Gate:
    """Recognises callers and counts their requests, in the memory of this process."""

    def __init__(self, app: ASGIApp, store: Store, tokens: Tokens | None, turns: Turns) -> None:
        self.app = app
        self._store = store
        self._tokens = tokens
        self._rates = Rates(store.settings)
        self._owners = Owners()
        self._most = store.settings.max_body_bytes
        self._flight = Flight(max(store.settings.bodies_mb * 2**20, 2 * self._most))
        self._turns = turns
        self._noted: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass in its turn, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith((GUARDED, PAGES)):
            OWNER.set(address_of(scope))
            await self.app(scope, receive, send)
            return
        given = _secret(scope)
        owner = self._owners.owner_of(given, otherwise=address_of(scope))
        OWNER.set(owner)
        handled = Handled(self._turns, owner)
        HANDLED.set(handled)
        try:
            await handled.begin()
            caller = await self._let_in(scope, given)
            if caller:
                send = self._rates.telling(send, caller)
                OWNER.set(caller.organisation_id)
                await handled.pass_to(caller.organisation_id)
            await self._pass(scope, receive, done_when_answered(send, handled))
        except ServiceError as error:
            await problem_of(error)(scope, receive, done_when_answered(send, handled))
        finally:
            handled.end()

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, whose body may have so many bytes, for itself and beside others."""
        caller: Caller | None = scope.get("state", {}).get("caller")
        with self._flight.carrying(caller.organisation_id if caller else "") as take:
            taken = waiting_aside(_limited(receive, self._most_of(scope), take))
            await self.app(scope, taken, send)

    def _most_of(self, scope: Scope) -> int:
        """The bytes that the body of a request may have."""
        if (scope["method"], scope["path"].rstrip("/")) in UPLOADS:
            return self._most
        return min(self._most, CONTROL_BYTES)

    async def _let_in(self, scope: Scope, given: str) -> Caller | None:
        """Who sends a request; nobody in particular where strangers may."""
        path = scope["path"]
        if path in (OPEN, INSTANCE_SCHEMA) or path.startswith(PAGES):
            self._rates.count_stranger(address_of(scope))
            return None
        caller = await self._recognised(scope, given)
        await self._must_be_fit(scope, caller)
        scope.setdefault("state", {})["caller"] = caller
        return caller

    async def _recognised(self, scope: Scope, given: str) -> Caller:
        """Whose key or token it is, counted and noted.

        Raises:
            Unauthenticated: nobody's, or not from here.
            TooManyRequests: of this caller, or of strangers from here.
        """
        origin = address_of(scope)
        accepting = scope["path"] == ACCEPT and given.startswith("ldin_")
        if given.count(".") == 2 and self._tokens:
            caller = await self._by_token(self._tokens, given, origin)
        else:
            caller = await run_in_threadpool(self._by_secret, given, accepting)
        if caller and caller.scope and from_elsewhere(caller.scope, origin):
            self._rates.count_stranger(origin)
            refused = Refused(caller.organisation_id, str(caller.key_id), f"used from {origin}")
            await run_in_threadpool(self._tell, refused, origin)
            raise Unauthenticated("this key is not used from your network")
        if caller is None:
            self._owners.forget(given)
            self._rates.count_stranger(origin)
            await run_in_threadpool(self._tell_refused, given, origin)
            raise Unauthenticated("send Authorization: Bearer with your API key")
        self._owners.note(given, caller.organisation_id)
        self._rates.count(caller)
        return dataclasses.replace(caller, request_id=correlation_id.get() or "", origin=origin)

    async def _must_be_fit(self, scope: Scope, caller: Caller) -> None:
        """Refuse a request by its head alone.

        Raises:
            Unsupported: its body is packed.
            TooLarge: its body is.
            Unavailable: there is no room for its body now.
            Forbidden: the caller's key does not open this.
        """
        headers, most = Headers(scope=scope), self._most_of(scope)
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Unsupported("send the body as it is, without Content-Encoding")
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > most:
            raise TooLarge(f"at most {most:,} bytes are taken")
        if length.isdecimal() and not self._flight.has_room(caller.organisation_id, int(length)):
            raise Unavailable("too much is being sent at once", retry_after_s=FULL_S)
        try:
            must_open(caller.scope, scope["method"], scope["path"])
        except Forbidden as error:
            act = Act(scope["method"], scope["path"], scope["path"].split("/"))
            await run_in_threadpool(tell_refused, self._store, caller, act, error)
            raise

    async def _by_token(self, tokens: Tokens, token: str, origin: str) -> Caller | None:
        """The caller whom a token of the identity provider names.

        A stranger who would have the provider asked is counted first.
        """
        counted = tokens.unknown(token)
        if counted:
            self._rates.count_stranger(origin)
            async with aside():
                named = await tokens.named(token)
        else:
            named = await tokens.named(token)
        caller = await run_in_threadpool(self._of_subject, named, origin) if named else None
        if caller is None and counted:
            raise Unauthenticated("the identity provider's token opens nothing here")
        return caller

    def _of_subject(self, named: Named, origin: str) -> Caller | None:
        with self._store.database.read() as connection:
            caller = keys.caller_of_subject(connection, named.subject)
            refused = None if caller else keys.refused_subject(connection, named.subject)
        if refused is not None:
            self._tell(refused, origin)
        return dataclasses.replace(caller, until=named.until) if caller else None

    def _by_secret(self, given: str, accepting: bool) -> Caller | None:
        """The caller whose key, or invitation to be accepted, this is."""
        if not given:
            return None
        with self._store.database.read() as connection:
            if accepting:
                return invitations.invited(connection, given)
            caller = keys.caller_of(connection, given)
        if caller is not None and caller.key_id is not None:
            self._note(caller.key_id)
        return caller

    def _tell_refused(self, given: str, origin: str) -> None:
        """Tell the log, and the audit log of whose key it is, that somebody was not let in."""
        refused = None
        if given:
            with self._store.database.read() as connection:
                refused = keys.refused(connection, given)
        if refused is not None:
            self._tell(refused, origin)
        log.info("not let in", origin=origin, reason=refused.reason if refused else "unknown")

    def _tell(self, refused: Refused, origin: str) -> None:
        """Add an entry, unless there have been many of this key or user in the last minute."""
        if not self._rates.is_told(refused.resource):
            return
        with self._store.database.write() as tx:
            audit.record_stranger(
                tx,
                refused.organisation_id,
                refused.resource,
                reason=refused.reason,
                request_id=correlation_id.get() or "",
                origin=origin,
            )

    def _note(self, key: str) -> None:
        """Note that a key was used, once a minute at most."""
        moment = time.monotonic()
        if moment - self._noted.get(key, -math.inf) >= keys.SEEN_EVERY_S:
            self._noted[key] = moment
            with self._store.database.write() as tx:
                keys.seen(tx, key)


def _secret(scope: Scope) -> str:
    """The key or token that a request carries."""
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


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


def address_of(scope: Scope) -> str:
    """The address that a request came from, as this server sees it."""
    client = scope.get("client")
    return str(client[0])[:64] if client else "unknown"
