"""Plans: what jobs have published, and their review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, insert, select, update

from api.errors import Conflict, Forbidden, Stale
from api.resources.base import Page, moment
from api.resources.plans import (
    ChosenProject,
    DecisionRecord,
    PlanSummary,
    ReviewRequest,
    ReviewStep,
    SponsorView,
    TableInfo,
)
from api.store.access import access, own_row, row_of, visible
from api.store.clock import now
from api.store.cursors import page
from api.store.tables import plans, reviews
from optimizer.plan_files import PlanDocument

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.caller import Caller
    from api.resources.base import Role
    from api.resources.plans import ReviewState
    from api.store.access import Access

STEPS: dict[tuple[ReviewState, ReviewState], Role] = {
    ("draft", "in_review"): "analyst",
    ("returned", "in_review"): "analyst",
    ("in_review", "reviewed"): "analyst",
    ("in_review", "returned"): "analyst",
    ("reviewed", "signed_off"): "admin",
    ("reviewed", "returned"): "analyst",
}
"""The steps of a review and the role that each needs; a plan that is signed off stays so. Who
submitted a plan for review neither reviews it nor signs it off."""


class Replayable(NamedTuple):
    """What a replay needs of a plan."""

    instance_id: str
    options: dict[str, Any]


class Stored(NamedTuple):
    """A plan as it is kept."""

    document: PlanDocument
    tables: dict[str, TableInfo]
    access: Access
    instance_id: str


def get(connection: Connection, identifier: str, caller: Caller) -> PlanSummary | SponsorView:
    """A plan that the caller may see; a sponsor sees its own projects only.

    Raises:
        NotFound: there is none.
    """
    return _seen(row_of(connection, plans, identifier, caller), caller)


def stored(connection: Connection, identifier: str, caller: Caller) -> Stored:
    """A plan that the caller may see, with the files of its tables.

    Raises:
        NotFound: there is none.
    """
    row = row_of(connection, plans, identifier, caller)
    return Stored(
        document=PlanDocument.model_validate(row.document),
        tables={entry["name"]: TableInfo(**entry) for entry in row.tables},
        access=access(row, caller),
        instance_id=row.instance_id,
    )


def listed(
    connection: Connection, caller: Caller, cursor: str | None, limit: int
) -> Page[PlanSummary | SponsorView]:
    """The plans that the caller may see."""
    query = select(plans).where(visible(plans, caller))
    return page(connection, query, plans, cursor, limit, lambda row: _seen(row, caller))


def replayable(connection: Connection, identifier: str, caller: Caller) -> Replayable:
    """What to solve again.

    Raises:
        NotFound: there is no such plan.
        Forbidden: it is another organisation's.
    """
    row = own_row(connection, plans, identifier, caller)
    return Replayable(row.instance_id, row.document["options"])


def decision_record(connection: Connection, identifier: str, caller: Caller) -> DecisionRecord:
    """What one needs to decide the same again.

    Raises:
        NotFound: there is no such plan.
        Forbidden: the caller is a sponsor and sees its own projects only.
    """
    row = row_of(connection, plans, identifier, caller)
    if access(row, caller) == "sponsor":
        raise Forbidden("a sponsor sees its own projects only")
    document = PlanDocument.model_validate(row.document)
    return DecisionRecord(
        plan_id=identifier,
        instance_id=row.instance_id,
        instance_hash=document.instance_hash,
        instance_download=f"/v1/instances/{row.instance_id}/document",
        options=document.options,
        versions=document.versions,
        tables={entry["name"]: entry["sha256"] for entry in row.tables},
        certificate=document.certificate,
        replay={"kind": "replay", "plan_id": identifier},
    )


def review(
    connection: Connection,
    caller: Caller,
    identifier: str,
    request: ReviewRequest,
    version: int,
) -> PlanSummary:
    """Take a step of the review of a plan that has this version.

    Raises:
        NotFound: there is no such plan.
        Forbidden: it is another organisation's, the role is too low, or the caller submitted it.
        Stale: it has another version.
        Conflict: its state does not allow this step, or there is no plan to sign off.
    """
    row = own_row(connection, plans, identifier, caller, lock="change")
    if row.version != version:
        raise Stale(f"its version is {row.version} by now, not {version}")
    role = STEPS.get((row.review, request.state))
    if role is None:
        allowed = " or ".join(after for before, after in STEPS if before == row.review)
        raise Conflict(f"a plan that is {row.review} can become {allowed or 'nothing else'}")
    caller.must_be(role)
    if request.state != "in_review" and row.submitted_by == caller.user_id:
        raise Forbidden("you submitted it for review; somebody else must judge it")
    if request.state == "signed_off" and row.document["proof"]["objective"] is None:
        raise Conflict("there is no plan to sign off, only the proof that there is none")
    number = connection.execute(
        select(func.count()).where(reviews.c.plan_id == identifier)
    ).scalar_one()
    connection.execute(
        insert(reviews).values(
            plan_id=identifier,
            number=number + 1,
            before=row.review,
            after=request.state,
            by=caller.user_id,
            comment=request.comment,
            at=now(),
        )
    )
    values: dict[str, object] = {"review": request.state, "version": row.version + 1}
    if request.state == "in_review":
        values["submitted_by"] = caller.user_id
    connection.execute(update(plans).where(plans.c.id == identifier).values(**values))
    return _summary(row_of(connection, plans, identifier, caller))


def steps(connection: Connection, identifier: str, caller: Caller) -> tuple[ReviewStep, ...]:
    """The steps that the review of a plan has taken.

    Raises:
        NotFound: there is no such plan.
        Forbidden: the caller is a sponsor and sees its own projects only.
    """
    row = row_of(connection, plans, identifier, caller)
    if access(row, caller) == "sponsor":
        raise Forbidden("a sponsor sees its own projects only")
    query = select(reviews).where(reviews.c.plan_id == identifier).order_by(reviews.c.number)
    return tuple(
        ReviewStep(
            number=step.number,
            before=step.before,
            after=step.after,
            by=step.by,
            comment=step.comment,
            at=moment(step.at),
        )
        for step in connection.execute(query)
    )


def files_named(connection: Connection) -> set[str]:
    """The hashes of all tables of all plans."""
    return {
        entry["sha256"]
        for row in connection.execute(select(plans.c.tables))
        for entry in row.tables
    }


def _seen(row: Any, caller: Caller) -> PlanSummary | SponsorView:
    if access(row, caller) != "sponsor":
        return _summary(row)
    return SponsorView(
        id=row.id,
        organisation_id=row.organisation_id,
        projects=tuple(sorted(caller.projects)),
        chosen=tuple(c for c in _chosen(row) if c.project in caller.projects),
        review=row.review,
        version=row.version,
        created_at=moment(row.created_at),
    )


def _summary(row: Any) -> PlanSummary:
    document = PlanDocument.model_validate(row.document)
    return PlanSummary(
        id=row.id,
        organisation_id=row.organisation_id,
        job_id=row.job_id,
        instance_id=row.instance_id,
        instance_hash=document.instance_hash,
        found=document.proof.objective is not None,
        proof=document.proof,
        criteria=document.criteria,
        without_fund=document.without_fund,
        chosen=_chosen(row),
        certified=document.certificate is not None and document.certificate.ok,
        assumed_share=row.assumed_share,
        review=row.review,
        version=row.version,
        created_at=moment(row.created_at),
    )


def _chosen(row: Any) -> tuple[ChosenProject, ...]:
    return tuple(ChosenProject(**entry) for entry in row.chosen)
