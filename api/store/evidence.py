"""Evidence: the hashes of a plan as it was judged, and the chain of the steps of its review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert, select

from api.canonical import linked, sha256_of
from api.store.clock import now
from api.store.tables import reviews

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from api.caller import Caller

FIXED = (
    "id",
    "organisation_id",
    "job_id",
    "instance_id",
    "document",
    "chosen",
    "tables",
    "assumed_share",
    "created_at",
)
"""Columns of a plan that nothing ever changes."""


class Step(NamedTuple):
    """A step of a review that is to be taken."""

    before: str
    after: str
    comment: str
    more: dict[str, Any]
    """What else is evidence: the quorum, or the place in the audit log."""


def plan_sha256(row: Any) -> str:
    """The hash of all that the service keeps of a plan but its review."""
    return sha256_of({name: getattr(row, name) for name in FIXED})


def evidence_of(row: Any, submitted_by: str | None, after: str) -> dict[str, Any]:
    """What a step says of the plan that it judges, and of the plan's row after it."""
    return {
        "plan": plan_sha256(row),
        "document": sha256_of(row.document),
        "chosen": sha256_of(row.chosen),
        "tables": {entry["name"]: entry["sha256"] for entry in row.tables},
        "review": after,
        "submitted_by": submitted_by,
        "version": row.version + 1,
    }


def judged(step: Any) -> str | None:
    """The hash of the plan that a step was taken on; None for a step of an earlier version."""
    return None if step.evidence is None else str(step.evidence["plan"])


def taken(connection: Connection, plan: str) -> Sequence[Any]:
    """The steps that the review of a plan has taken, the first one first."""
    query = select(reviews).where(reviews.c.plan_id == plan).order_by(reviews.c.number)
    return connection.execute(query).all()


def add_step(
    connection: Connection, caller: Caller, row: Any, earlier: Sequence[Any], step: Step
) -> str:
    """Add a step to the chain of a plan's review; returns its hash.

    Args:
        connection: a transaction that has locked the plan.
        caller: who takes the step.
        row: the plan before it.
        earlier: the steps before it.
        step: what is done.
    """
    submitted_by = caller.user_id if step.after == "in_review" else row.submitted_by
    content = {
        "plan_id": row.id,
        "number": len(earlier) + 1,
        "before": step.before,
        "after": step.after,
        "by": caller.user_id,
        "comment": step.comment,
        "at": connection.execute(select(now())).scalar_one(),
        "key_id": caller.key_id,
        "evidence": evidence_of(row, submitted_by, step.after) | step.more,
    }
    last = linked(content, earlier[-1].hash if earlier else "")
    connection.execute(insert(reviews).values(**content, hash=last))
    return last


def content_of(step: Any) -> dict[str, Any]:
    """What the hash of a step is made of: all of it but the hash."""
    return {name: value for name, value in step._mapping.items() if name != "hash"}
