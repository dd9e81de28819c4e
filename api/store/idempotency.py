"""Idempotency keys: a request that is sent again gets the first answer again.

The answer is written in the transaction of what the request did: either both are there or none.
A second request with the same key waits for the first one's transaction, so it never meets one
half done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from sqlalchemy import delete, insert, select

from api.errors import KeyReused
from api.store.clock import now
from api.store.database import alone
from api.store.tables import idempotency

if TYPE_CHECKING:
    from pydantic import BaseModel
    from sqlalchemy import Connection

    from api.caller import Caller


class Once(NamedTuple):
    """A request that must not be done twice."""

    key: str
    """The caller's own name for it."""
    fingerprint: str
    """SHA-256 of method, path, query and body."""


class Answer(NamedTuple):
    """The answer that a request got: where what it made is, and how that was then."""

    status: int
    location: str
    body: str

    @classmethod
    def of(cls, status: int, location: str, made: BaseModel) -> Self:
        """An answer that can be kept and given again."""
        return cls(status, location, made.model_dump_json())

    @property
    def identifier(self) -> str:
        """Of what was made."""
        return self.location.rpartition("/")[2]


def earlier(connection: Connection, caller: Caller, once: Once | None) -> Answer | None:
    """The answer that this request has had already; to be asked first in its transaction.

    Raises:
        KeyReused: the key stood for another request.
    """
    if once is None:
        return None
    alone(connection, f"idempotency {caller.user_id} {once.key}")
    row = connection.execute(
        select(idempotency).where(
            idempotency.c.user_id == caller.user_id, idempotency.c.key == once.key
        )
    ).one_or_none()
    if row is None:
        return None
    if row.fingerprint != once.fingerprint:
        raise KeyReused("choose a new key, or send the same request again")
    return Answer(row.status, row.location, row.body)


def remember(connection: Connection, caller: Caller, once: Once | None, answer: Answer) -> None:
    """Keep the answer to a request, in the transaction of what it did."""
    if once is not None:
        connection.execute(
            insert(idempotency).values(
                user_id=caller.user_id,
                key=once.key,
                fingerprint=once.fingerprint,
                status=answer.status,
                location=answer.location,
                body=answer.body,
                created_at=now(),
            )
        )


def forget(connection: Connection, older_than_s: float) -> int:
    """Delete what is older; returns how many."""
    old = delete(idempotency).where(idempotency.c.created_at < now() - older_than_s)
    return connection.execute(old).rowcount
