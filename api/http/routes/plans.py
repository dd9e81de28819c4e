"""Plans: what was decided, how good it is known to be, and what people made of it."""

from fastapi import APIRouter, Response

from api.acts import plans
from api.http.dependencies import (
    AnalystDep,
    CallerDep,
    CursorParam,
    LimitParam,
    StoreDep,
    VersionDep,
    tagged_plan,
)
from api.http.filters import PlansDep
from api.http.openapi import refusals
from api.http.strict_bodies import StrictRoute
from api.resources.base import Page, ResourceId
from api.resources.described import ArchiveChange
from api.resources.plans import (
    DecisionRecord,
    PlanSummary,
    PlanView,
    ReviewRequest,
    ReviewStep,
)
from optimizer.plan import Certificate

router = APIRouter(prefix="/v1/plans", tags=["plans"], route_class=StrictRoute)


@router.get("", summary="List plans")
def listed(
    store: StoreDep,
    caller: CallerDep,
    wanted: PlansDep,
    cursor: CursorParam = None,
    limit: LimitParam = 50,
) -> Page[PlanView]:
    """Those of your organisation and those shared with it, newest first."""
    return plans.search(store, caller, wanted, cursor, limit)


@router.get("/{plan_id}", summary="Look at a plan")
def look(plan_id: ResourceId, store: StoreDep, caller: CallerDep, response: Response) -> PlanView:
    """Its choice, criteria, proof and review; a sponsor sees its own projects only."""
    plan = plans.show(store, caller, plan_id)
    tagged_plan(response, plan)
    return plan


@router.delete(
    "/{plan_id}", status_code=204, summary="Delete a draft", responses=refusals(409, 412, 428)
)
def delete(plan_id: ResourceId, store: StoreDep, caller: AnalystDep, version: VersionDep) -> None:
    """With its job, shares and report; what was submitted for review stays."""
    plans.remove(store, caller, plan_id, version)


@router.patch("/{plan_id}", summary="Archive a plan", responses=refusals(409, 412, 428))
def archive(  # noqa: PLR0913 - each is a part of the request or of the service
    plan_id: ResourceId,
    wanted: ArchiveChange,
    store: StoreDep,
    caller: AnalystDep,
    version: VersionDep,
    response: Response,
) -> PlanView:
    """Take a draft, or a plan that was returned, out of the lists with its job, or back in."""
    plan = plans.archive(store, caller, plan_id, version, archived=wanted.archived)
    tagged_plan(response, plan)
    return plan


@router.get("/{plan_id}/certificate", summary="What the checker says", responses=refusals(403))
def certificate(plan_id: ResourceId, store: StoreDep, caller: CallerDep) -> Certificate | None:
    """An independent recomputation of every rule; null where no plan was found."""
    return plans.show_certificate(store, caller, plan_id)


@router.get("/{plan_id}/decision-record", summary="Decide it again", responses=refusals(403, 409))
def decision_record(plan_id: ResourceId, store: StoreDep, caller: CallerDep) -> DecisionRecord:
    """What one needs to come to the same plan: instance, options, versions, seed.

    It is signed with the service's key: `lodestone verify` says, without the service, whether it
    or the plan was altered since.
    """
    return plans.record_decision(store, caller, plan_id)


@router.get("/{plan_id}/review", summary="How the review went", responses=refusals(403))
def steps(plan_id: ResourceId, store: StoreDep, caller: CallerDep) -> tuple[ReviewStep, ...]:
    """Every step that was taken, the first one first."""
    return plans.show_review(store, caller, plan_id)


@router.post(
    "/{plan_id}/review", summary="Take a step of the review", responses=refusals(409, 412, 428)
)
def review(  # noqa: PLR0913 - each is a part of the request or of the service
    plan_id: ResourceId,
    wanted: ReviewRequest,
    store: StoreDep,
    caller: AnalystDep,
    version: VersionDep,
    response: Response,
) -> PlanSummary:
    """Draft → in_review → reviewed → signed_off, or returned, each by another person.

    Nobody judges what they asked for or submitted, nor signs what they reviewed, nor judges
    beside those who made their account or keys.
    """
    plan = plans.review(store, caller, plan_id, wanted, version)
    tagged_plan(response, plan)
    return plan
