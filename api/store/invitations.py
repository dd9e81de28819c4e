"""Invitations: `ldin_<24 hex digits>_<43 characters>`, by which a person makes the own first key.

Whoever invites gives a person a secret that is worth one key and no more: used once, it is worth
nothing, and the person would notice that somebody else had used it. Only its SHA-256 is kept.
"""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import exists, insert, select, update

from api.errors import Forbidden, NotFound
from api.resources.base import moment
from api.resources.organisations import KeyRequest, NewInvitation, NewKey
from api.store import keys
from api.store.clock import new_id, now
from api.store.tables import invitations, users
from api.store.tables import keys as keys_table
from api.store.users import accept_subject

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.caller import Caller

FORM = re.compile(r"ldin_([0-9a-f]{24})_([A-Za-z0-9_\-]{43})")


class Invited(NamedTuple):
    """What an invitation led to."""

    key: NewKey
    subject: str | None


def add(connection: Connection, user_id: str, made_by: str | None, lasts_s: float) -> NewInvitation:
    """Invite a user; an earlier invitation of the same user ends.

    Args:
        connection: a transaction that writes.
        user_id: who is invited.
        made_by: who invites; None for the operator.
        lasts_s: how long the invitation may be accepted (s).

    Raises:
        NotFound: there is no such user.
        Forbidden: the user is not active.
    """
    row = connection.execute(select(users).where(users.c.id == user_id)).one_or_none()
    if row is None:
        raise NotFound("there is no user of this identifier")
    if not row.active:
        raise Forbidden("the user is not active; make it active first")
    earlier = update(invitations).where(
        invitations.c.user_id == user_id, invitations.c.ended_at.is_(None)
    )
    connection.execute(earlier.values(ended_at=now()))
    identifier, secret = new_id("invitation"), secrets.token_urlsafe(32)
    made = insert(invitations).values(
        id=identifier,
        organisation_id=row.organisation_id,
        user_id=user_id,
        secret_hash=keys.hashed(secret),
        created_by=made_by,
        created_at=now(),
        expires_at=now() + lasts_s,
    )
    kept = connection.execute(made.returning(*invitations.c)).one()
    return NewInvitation(
        id=identifier,
        organisation_id=kept.organisation_id,
        user_id=user_id,
        created_by=made_by,
        created_at=moment(kept.created_at),
        expires_at=moment(kept.expires_at),
        secret=f"ldin_{identifier.removeprefix('inv_')}_{secret}",
    )


def invited(connection: Connection, text: str) -> Caller | None:
    """The caller whom an invitation names; None for one that is wrong, used or over.

    Such a caller may accept the invitation and do nothing else.
    """
    form = FORM.fullmatch(text)
    if form is None:
        return None
    identifier = f"inv_{form[1]}"
    query = select(invitations).where(
        invitations.c.id == identifier,
        invitations.c.ended_at.is_(None),
        invitations.c.expires_at > now(),
    )
    row = connection.execute(query).one_or_none()
    kept = row.secret_hash if row is not None else keys.hashed("")
    if not hmac.compare_digest(kept, keys.hashed(form[2])) or row is None:
        return None
    return keys.caller_of_invitation(connection, row.user_id, identifier)


def accept(
    connection: Connection, caller: Caller, request: KeyRequest, subject: str | None
) -> Invited:
    """Make the invited person's own key; the invitation is used up.

    Args:
        connection: a transaction that writes.
        caller: whom `invited` has recognised.
        request: what the key is to be.
        subject: who the person is to the identity provider, proved by a token of it.

    Raises:
        Forbidden: there is no invitation, or it was used or replaced meanwhile.
        Conflict: the subject is another user's.
    """
    if caller.invitation_id is None:
        raise Forbidden("send the secret of your invitation as Authorization: Bearer ldin_…")
    used = update(invitations).where(
        invitations.c.id == caller.invitation_id, invitations.c.ended_at.is_(None)
    )
    row = connection.execute(
        used.values(ended_at=now()).returning(invitations.c.created_by)
    ).one_or_none()
    if row is None:
        raise Forbidden("the invitation was used or replaced meanwhile; ask for another one")
    if subject is not None:
        accept_subject(connection, caller.user_id, subject, row.created_by)
    key = keys.add(connection, caller.user_id, request, made_by=row.created_by)
    return Invited(key, subject)


def has_way_in(connection: Connection, *, user: str = "", organisation: str = "") -> bool:
    """Whether a user, or anybody of an organisation, has ever had a key or has a subject."""
    whose, holders = users.c.id == user, keys_table.c.user_id == user
    if organisation:
        whose = users.c.organisation_id == organisation
        holders = keys_table.c.organisation_id == organisation
    known = exists().where(whose, users.c.subject.is_not(None))
    holding = exists().where(holders)
    return bool(connection.execute(select(known | holding)).scalar_one())
