"""Shares: which other organisations of the fund may read an instance or a plan."""

from fastapi import APIRouter

from api.errors import NotFound
from api.http.bodies import StrictRoute
from api.http.documented import refusals
from api.http.parts import AdminDep, CallerDep, StoreDep
from api.resources.base import ResourceId
from api.resources.plans import Share, ShareRequest
from api.store import access, audit
from api.store.access import Owned
from api.store.tables import instances, plans


def router_of(table: Owned) -> APIRouter:
    """The routes to share the rows of a table, `/v1/TABLE/{resource_id}/shares`."""
    name = table.name.removesuffix("s")
    router = APIRouter(
        prefix=f"/v1/{table.name}/{{resource_id}}/shares",
        tags=[table.name],
        route_class=StrictRoute,
    )

    @router.get("", summary=f"With whom the {name} is shared", responses=refusals(403))
    def listed(resource_id: ResourceId, store: StoreDep, caller: CallerDep) -> tuple[Share, ...]:
        """Its owner sees this."""
        with store.database.read() as connection:
            access.own_row(connection, table, resource_id, caller)
            return access.shared_with(connection, resource_id)

    @router.put("/{organisation_id}", summary=f"Share the {name}")
    def share(
        resource_id: ResourceId,
        organisation_id: ResourceId,
        wanted: ShareRequest,
        store: StoreDep,
        caller: AdminDep,
    ) -> Share:
        """Let a partner of the fund read it; a sponsor then sees its own projects only."""
        with store.database.write() as tx:
            access.own_row(tx, table, resource_id, caller, lock="keep")
            access.share(tx, caller, resource_id, organisation_id, wanted.note)
            audit.record(
                tx,
                caller,
                f"{name}.share",
                resource_id,
                owner=organisation_id,
                organisation=organisation_id,
                note=wanted.note,
            )
            shares = access.shared_with(tx, resource_id)
        return next(one for one in shares if one.organisation_id == organisation_id)

    @router.delete("/{organisation_id}", status_code=204, summary=f"Stop sharing the {name}")
    def unshare(
        resource_id: ResourceId, organisation_id: ResourceId, store: StoreDep, caller: AdminDep
    ) -> None:
        """The organisation sees it no more."""
        with store.database.write() as tx:
            access.own_row(tx, table, resource_id, caller, lock="keep")
            if not access.unshare(tx, resource_id, organisation_id):
                raise NotFound("it is not shared with this organisation")
            audit.record(
                tx,
                caller,
                f"{name}.unshare",
                resource_id,
                owner=organisation_id,
                organisation=organisation_id,
            )

    return router


ROUTERS = (router_of(instances), router_of(plans))
