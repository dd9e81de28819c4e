"""Managing an organisation: who may, what of it is told in the audit log, and invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.errors import Forbidden, NotFound
from api.store import audit, invitations, keys, organisations

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.organisations import NewInvitation, Organisation, User
    from api.store import Store, Transaction
    from optimizer.instance.records import Record


def managed(connection: Transaction, identifier: str, caller: Caller) -> Organisation:
    """An organisation that the caller manages.

    Raises:
        NotFound: there is none that the caller may know of.
        Forbidden: the caller is no admin.
    """
    found = organisations.within_reach(connection, identifier, caller)
    caller.must_be("admin")
    return found


def user_of(connection: Transaction, organisation: str, identifier: str) -> User:
    """A user of an organisation.

    Raises:
        NotFound: there is none.
    """
    user = organisations.user(connection, identifier)
    if user.organisation_id != organisation:
        raise NotFound("there is no user of this identifier")
    return user


def keeper(connection: Transaction, organisation: str, user: str, caller: Caller) -> User:
    """A user whose keys the caller may see and end: its own, or those of who it manages.

    Raises:
        NotFound: there is no such organisation or user that the caller may know of.
        Forbidden: they are somebody else's, and the caller is no admin.
    """
    if (caller.organisation_id, caller.user_id) != (organisation, user):
        managed(connection, organisation, caller)
    return user_of(connection, organisation, user)


def may_make_key(connection: Transaction, user: User, caller: Caller) -> None:
    """Refuse a secret that would not reach the person alone whose it is.

    An admin may make the first key of a user of the own organisation, a program for example: it is
    kept with it whose hand it went through. From then on nobody but the user makes one.

    Raises:
        Forbidden: saying what to do instead.
    """
    if user.id == caller.user_id:
        return
    here = f"/v1/organisations/{user.organisation_id}/users/{user.id}"
    if user.organisation_id != caller.organisation_id:
        raise Forbidden(
            "nobody makes a key for a user of another organisation; its own admins invite the "
            f"user: POST {here}/invitations"
        )
    if invitations.has_way_in(connection, user=user.id):
        raise Forbidden(
            "the user has had a key or a subject already and makes further keys itself; if all "
            f"are lost, send an invitation: POST {here}/invitations"
        )


def may_invite(connection: Transaction, user: User, caller: Caller) -> None:
    """Refuse an invitation that is not the caller's to give.

    Raises:
        Forbidden: the user is of another organisation whose people have come in already.
    """
    if user.organisation_id == caller.organisation_id:
        return
    came = invitations.has_way_in(connection, organisation=user.organisation_id)
    if came or user.role != "admin":
        raise Forbidden(
            "a secretariat invites the first admin of an organisation and nobody else; the "
            "organisation's own admins invite its people"
        )


def invite(tx: Transaction, store: Store, caller: Caller, user: str) -> NewInvitation:
    """Invite a user, and tell the audit log."""
    own = user == caller.user_id
    made_by = keys.maker_through(tx, caller) if own else caller.user_id
    invitation = invitations.add(tx, user, made_by, store.settings.invitation_s)
    until = invitation.model_dump(mode="json")["expires_at"]
    audit.record(tx, caller, "invitation.add", invitation.id, user=user, expires_at=until)
    return invitation


def compared(before: Record, after: Record, wanted: Record) -> dict[str, Any]:
    """What an audit entry says of a change: the fields asked for, with old and new values."""
    fields = sorted(wanted.model_fields_set)
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {
        "fields": fields,
        "before": {name: old[name] for name in fields},
        "after": {name: new[name] for name in fields},
    }
