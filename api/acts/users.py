"""Users of an organisation: add them, change them, free who they are to the identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.acts.managing import compared, managed, user_of
from api.store import audit, organisations, users

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.base import Page
    from api.resources.organisations import User, UserChange, UserRequest
    from api.store import Store


def list_all(
    store: Store, caller: Caller, organisation_id: str, cursor: str | None, limit: int
) -> Page[User]:
    """Who acts for an organisation.

    Raises:
        NotFound: there is none that the caller may know of.
        Forbidden: the caller is no admin.
    """
    with store.database.read() as connection:
        managed(connection, organisation_id, caller)
        return organisations.users_of(connection, organisation_id, cursor, limit)


def add(store: Store, caller: Caller, organisation_id: str, wanted: UserRequest) -> User:
    """Add a person or a program.

    A subject of one of the organisation's domains counts at once; another one is awaited.

    Raises:
        NotFound: there is no such organisation that the caller may know of.
        Forbidden: the caller is no admin.
        Conflict: the subject is another user's.
    """
    with store.database.write() as tx:
        home = managed(tx, organisation_id, caller)
        domain = (wanted.subject or "").rpartition("@")[2].lower()
        own = caller.organisation_id == organisation_id and domain in home.subject_domains
        user = organisations.add_user(
            tx, organisation_id, wanted, made_by=caller.user_id, accepted=own
        )
        audit.record(tx, caller, "user.add", user.id, **wanted.model_dump(mode="json"))
    return user


def show(store: Store, caller: Caller, organisation_id: str, user_id: str) -> User:
    """A user's name and role.

    Raises:
        NotFound: there is no such organisation or user that the caller may know of.
        Forbidden: the caller is no admin.
    """
    with store.database.read() as connection:
        managed(connection, organisation_id, caller)
        return user_of(connection, organisation_id, user_id)


def change(  # noqa: PLR0913 - who changes whom, to what, in which version
    store: Store,
    caller: Caller,
    organisation_id: str,
    user_id: str,
    wanted: UserChange,
    version: int,
) -> User:
    """Change a user's name or role, or whether its keys work at all.

    Raises:
        NotFound: there is no such organisation or user that the caller may know of.
        Forbidden: the caller is no admin.
        Stale: the user has another version.
    """
    with store.database.write() as tx:
        managed(tx, organisation_id, caller)
        before = user_of(tx, organisation_id, user_id)
        user = organisations.change_user(tx, user_id, wanted, version)
        noted = compared(before, user, wanted)
        audit.record(tx, caller, "user.change", user_id, **noted)
    return user


def free_subject(store: Store, caller: Caller, organisation_id: str, user_id: str) -> User:
    """Make a user nobody to the identity provider; another user may be that person.

    Raises:
        NotFound: there is no such organisation or user that the caller may know of.
        Forbidden: the caller is no admin.
    """
    with store.database.write() as tx:
        managed(tx, organisation_id, caller)
        before = user_of(tx, organisation_id, user_id)
        user = users.free_subject(tx, user_id)
        audit.record(
            tx,
            caller,
            "user.free_subject",
            user_id,
            before={"subject": before.subject, "awaited_subject": before.awaited_subject},
            after={"subject": None, "awaited_subject": None},
        )
    return user
