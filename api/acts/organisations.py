"""Organisations: who one is, who is in the fund, and what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.acts.managing import compared, invite, managed
from api.errors import Forbidden, Invalid, Place
from api.resources.organisations import Me, NewOrganisation, UserRequest
from api.store import audit, organisations

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.base import Page
    from api.resources.organisations import (
        AuditEntry,
        Organisation,
        OrganisationChange,
        OrganisationRequest,
    )
    from api.store import Store

SETTLED = ("projects", "quota", "subject_domains")
"""Fields of an organisation that its fund's secretariat sets."""


def show_me(store: Store, caller: Caller) -> Me:
    """The caller's user, role and organisation, with its quota and what is used of it."""
    with store.database.read() as connection:
        return Me(
            user=organisations.user(connection, caller.user_id),
            organisation=organisations.get(connection, caller.organisation_id),
            key_id=caller.key_id,
        )


def list_audit(store: Store, caller: Caller, cursor: str | None, limit: int) -> Page[AuditEntry]:
    """Who did what in the caller's organisation, newest first."""
    with store.database.read() as connection:
        return audit.entries(connection, caller.organisation_id, cursor, limit)


def list_all(store: Store, caller: Caller, cursor: str | None, limit: int) -> Page[Organisation]:
    """The caller's own organisation and, for a secretariat, those of its fund."""
    with store.database.read() as connection:
        return organisations.listed(connection, caller, cursor, limit)


def add(store: Store, caller: Caller, wanted: OrganisationRequest) -> NewOrganisation:
    """Add a member or a sponsor to the caller's fund, and invite its first admin.

    Raises:
        Forbidden: the caller is of no secretariat.
        Invalid: it would be a second secretariat.
    """
    if caller.kind != "secretariat":
        raise Forbidden("only a secretariat has a fund to add to")
    if wanted.kind == "secretariat":
        words = "a fund has one secretariat; add a member or a sponsor"
        raise Invalid.at([(Place(part="body", field="kind"), words)])
    told = wanted.model_dump(mode="json", exclude={"admin"})
    with store.database.write() as tx:
        identifier = organisations.add(tx, wanted, caller.organisation_id)
        audit.record(tx, caller, "organisation.add", identifier, after=told)
        first = UserRequest(name=wanted.admin, role="admin")
        admin = organisations.add_user(tx, identifier, first, made_by=caller.user_id)
        audit.record(tx, caller, "user.add", admin.id, role=admin.role, name=admin.name)
        invitation = invite(tx, store, caller, admin.id)
        made = organisations.get(tx, identifier)
    return NewOrganisation(**dict(made), invitation=invitation)


def show(store: Store, caller: Caller, identifier: str) -> Organisation:
    """An organisation's kind, projects, quota and usage.

    Raises:
        NotFound: there is none that the caller may know of.
    """
    with store.database.read() as connection:
        return organisations.within_reach(connection, identifier, caller)


def change(
    store: Store, caller: Caller, identifier: str, wanted: OrganisationChange, version: int
) -> Organisation:
    """Change an organisation: a secretariat sets projects and quotas, others rename themselves.

    Raises:
        NotFound: there is none that the caller may know of.
        Forbidden: a field is not the caller's to set.
        Stale: the organisation has another version.
    """
    with store.database.write() as tx:
        before = managed(tx, identifier, caller)
        settled = [name for name in SETTLED if getattr(wanted, name) is not None]
        if settled and caller.kind != "secretariat":
            raise Forbidden(f"{', '.join(settled)}: set by the fund's secretariat")
        if wanted.sign_off is not None and identifier != caller.organisation_id:
            raise Forbidden("sign_off: an organisation settles itself who signs its plans")
        changed = organisations.change(tx, identifier, wanted, version)
        noted = compared(before, changed, wanted)
        audit.record(tx, caller, "organisation.change", identifier, **noted)
    return changed
