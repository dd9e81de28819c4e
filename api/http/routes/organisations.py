"""Organisations, their users and keys, the audit log, and who you are."""

from typing import Any

from fastapi import APIRouter, Response

from api.errors import Forbidden, Invalid, Place
from api.http.bodies import StrictRoute
from api.http.documented import refusals
from api.http.managing import compared, invite, managed, user_of
from api.http.parts import (
    AdminDep,
    CallerDep,
    CursorParam,
    LimitParam,
    StoreDep,
    VersionDep,
    tagged,
)
from api.resources.base import Page, ResourceId
from api.resources.organisations import (
    AuditEntry,
    Me,
    NewOrganisation,
    Organisation,
    OrganisationChange,
    OrganisationRequest,
    User,
    UserChange,
    UserRequest,
)
from api.store import audit, organisations, users

router = APIRouter(prefix="/v1", tags=["organisations"], route_class=StrictRoute)
HERE = "/organisations/{organisation_id}"
SETTLED = ("projects", "quota", "subject_domains")
"""Fields of an organisation that its fund's secretariat sets."""


@router.get("/me", summary="Who am I?")
def me(store: StoreDep, caller: CallerDep) -> Me:
    """Your user, role and organisation, with its quota and what is used of it."""
    with store.database.read() as connection:
        return Me(
            user=organisations.user(connection, caller.user_id),
            organisation=organisations.get(connection, caller.organisation_id),
            key_id=caller.key_id,
        )


@router.get("/audit", summary="Read the audit log", responses=refusals(403))
def entries(
    store: StoreDep, caller: AdminDep, cursor: CursorParam = None, limit: LimitParam = 50
) -> Page[AuditEntry]:
    """Who did what in your organisation, newest first."""
    with store.database.read() as connection:
        return audit.entries(connection, caller.organisation_id, cursor, limit)


@router.get("/organisations", summary="List organisations")
def listed(
    store: StoreDep, caller: CallerDep, cursor: CursorParam = None, limit: LimitParam = 50
) -> Page[Organisation]:
    """Your own and, for a secretariat, those of its fund."""
    with store.database.read() as connection:
        return organisations.listed(connection, caller, cursor, limit)


@router.post("/organisations", status_code=201, summary="Add a member or a sponsor")
def add(
    wanted: OrganisationRequest, store: StoreDep, caller: AdminDep, response: Response
) -> NewOrganisation:
    """An admin of a secretariat adds organisations to its fund, and gets one invitation for each.

    It is for the first admin, and shown in this answer only.
    """
    if caller.kind != "secretariat":
        raise Forbidden("only a secretariat has a fund to add to")
    if wanted.kind == "secretariat":
        words = "a fund has one secretariat; add a member or a sponsor"
        raise Invalid.at([(Place(part="body", field="kind"), words)])
    with store.database.write() as tx:
        identifier = organisations.add(tx, wanted, caller.organisation_id)
        audit.record(tx, caller, "organisation.add", identifier, after=_told(wanted))
        first = UserRequest(name=wanted.admin, role="admin")
        admin = organisations.add_user(tx, identifier, first, made_by=caller.user_id)
        audit.record(tx, caller, "user.add", admin.id, role=admin.role, name=admin.name)
        invitation = invite(tx, store, caller, admin.id)
        made = organisations.get(tx, identifier)
    response.headers["Location"] = f"/v1/organisations/{identifier}"
    tagged(response, made.version)
    return NewOrganisation(**dict(made), invitation=invitation)


@router.get(HERE, summary="Look at an organisation")
def look(
    organisation_id: ResourceId, store: StoreDep, caller: CallerDep, response: Response
) -> Organisation:
    """Its kind, projects, quota and usage."""
    with store.database.read() as connection:
        found = organisations.within_reach(connection, organisation_id, caller)
    tagged(response, found.version)
    return found


@router.patch(HERE, summary="Change an organisation", responses=refusals(412, 428))
def change(  # noqa: PLR0913 - each is a part of the request or of the service
    organisation_id: ResourceId,
    wanted: OrganisationChange,
    store: StoreDep,
    caller: CallerDep,
    version: VersionDep,
    response: Response,
) -> Organisation:
    """A secretariat's admin sets projects and quotas in its fund; others rename themselves."""
    with store.database.write() as tx:
        before = managed(tx, organisation_id, caller)
        settled = [name for name in SETTLED if getattr(wanted, name) is not None]
        if settled and caller.kind != "secretariat":
            raise Forbidden(f"{', '.join(settled)}: set by the fund's secretariat")
        if wanted.sign_off is not None and organisation_id != caller.organisation_id:
            raise Forbidden("sign_off: an organisation settles itself who signs its plans")
        changed = organisations.change(tx, organisation_id, wanted, version)
        noted = compared(before, changed, wanted)
        audit.record(tx, caller, "organisation.change", organisation_id, **noted)
    tagged(response, changed.version)
    return changed


@router.get(HERE + "/users", summary="List users", responses=refusals(403))
def users_of(
    organisation_id: ResourceId,
    store: StoreDep,
    caller: CallerDep,
    cursor: CursorParam = None,
    limit: LimitParam = 50,
) -> Page[User]:
    """Who acts for an organisation."""
    with store.database.read() as connection:
        managed(connection, organisation_id, caller)
        return organisations.users_of(connection, organisation_id, cursor, limit)


@router.post(HERE + "/users", status_code=201, summary="Add a user", responses=refusals(409))
def add_user(
    organisation_id: ResourceId,
    wanted: UserRequest,
    store: StoreDep,
    caller: CallerDep,
    response: Response,
) -> User:
    """A person or a program; invite it next.

    A subject of one of the organisation's domains counts at once; another one is awaited, until
    the person accepts an invitation with a token of the identity provider.
    """
    with store.database.write() as tx:
        home = managed(tx, organisation_id, caller)
        domain = (wanted.subject or "").rpartition("@")[2].lower()
        own = caller.organisation_id == organisation_id and domain in home.subject_domains
        user = organisations.add_user(
            tx, organisation_id, wanted, made_by=caller.user_id, accepted=own
        )
        audit.record(tx, caller, "user.add", user.id, **wanted.model_dump(mode="json"))
    response.headers["Location"] = f"/v1/organisations/{organisation_id}/users/{user.id}"
    tagged(response, user.version)
    return user


@router.get(HERE + "/users/{user_id}", summary="Look at a user", responses=refusals(403))
def look_at_user(
    organisation_id: ResourceId,
    user_id: ResourceId,
    store: StoreDep,
    caller: CallerDep,
    response: Response,
) -> User:
    """Its name and role."""
    with store.database.read() as connection:
        managed(connection, organisation_id, caller)
        user = user_of(connection, organisation_id, user_id)
    tagged(response, user.version)
    return user


@router.patch(HERE + "/users/{user_id}", summary="Change a user", responses=refusals(412, 428))
def change_user(  # noqa: PLR0913 - each is a part of the request or of the service
    organisation_id: ResourceId,
    user_id: ResourceId,
    wanted: UserChange,
    store: StoreDep,
    caller: CallerDep,
    version: VersionDep,
    response: Response,
) -> User:
    """Its name and role, or whether its keys work at all."""
    with store.database.write() as tx:
        managed(tx, organisation_id, caller)
        before = user_of(tx, organisation_id, user_id)
        user = organisations.change_user(tx, user_id, wanted, version)
        noted = compared(before, user, wanted)
        audit.record(tx, caller, "user.change", user_id, **noted)
    tagged(response, user.version)
    return user


@router.delete(HERE + "/users/{user_id}/subject", summary="Free a subject")
def free_subject(
    organisation_id: ResourceId,
    user_id: ResourceId,
    store: StoreDep,
    caller: AdminDep,
    response: Response,
) -> User:
    """The user is nobody to the identity provider any more; another user may be that person."""
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
    tagged(response, user.version)
    return user


def _told(wanted: OrganisationRequest) -> dict[str, Any]:
    return wanted.model_dump(mode="json", exclude={"admin"})
