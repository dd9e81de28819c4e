"""Users: who acts for an organisation, who made them, and who they are to the identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from api.errors import Conflict, Forbidden, NotFound, Stale
from api.resources.base import Page, moment
from api.resources.organisations import User, UserChange, UserRequest
from api.store.clock import new_id, now
from api.store.cursors import page
from api.store.tables import organisations, users

if TYPE_CHECKING:
    from sqlalchemy import Connection

TAKEN = "subject: another user has it already"


def add_user(
    connection: Connection,
    organisation: str,
    request: UserRequest,
    *,
    made_by: str | None = None,
    accepted: bool = True,
) -> User:
    """Add a user.

    Args:
        connection: a transaction that writes.
        organisation: for whom the user acts.
        request: name, role and subject.
        made_by: the user who makes this one; None for the operator.
        accepted: whether the subject counts at once; otherwise it waits for the person.

    Raises:
        NotFound: there is no such organisation.
        Conflict: another user has the same subject.
    """
    _organisation(connection, organisation)
    identifier = new_id("user")
    try:
        connection.execute(
            insert(users).values(
                id=identifier,
                organisation_id=organisation,
                name=request.name,
                role=request.role,
                subject=request.subject if accepted else None,
                awaited_subject=None if accepted else request.subject,
                active=True,
                created_at=now(),
                created_by=made_by,
            )
        )
    except IntegrityError as trouble:
        raise Conflict(TAKEN) from trouble
    return user(connection, identifier)


def user(connection: Connection, identifier: str) -> User:
    """A user.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(users).where(users.c.id == identifier)).one_or_none()
    if row is None:
        raise NotFound("there is no user of this identifier")
    return _user(row)


def users_of(
    connection: Connection, organisation: str, cursor: str | None, limit: int
) -> Page[User]:
    """The users of an organisation."""
    query = select(users).where(users.c.organisation_id == organisation)
    return page(connection, query, users, cursor, limit, _user)


def change_user(connection: Connection, identifier: str, request: UserChange, version: int) -> User:
    """Change a user that has this version.

    Raises:
        NotFound: there is none.
        Stale: it has another version.
        Forbidden: nobody would be left to manage the organisation.
    """
    known = user(connection, identifier)
    _organisation(connection, known.organisation_id, lock=True)
    known = user(connection, identifier)
    if known.version != version:
        raise Stale(f"its version is {known.version} by now, not {version}")
    changes = request.model_dump(exclude_none=True)
    _set(connection, known, **changes)
    admins = (
        select(func.count())
        .select_from(users)
        .where(
            users.c.organisation_id == known.organisation_id,
            users.c.role == "admin",
            users.c.active,
        )
    )
    was_admin = known.role == "admin" and known.active
    if was_admin and connection.execute(admins).scalar_one() == 0:
        raise Forbidden("it is the last active admin of its organisation")
    return user(connection, identifier)


def accept_subject(
    connection: Connection, identifier: str, subject: str, invited_by: str | None
) -> None:
    """Have a user be who the identity provider says that the person is.

    Args:
        connection: a transaction that writes.
        identifier: which user.
        subject: who accepts, by a token of the provider.
        invited_by: through whose hand the invitation went; None for the operator's.

    Raises:
        Forbidden: an admin expects somebody else.
        Conflict: another user is that person already.
    """
    known = user(connection, identifier)
    if known.awaited_subject not in (None, subject) or known.subject not in (None, subject):
        raise Forbidden(
            "the identity provider's token names somebody else than the invitation does; ask who "
            "invited you to correct the subject"
        )
    try:
        _set(connection, known, subject=subject, awaited_subject=None, subject_by=invited_by)
    except IntegrityError as trouble:
        raise Conflict("you are another user already: have its subject freed first") from trouble


def free_subject(connection: Connection, identifier: str) -> User:
    """Have a user be nobody to the identity provider; the subject may be another's then."""
    known = user(connection, identifier)
    _set(connection, known, subject=None, awaited_subject=None, subject_by=None)
    return user(connection, identifier)


def _set(connection: Connection, known: User, **changes: object) -> None:
    changed = update(users).where(users.c.id == known.id)
    connection.execute(changed.values(version=known.version + 1, **changes))


def _organisation(connection: Connection, identifier: str, *, lock: bool = False) -> None:
    """Hold an organisation's row, so weakly that others may add rows which refer to it."""
    query = select(organisations.c.id).where(organisations.c.id == identifier)
    if lock:
        query = query.with_for_update(key_share=True)
    if connection.execute(query).one_or_none() is None:
        raise NotFound("there is no organisation of this identifier")


def _user(row: Any) -> User:
    return User(
        id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        role=row.role,
        subject=row.subject,
        awaited_subject=row.awaited_subject,
        active=row.active,
        created_by=row.created_by,
        version=row.version,
        created_at=moment(row.created_at),
    )
