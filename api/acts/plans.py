"""Plans: look at what was decided, judge it, put it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.errors import Forbidden
from api.store import audit, ends, plans

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.base import Page
    from api.resources.plans import (
        DecisionRecord,
        PlanSummary,
        PlanView,
        ReviewRequest,
        ReviewState,
        ReviewStep,
    )
    from api.store import Store
    from api.store.plan_views import PlanFilter
    from optimizer.plan import Certificate

VERBS: dict[ReviewState, str] = {
    "in_review": "submit",
    "reviewed": "review",
    "signed_off": "sign_off",
    "returned": "return",
}
"""What the audit log calls the step to each state."""


def search(
    store: Store, caller: Caller, wanted: PlanFilter, cursor: str | None, limit: int
) -> Page[PlanView]:
    """The plans that the caller may see and a filter wants, newest first."""
    with store.database.read() as connection:
        return plans.listed(connection, caller, cursor, limit, wanted)


def show(store: Store, caller: Caller, identifier: str) -> PlanView:
    """A plan as the caller may see it.

    Raises:
        NotFound: there is no such plan.
    """
    with store.database.write() as tx:
        plan = plans.get(tx, identifier, caller)
        audit.record(tx, caller, "plan.read", identifier)
    return plan


def remove(store: Store, caller: Caller, identifier: str, version: int) -> None:
    """Delete a draft with its job, shares and report.

    Raises:
        NotFound: there is no such plan.
        Forbidden: it is another organisation's.
        Stale: it has another version.
        Conflict: it was submitted for review, or a job that has not ended reads it.
    """
    with store.database.write() as tx:
        gone = ends.remove_plan(tx, caller, identifier, version)
        audit.record(tx, caller, "plan.delete", identifier, **gone)


def archive(
    store: Store, caller: Caller, identifier: str, version: int, *, archived: bool
) -> PlanView:
    """Take a draft, or a plan that was returned, out of the lists with its job, or back in.

    Raises:
        NotFound: there is no such plan.
        Forbidden: it is another organisation's.
        Stale: it has another version.
        Conflict: it is under review or signed off.
    """
    with store.database.write() as tx:
        ends.archive_plan(tx, caller, identifier, version, archived=archived)
        plan = plans.get(tx, identifier, caller)
        told: dict[str, Any] = {"archived": archived, "review": plan.review}
        audit.record(tx, caller, "plan.archive", identifier, **told)
    return plan


def show_certificate(store: Store, caller: Caller, identifier: str) -> Certificate | None:
    """What the checker says of a plan; None where no plan was found.

    Raises:
        NotFound: there is no such plan.
        Forbidden: the caller is a sponsor.
    """
    with store.database.write() as tx:
        stored = plans.stored(tx, identifier, caller)
        if stored.access == "sponsor":
            raise Forbidden("a sponsor sees its own projects only")
        audit.record(tx, caller, "plan.read", identifier, part="certificate")
    return stored.document.certificate


def record_decision(store: Store, caller: Caller, identifier: str) -> DecisionRecord:
    """What one needs to come to the same plan, signed with the service's key.

    Raises:
        NotFound: there is no such plan.
        Forbidden: the caller is a sponsor.
    """
    with store.database.write() as tx:
        record = plans.decision_record(tx, identifier, caller)
        audit.record(tx, caller, "plan.read", identifier, part="decision-record")
    return store.signer.signed(record)


def show_review(store: Store, caller: Caller, identifier: str) -> tuple[ReviewStep, ...]:
    """Every step of a plan's review that was taken, the first one first.

    Raises:
        NotFound: there is no such plan.
        Forbidden: the caller is a sponsor.
    """
    with store.database.read() as connection:
        return plans.steps(connection, identifier, caller)


def review(
    store: Store, caller: Caller, identifier: str, wanted: ReviewRequest, version: int
) -> PlanSummary:
    """Take a step of a plan's review.

    Raises:
        NotFound: there is no such plan.
        Forbidden: it is not the caller's to take.
        Stale: the plan has another version.
        Conflict: the step does not follow from the state.
    """
    with store.database.write() as tx:
        plan = plans.review(tx, caller, identifier, wanted, version)
        step = plans.steps(tx, identifier, caller)[-1]
        signs = wanted.state == "signed_off" and plan.review != "signed_off"
        audit.record(
            tx,
            caller,
            "plan.sign" if signs else f"plan.{VERBS[wanted.state]}",
            identifier,
            comment=wanted.comment,
            step=step.number,
            hash=step.hash,
        )
    return plan
