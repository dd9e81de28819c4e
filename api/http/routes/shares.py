"""Shares: which other organisations of the fund may read an instance or a plan."""

from fastapi import APIRouter

from api.acts import shares
from api.acts.shares import Shared
from api.http.dependencies import AdminDep, CallerDep, StoreDep
from api.http.openapi import refusals
from api.http.strict_bodies import StrictRoute
from api.resources.base import ResourceId
from api.resources.plans import Share, ShareRequest


def router_of(what: Shared) -> APIRouter:
    """The routes to share resources of one sort, `/v1/SORTs/{resource_id}/shares`."""
    router = APIRouter(
        prefix=f"/v1/{what}s/{{resource_id}}/shares",
        tags=[f"{what}s"],
        route_class=StrictRoute,
    )

    @router.get("", summary=f"With whom the {what} is shared", responses=refusals(403))
    def listed(resource_id: ResourceId, store: StoreDep, caller: CallerDep) -> tuple[Share, ...]:
        """Its owner sees this."""
        return shares.show_shares(store, caller, what, resource_id)

    @router.put("/{organisation_id}", summary=f"Share the {what}")
    def share(
        resource_id: ResourceId,
        organisation_id: ResourceId,
        wanted: ShareRequest,
        store: StoreDep,
        caller: AdminDep,
    ) -> Share:
        """Let a partner of the fund read it; a sponsor then sees its own projects only."""
        return shares.share(store, caller, what, resource_id, organisation_id, wanted.note)

    @router.delete("/{organisation_id}", status_code=204, summary=f"Stop sharing the {what}")
    def unshare(
        resource_id: ResourceId, organisation_id: ResourceId, store: StoreDep, caller: AdminDep
    ) -> None:
        """The organisation sees it no more."""
        shares.unshare(store, caller, what, resource_id, organisation_id)

    return router


ROUTERS = (router_of("instance"), router_of("plan"))
