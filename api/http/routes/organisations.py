"""Organisations, their users and keys, the audit log, and who you are."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.caller import Caller
from api.errors import Forbidden, Invalid, NotFound
from api.http.bodies import StrictRoute
from api.http.documented import refusals
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
    Key,
    KeyRequest,
    Me,
    NewKey,
    Organisation,
    OrganisationChange,
    OrganisationRequest,
    User,
    UserChange,
    UserRequest,
)
from api.store import Transaction, audit, keys, organisations

router = APIRouter(prefix="/v1", tags=["organisations"], route_class=StrictRoute)
HERE = "/organisations/{organisation_id}"


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
    store: StoreDep,
    caller: AdminDep,
    before: Annotated[
        int | None, Query(ge=1, le=2**62, description="Number of the last entry you have.")
    ] = None,
    limit: LimitParam = 50,
) -> Page[AuditEntry]:
    """Who did what in your organisation, newest first."""
    with store.database.read() as connection:
        return audit.entries(connection, caller.organisation_id, before, limit)


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
) -> Organisation:
    """An admin of a secretariat adds organisations to its fund."""
    if caller.kind != "secretariat":
        raise Forbidden("only a secretariat has a fund to add to")
    if wanted.kind == "secretariat":
        raise Invalid(faults=["body kind: a fund has one secretariat; add a member or a sponsor"])
    with store.database.write() as tx:
        identifier = organisations.add(tx, wanted, caller.organisation_id)
        audit.record(tx, caller, "organisation.add", identifier)
        made = organisations.get(tx, identifier)
    response.headers["Location"] = f"/v1/organisations/{identifier}"
    tagged(response, made.version)
    return made


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
        _managed(tx, organisation_id, caller)
        settles = wanted.quota is not None or wanted.projects is not None
        if settles and caller.kind != "secretariat":
            raise Forbidden("projects and quota are set by the fund's secretariat")
        changed = organisations.change(tx, organisation_id, wanted, version)
        fields = sorted(wanted.model_fields_set)
        audit.record(tx, caller, "organisation.change", organisation_id, fields=fields)
    tagged(response, changed.version)
    return changed


@router.get(HERE + "/users", summary="List users", responses=refusals(403))
def users(
    organisation_id: ResourceId,
    store: StoreDep,
    caller: CallerDep,
    cursor: CursorParam = None,
    limit: LimitParam = 50,
) -> Page[User]:
    """Who acts for an organisation."""
    with store.database.read() as connection:
        _managed(connection, organisation_id, caller)
        return organisations.users_of(connection, organisation_id, cursor, limit)


@router.post(HERE + "/users", status_code=201, summary="Add a user", responses=refusals(409))
def add_user(
    organisation_id: ResourceId,
    wanted: UserRequest,
    store: StoreDep,
    caller: CallerDep,
    response: Response,
) -> User:
    """A person or a program; give it a key next."""
    with store.database.write() as tx:
        _managed(tx, organisation_id, caller)
        user = organisations.add_user(tx, organisation_id, wanted)
        audit.record(tx, caller, "user.add", user.id, role=user.role)
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
        _managed(connection, organisation_id, caller)
        user = _user(connection, organisation_id, user_id)
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
        _managed(tx, organisation_id, caller)
        _user(tx, organisation_id, user_id)
        user = organisations.change_user(tx, user_id, wanted, version)
        fields = sorted(wanted.model_fields_set)
        audit.record(tx, caller, "user.change", user_id, fields=fields)
    tagged(response, user.version)
    return user


@router.get(HERE + "/users/{user_id}/keys", summary="List keys", responses=refusals(403))
def user_keys(  # noqa: PLR0913 - each is a part of the request or of the service
    organisation_id: ResourceId,
    user_id: ResourceId,
    store: StoreDep,
    caller: CallerDep,
    cursor: CursorParam = None,
    limit: LimitParam = 50,
) -> Page[Key]:
    """A user's keys, without their secrets."""
    with store.database.read() as connection:
        _managed(connection, organisation_id, caller)
        _user(connection, organisation_id, user_id)
        return keys.listed(connection, organisation_id, user_id, cursor, limit)


@router.post(HERE + "/users/{user_id}/keys", status_code=201, summary="Make a key")
def add_key(
    organisation_id: ResourceId,
    user_id: ResourceId,
    wanted: KeyRequest,
    store: StoreDep,
    caller: CallerDep,
) -> NewKey:
    """The secret is in this answer and never shown again."""
    with store.database.write() as tx:
        _managed(tx, organisation_id, caller)
        _user(tx, organisation_id, user_id)
        key = keys.add(tx, user_id, wanted)
        audit.record(tx, caller, "key.add", key.id, user=user_id)
    return key


@router.delete(HERE + "/users/{user_id}/keys/{key_id}", summary="End a key")
def end_key(
    organisation_id: ResourceId,
    user_id: ResourceId,
    key_id: ResourceId,
    store: StoreDep,
    caller: CallerDep,
) -> Key:
    """It works no more, from now on; ending it again changes nothing."""
    with store.database.write() as tx:
        _managed(tx, organisation_id, caller)
        _user(tx, organisation_id, user_id)
        if keys.get(tx, key_id).user_id != user_id:
            raise NotFound("there is no key of this identifier")
        key = keys.revoke(tx, key_id)
        audit.record(tx, caller, "key.end", key_id, user=user_id)
    return key


def _managed(connection: Transaction, identifier: str, caller: Caller) -> None:
    """Refuse who does not manage an organisation that it may know of."""
    organisations.within_reach(connection, identifier, caller)
    caller.must_be("admin")


def _user(connection: Transaction, organisation: str, identifier: str) -> User:
    user = organisations.user(connection, identifier)
    if user.organisation_id != organisation:
        raise NotFound("there is no user of this identifier")
    return user
