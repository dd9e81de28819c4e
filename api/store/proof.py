"""Proof: whether audit log, plans and reviews are what the service has written.

What it cannot show is the alteration of everything at once: whoever writes the whole log anew
leaves a sound one. A signed decision record names a place in the log and its hash; held against
it (`quoted`), that is found too.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from api.canonical import linked
from api.store import audit as log
from api.store.evidence import content_of, evidence_of, plan_sha256, taken
from api.store.quotas import plan_bytes
from api.store.tables import audit, audit_head, plans, reviews

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

AT_ONCE = 1_000
"""Entries that are read at once."""
GONE = ("delete", "erase", "remove")
"""Words of actions after which a plan may rightly be gone."""


def faults(connection: Connection) -> list[str]:
    """Everything that was altered, taken out or put in; nothing if all is sound."""
    return [*_log_faults(connection), *_review_faults(connection), *_told_faults(connection)]


def quoted(connection: Connection, number: int, last: str) -> bool:
    """Whether the audit log has this hash at this place, as a decision record says."""
    query = select(audit.c.hash).where(audit.c.number == number)
    return bool(connection.execute(query).scalar_one_or_none() == last)


def differing(connection: Connection, record: dict[str, Any]) -> list[str]:
    """How a plan differs from its signed decision record."""
    query = select(plans).where(plans.c.id == record["plan_id"])
    row = connection.execute(query).one_or_none()
    if row is None:
        return [f"{record['plan_id']} is not there"]
    if plan_sha256(row) != record["plan_sha256"]:
        return [f"{row.id} is not what it was when the record was made"]
    kept = {step["number"]: step["hash"] for step in record["steps"]}
    known = {step.number: step.hash for step in taken(connection, row.id)}
    return [
        f"step {number} of the review of {row.id} is not what it was"
        for number, last in kept.items()
        if known.get(number) != last
    ]


def _log_faults(connection: Connection) -> list[str]:
    """Where the chain of the audit log breaks."""
    found, number, last = [], 0, ""
    query = select(audit).order_by(audit.c.number).execution_options(yield_per=AT_ONCE)
    for row in connection.execute(query):
        if row.hash != linked(log.content_of(row), last):
            found.append(
                f"audit entry {row.number}: was altered, or entries between {number} and "
                f"{row.number} were taken out or put in"
            )
        number, last = row.number, row.hash
    heads = connection.execute(select(audit_head)).all()
    if [(row.number, row.hash) for row in heads] != [(number, last)]:
        found.append(f"audit log: it ends with entry {number}, which is not the last one written")
    return found


def _review_faults(connection: Connection) -> list[str]:
    """Where the chain of a plan's review breaks, and plans that are not what was judged."""
    steps: dict[str, list[Any]] = defaultdict(list)
    for step in connection.execute(select(reviews).order_by(reviews.c.plan_id, reviews.c.number)):
        steps[step.plan_id].append(step)
    found = []
    query = select(plans).execution_options(yield_per=AT_ONCE // 10)
    for row in connection.execute(query):
        found += _plan_faults(row, steps.pop(row.id, []))
    return found + [f"{plan}: its review is there, but not the plan" for plan in sorted(steps)]


def _plan_faults(row: Any, steps: Sequence[Any]) -> list[str]:
    if not steps:
        untouched = row.review == "draft" and row.submitted_by is None
        return [] if untouched else [f"{row.id}: is {row.review} without any step of a review"]
    found, state, last = [], "draft", ""
    for place, step in enumerate(steps, start=1):
        whole = step.hash == linked(content_of(step), last)
        if not whole or step.number != place or step.before != state:
            found.append(f"{row.id}: step {step.number} of its review was altered or put in")
        state, last = step.after, step.hash
    if steps[-1].evidence is None:  # Of an earlier version.
        return found
    try:
        return found + _unlike(row, steps[-1])
    except (TypeError, KeyError, AttributeError, ValueError):
        return [*found, f"{row.id}: it, or the evidence of its review, was altered beyond reading"]


def _unlike(row: Any, step: Any) -> list[str]:
    """How a plan differs from what the last step of its review says."""
    now = evidence_of(row, row.submitted_by, row.review) | {"version": row.version}
    named = {"plan": "the plan", "document": "its document", "chosen": "its choice"}
    found = [
        f"{row.id}: {named.get(name, name)} is not what step {step.number} says"
        for name, value in now.items()
        if value != step.evidence[name]
    ]
    if row.size_bytes != plan_bytes(row.document, row.tables):
        found.append(f"{row.id}: its size is not that of its document and tables")
    return found


def _told_faults(connection: Connection) -> list[str]:
    """Steps of reviews that the audit log tells of and that are not so, or not there."""
    known = select(reviews.c.plan_id, reviews.c.number, reviews.c.hash)
    steps = {(plan, number): last for plan, number, last in connection.execute(known)}
    told: dict[tuple[str, int], str] = {}
    deleted = set()
    query = select(audit.c.action, audit.c.resource, audit.c.detail).where(
        audit.c.resource.like(r"plan\_%", escape="\\")
    )
    for action, plan, detail in connection.execute(query.order_by(audit.c.number)):
        if any(word in action for word in GONE):
            deleted.add(plan)
        elif {"step", "hash"} <= set(detail):
            told[plan, detail["step"]] = detail["hash"]
    return [
        f"{plan}: step {number} of its review is not the one that the audit log tells of"
        for (plan, number), last in sorted(told.items())
        if plan not in deleted and steps.get((plan, number)) != last
    ]
