"""API keys: `ldst_<24 hex digits>_<43 characters>`; only a SHA-256 of the secret part is kept.

The secret is 32 random bytes, so that a fast hash is enough: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from api.caller import Caller
from api.errors import Forbidden, NotFound
from api.resources.base import Page, moment, moment_if
from api.resources.organisations import Key, KeyRequest, NewKey
from api.store.clock import new_id, now
from api.store.cursors import page
from api.store.tables import keys, organisations, users

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

FORM = re.compile(r"ldst_([0-9a-f]{24})_([A-Za-z0-9_\-]{43})")
SEEN_EVERY_S = 60.0
"""How exactly `last_used_at` is kept."""


def add(connection: Connection, user: str, request: KeyRequest) -> NewKey:
    """Make a key for a user; its secret is in the answer and nowhere else.

    Raises:
        NotFound: there is no such user.
        Forbidden: the user is not active.
    """
    owner = connection.execute(select(users).where(users.c.id == user)).one_or_none()
    if owner is None:
        raise NotFound("there is no user of this identifier")
    if not owner.active:
        raise Forbidden("the user is not active")
    identifier, secret = new_id("key"), secrets.token_urlsafe(32)
    connection.execute(
        insert(keys).values(
            id=identifier,
            organisation_id=owner.organisation_id,
            user_id=user,
            label=request.label,
            secret_hash=_hash(secret),
            created_at=now(),
            expires_at=now() + request.days * 86400.0,
        )
    )
    known = get(connection, identifier)
    return NewKey(**dict(known), secret=f"ldst_{identifier.removeprefix('key_')}_{secret}")


def get(connection: Connection, identifier: str) -> Key:
    """A key, without its secret.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(keys).where(keys.c.id == identifier)).one_or_none()
    if row is None:
        raise NotFound("there is no key of this identifier")
    return _key(row)


def listed(
    connection: Connection, organisation: str, user: str | None, cursor: str | None, limit: int
) -> Page[Key]:
    """The keys of an organisation, or of one user of it."""
    query = select(keys).where(keys.c.organisation_id == organisation)
    if user is not None:
        query = query.where(keys.c.user_id == user)
    return page(connection, query, keys, cursor, limit, _key)


def revoke(connection: Connection, identifier: str) -> Key:
    """End a key at once; ending it again changes nothing.

    Raises:
        NotFound: there is none.
    """
    ended = update(keys).where(keys.c.id == identifier, keys.c.revoked_at.is_(None))
    connection.execute(ended.values(revoked_at=now()))
    return get(connection, identifier)


def caller_of(connection: Connection, text: str) -> Caller | None:
    """The caller whose key this is; None for a key that is wrong, expired, revoked or unused."""
    form = FORM.fullmatch(text)
    if form is None:
        return None
    identifier, secret = f"key_{form[1]}", form[2]
    query = _callers().join(keys, keys.c.user_id == users.c.id).add_columns(keys.c.secret_hash)
    row = connection.execute(
        query.where(keys.c.id == identifier, keys.c.revoked_at.is_(None), keys.c.expires_at > now())
    ).one_or_none()
    kept = row.secret_hash if row is not None else _hash("")
    if not hmac.compare_digest(kept, _hash(secret)) or row is None:
        return None
    return _caller(row, identifier)


def caller_of_subject(connection: Connection, subject: str) -> Caller | None:
    """The caller whom the identity provider calls so."""
    row = connection.execute(_callers().where(users.c.subject == subject)).one_or_none()
    return None if row is None else _caller(row, None)


def seen(connection: Connection, identifier: str) -> None:
    """Note that a key was used, once a minute at most."""
    old = or_(keys.c.last_used_at.is_(None), keys.c.last_used_at < now() - SEEN_EVERY_S)
    connection.execute(update(keys).where(keys.c.id == identifier, old).values(last_used_at=now()))


def _callers() -> Select[Any]:
    return (
        select(
            users.c.id.label("user_id"),
            users.c.role,
            users.c.organisation_id,
            organisations.c.kind,
            organisations.c.secretariat_id,
            organisations.c.projects,
        )
        .join(organisations, organisations.c.id == users.c.organisation_id)
        .where(users.c.active)
    )


def _caller(row: Any, key: str | None) -> Caller:
    return Caller(
        organisation_id=row.organisation_id,
        kind=row.kind,
        secretariat_id=row.secretariat_id,
        projects=frozenset(row.projects),
        user_id=row.user_id,
        role=row.role,
        key_id=key,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: Any) -> Key:
    return Key(
        id=row.id,
        user_id=row.user_id,
        organisation_id=row.organisation_id,
        label=row.label,
        created_at=moment(row.created_at),
        expires_at=moment(row.expires_at),
        revoked_at=moment_if(row.revoked_at),
        last_used_at=moment_if(row.last_used_at),
    )
