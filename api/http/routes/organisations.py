"""Organisations, their users and keys, the audit log, and who you are."""

from fastapi import APIRouter, Response

from api.acts import organisations, users
from api.http.dependencies import (
    AdminDep,
    CallerDep,
    CursorParam,
    LimitParam,
    StoreDep,
    VersionDep,
    tagged,
)
from api.http.openapi import refusals
from api.http.strict_bodies import StrictRoute
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

router = APIRouter(prefix="/v1", tags=["organisations"], route_class=StrictRoute)
HERE = "/organisations/{organisation_id}"


@router.get("/me", summary="Who am I?")
def me(store: StoreDep, caller: CallerDep) -> Me:
    """Your user, role and organisation, with its quota and what is used of it."""
    return organisations.show_me(store, caller)


@router.get("/audit", summary="Read the audit log", responses=refusals(403))
def entries(
    store: StoreDep, caller: AdminDep, cursor: CursorParam = None, limit: LimitParam = 50
) -> Page[AuditEntry]:
    """Who did what in your organisation, newest first."""
    return organisations.list_audit(store, caller, cursor, limit)


@router.get("/organisations", summary="List organisations")
def listed(
    store: StoreDep, caller: CallerDep, cursor: CursorParam = None, limit: LimitParam = 50
) -> Page[Organisation]:
    """Your own and, for a secretariat, those of its fund."""
    return organisations.list_all(store, caller, cursor, limit)


@router.post("/organisations", status_code=201, summary="Add a member or a sponsor")
def add(
    wanted: OrganisationRequest, store: StoreDep, caller: AdminDep, response: Response
) -> NewOrganisation:
    """An admin of a secretariat adds organisations to its fund, and gets one invitation for each.

    It is for the first admin, and shown in this answer only.
    """
    made = organisations.add(store, caller, wanted)
    response.headers["Location"] = f"/v1/organisations/{made.id}"
    tagged(response, made.version)
    return made


@router.get(HERE, summary="Look at an organisation")
def look(
    organisation_id: ResourceId, store: StoreDep, caller: CallerDep, response: Response
) -> Organisation:
    """Its kind, projects, quota and usage."""
    found = organisations.show(store, caller, organisation_id)
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
    changed = organisations.change(store, caller, organisation_id, wanted, version)
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
    return users.list_all(store, caller, organisation_id, cursor, limit)


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
    user = users.add(store, caller, organisation_id, wanted)
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
    user = users.show(store, caller, organisation_id, user_id)
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
    user = users.change(store, caller, organisation_id, user_id, wanted, version)
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
    user = users.free_subject(store, caller, organisation_id, user_id)
    tagged(response, user.version)
    return user
