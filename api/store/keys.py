"""API keys: `ldst_<24 hex digits>_<43 characters>`; only a SHA-256 of the secret part is kept.

The secret is 32 random bytes, so that a fast hash is enough: there is nothing to guess.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert, or_, select, update

from api.caller import Caller
from api.errors import Forbidden, NotFound, Unauthenticated
from api.resources.base import Page, moment, moment_if
from api.resources.organisations import Key, KeyRequest, NewKey, Scope
from api.store.clock import new_id, now
from api.store.cursors import page
from api.store.tables import invitations, keys, organisations, users

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

FORM = re.compile(r"ldst_([0-9a-f]{24})_([A-Za-z0-9_\-]{43})")
SEEN_EVERY_S = 60.0
"""How exactly `last_used_at` is kept."""


def add(
    connection: Connection, user: str, request: KeyRequest, *, made_by: str | None = None
) -> NewKey:
    """Make a key for a user; its secret is in the answer and nowhere else.

    Args:
        connection: a transaction that writes.
        user: whose key it is.
        request: label and days.
        made_by: another user by whose hand the secret comes, if so.

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
            secret_hash=hashed(secret),
            created_at=now(),
            expires_at=now() + request.days * 86400.0,
            created_by=made_by,
            scope=request.scope.model_dump(mode="json"),
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


def revoke_all(connection: Connection, before: float | None = None) -> list[Key]:
    """End every key, and every invitation; after a restore, old ones would work again.

    Args:
        connection: a transaction.
        before: only those made before this moment (seconds since 1970).

    Returns:
        The keys that worked until now, oldest first.
    """
    moment = now()
    ended = update(keys).where(keys.c.revoked_at.is_(None), keys.c.expires_at > moment)
    closed = update(invitations).where(invitations.c.ended_at.is_(None))
    if before is not None:
        ended = ended.where(keys.c.created_at < before)
        closed = closed.where(invitations.c.created_at < before)
    connection.execute(closed.values(ended_at=moment))
    rows = connection.execute(ended.values(revoked_at=moment).returning(*keys.c)).all()
    return [_key(row) for row in sorted(rows, key=lambda row: (row.created_at, row.id))]


def caller_of(connection: Connection, text: str) -> Caller | None:
    """The caller whose key this is; None for a key that is wrong, expired, revoked or unused."""
    found = _shown(connection, text)
    if found is None or not found.right or _fault(found.row) is not None:
        return None
    scope = Scope(**found.row.scope)
    known = _caller(found.row, found.row.key_id)
    return known if scope == Scope() else dataclasses.replace(known, scope=scope)


class Refused(NamedTuple):
    """A key or user that is known, and was not let in."""

    organisation_id: str
    resource: str
    """The key, or the user whom a token named."""
    reason: str


def refused(connection: Connection, text: str) -> Refused | None:
    """Whose key was shown and is not good; None where it is nobody's, or good."""
    found = _shown(connection, text)
    if found is None or found.row is None:
        return None
    reason = _fault(found.row) if found.right else "wrong secret"
    if reason is None:
        return None
    return Refused(found.row.organisation_id, found.row.key_id, reason)


def refused_subject(connection: Connection, subject: str) -> Refused | None:
    """The user whom a good token names and who is not active."""
    query = select(users).where(users.c.subject == subject, users.c.active.is_(False))
    row = connection.execute(query).one_or_none()
    return None if row is None else Refused(row.organisation_id, row.id, "user not active")


def must_still_be(connection: Connection, caller: Caller) -> None:
    """Refuse a caller that was recognised and would not be so again.

    Raises:
        Unauthenticated: the key, the token or the user has ended meanwhile.
    """
    if not _still(connection, caller):
        raise Unauthenticated("your key, token or user has ended meanwhile")


def _still(connection: Connection, caller: Caller) -> bool:
    if caller.until is not None and caller.until <= connection.execute(select(now())).scalar_one():
        return False
    query = select(users.c.active).where(users.c.id == caller.user_id)
    if caller.key_id is not None:
        query = query.join(keys, keys.c.user_id == users.c.id).where(
            keys.c.id == caller.key_id, keys.c.revoked_at.is_(None), keys.c.expires_at > now()
        )
    return bool(connection.execute(query).scalar_one_or_none())


def maker_through(connection: Connection, caller: Caller) -> str | None:
    """Who else's hand the secret of a caller went through: what it makes went through it too."""
    query = select(keys.c.created_by).where(keys.c.id == caller.key_id)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def caller_of_subject(connection: Connection, subject: str) -> Caller | None:
    """The caller whom the identity provider calls so."""
    query = _callers().where(users.c.subject == subject, users.c.active)
    row = connection.execute(query).one_or_none()
    return None if row is None else _caller(row, None)


def caller_of_invitation(connection: Connection, user: str, invitation: str) -> Caller | None:
    """The caller who accepts an invitation; None where the user is not active."""
    query = _callers().where(users.c.id == user, users.c.active)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return dataclasses.replace(_caller(row, None), invitation_id=invitation)


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
        .select_from(users)
        .join(organisations, organisations.c.id == users.c.organisation_id)
    )


class _Shown(NamedTuple):
    """A key that somebody shows."""

    row: Any
    """Its user, organisation and ends; None where there is no such key."""
    right: bool
    """Whether the secret is the key's."""


def _shown(connection: Connection, text: str) -> _Shown | None:
    """What is known of a text that has the form of a key."""
    form = FORM.fullmatch(text)
    if form is None:
        return None
    query = (
        _callers()
        .join(keys, keys.c.user_id == users.c.id)
        .add_columns(
            keys.c.id.label("key_id"),
            keys.c.secret_hash,
            keys.c.revoked_at,
            keys.c.scope,
            (keys.c.expires_at <= now()).label("expired"),
            users.c.active,
        )
    )
    row = connection.execute(query.where(keys.c.id == f"key_{form[1]}")).one_or_none()
    kept = row.secret_hash if row is not None else hashed("")
    right = hmac.compare_digest(kept, hashed(form[2])) and row is not None
    return _Shown(row, right)


def _fault(row: Any) -> str | None:
    """Why a key of the right secret opens nothing."""
    if row.revoked_at is not None:
        return "revoked"
    if row.expired:
        return "expired"
    return None if row.active else "user not active"


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


def hashed(secret: str) -> str:
    """What is kept of a secret."""
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
        created_by=row.created_by,
        scope=Scope(**row.scope),
    )
