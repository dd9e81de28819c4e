"""The review of plans: its steps, who may take them, and the record of what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, update

from api.canonical import sha256_of
from api.errors import Conflict, Forbidden, Stale
from api.resources.base import moment
from api.resources.organisations import SignOff
from api.resources.plans import AuditPlace, DecisionRecord, PlanSummary, ReviewRequest, ReviewStep
from api.store import audit
from api.store.access import access, own_row, row_of
from api.store.evidence import Step, add_step, judged, plan_sha256, taken
from api.store.persons import SIGNATURES, must_be_another, parts_of, this_round
from api.store.plan_views import chosen_of, get
from api.store.tables import organisations, plans, shares, users
from optimizer.plan.document import PlanDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from api.caller import Caller
    from api.resources.base import Role
    from api.resources.plans import ReviewState

STEPS: dict[tuple[ReviewState, ReviewState], Role] = {
    ("draft", "in_review"): "analyst",
    ("returned", "in_review"): "analyst",
    ("in_review", "reviewed"): "analyst",
    ("in_review", "returned"): "analyst",
    ("reviewed", "signed_off"): "admin",
    ("reviewed", "returned"): "analyst",
}
"""The steps of a review and the role that each needs; a plan that is signed off stays so. Whoever
asked for a plan or submitted it neither reviews it nor signs it off, and who reviewed it does not
sign it off (`api.store.persons`)."""


class Quorum(NamedTuple):
    """Whose signatures a plan needs, as it was settled when it was submitted for review."""

    signers: int
    """Of the organisation that owns it."""
    members: tuple[str, ...]
    """Organisations that must sign too, once each."""


def review(
    connection: Connection,
    caller: Caller,
    identifier: str,
    request: ReviewRequest,
    version: int,
) -> PlanSummary:
    """Take a step of the review of a plan that has this version.

    A plan that needs several signatures stays `reviewed` until the last of them.

    Raises:
        NotFound: there is no such plan.
        Forbidden: it is another organisation's, the role is too low, or the caller is not another
            person than those who proposed and judged it.
        Stale: it has another version.
        Conflict: its state does not allow this step, or there is no plan to sign off.
    """
    row, earlier = _locked(connection, caller, identifier, request)
    if row.version != version:
        raise Stale(f"its version is {row.version} by now, not {version}")
    if row.archived_at is not None:
        raise Conflict("it is archived; take it out first")
    role = STEPS.get((row.review, request.state))
    if role is None:
        allowed = " or ".join(after for before, after in STEPS if before == row.review)
        raise Conflict(f"a plan that is {row.review} can become {allowed or 'nothing else'}")
    caller.must_be(role)
    after: str = request.state
    more: dict[str, Any] = {}
    if request.state == "in_review":
        more["quorum"] = _settled(connection, row)._asdict()
    else:
        _must_judge(connection, caller, row, earlier, request.state)
    if request.state == "signed_off":
        if not _complete(connection, caller, row, earlier):
            after = "reviewed"
        number, last = audit.head(connection)
        more["audit"] = {"number": number, "hash": last}
    add_step(connection, caller, row, earlier, Step(row.review, after, request.comment, more))
    values: dict[str, object] = {"review": after, "version": row.version + 1}
    if request.state == "in_review":
        values["submitted_by"] = caller.user_id
    connection.execute(update(plans).where(plans.c.id == identifier).values(**values))
    reviewed = get(connection, identifier, caller)
    assert isinstance(reviewed, PlanSummary)  # A sponsor owns what it reviews, or signs nothing.
    return reviewed


def steps(connection: Connection, identifier: str, caller: Caller) -> tuple[ReviewStep, ...]:
    """The steps that the review of a plan has taken.

    Raises:
        NotFound: there is no such plan.
        Forbidden: the caller is a sponsor and sees its own projects only.
    """
    _whole(connection, identifier, caller)
    return _shown(connection, taken(connection, identifier))


def decision_record(connection: Connection, identifier: str, caller: Caller) -> DecisionRecord:
    """What one needs to decide the same again, and to show that nothing was altered; not signed.

    Raises:
        NotFound: there is no such plan.
        Forbidden: the caller is a sponsor and sees its own projects only.
        Conflict: the plan is not what was judged; somebody has altered the database.
    """
    row = _whole(connection, identifier, caller)
    found = taken(connection, identifier)
    _must_be_unaltered(row, found)
    place = (found[-1].evidence or {}).get("audit") if row.review == "signed_off" else None
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
        organisation_id=row.organisation_id,
        document_sha256=sha256_of(row.document),
        chosen=chosen_of(row),
        plan_sha256=plan_sha256(row),
        review=row.review,
        steps=_shown(connection, found),
        audit=AuditPlace(**place) if place and place["number"] else None,
    )


def _whole(connection: Connection, identifier: str, caller: Caller) -> Any:
    """A plan of which the caller may see more than its own projects."""
    row = row_of(connection, plans, identifier, caller)
    if access(row, caller) == "sponsor":
        raise Forbidden("a sponsor sees its own projects only")
    return row


def _locked(
    connection: Connection, caller: Caller, identifier: str, request: ReviewRequest
) -> tuple[Any, Sequence[Any]]:
    """A plan that the caller may judge, and the steps before; nobody else changes it meanwhile."""
    row = row_of(connection, plans, identifier, caller)
    signs = request.state == "signed_off" and row.organisation_id != caller.organisation_id
    if signs and caller.organisation_id in _quorum(taken(connection, identifier)).members:
        query = select(plans).where(plans.c.id == identifier)
        row = connection.execute(query.with_for_update()).one()
    else:
        row = own_row(connection, plans, identifier, caller, lock="change")
    return row, taken(connection, identifier)


def _must_judge(
    connection: Connection, caller: Caller, row: Any, earlier: Sequence[Any], state: str
) -> None:
    """Refuse a judgement that the caller may not make, or that nobody may make of this plan."""
    if state == "signed_off" and row.document["proof"]["objective"] is None:
        raise Conflict("there is no plan to sign off, only the proof that there is none")
    must_be_another(connection, caller, row, parts_of(connection, row, earlier), state)
    if state != "returned":
        _must_be_unaltered(row, earlier)


def _settled(connection: Connection, row: Any) -> Quorum:
    """Whose signatures a plan needs that is submitted now."""
    query = select(organisations.c.sign_off).where(organisations.c.id == row.organisation_id)
    wanted = SignOff(**connection.execute(query).scalar_one())
    members: tuple[str, ...] = ()
    if wanted.each_member:
        partners = (
            select(shares.c.organisation_id)
            .join(organisations, organisations.c.id == shares.c.organisation_id)
            .where(shares.c.resource_id == row.id, organisations.c.kind == "member")
        )
        members = tuple(sorted(connection.execute(partners).scalars()))
    return Quorum(wanted.signers, members)


def _quorum(earlier: Sequence[Any]) -> Quorum:
    """Whose signatures a plan needs that was submitted; one, by steps of earlier versions."""
    for step in this_round(earlier):
        kept = (step.evidence or {}).get("quorum")
        if kept:
            return Quorum(kept["signers"], tuple(kept["members"]))
    return Quorum(1, ())


def _complete(connection: Connection, caller: Caller, row: Any, earlier: Sequence[Any]) -> bool:
    """Whether a plan is signed off with the caller's signature.

    Raises:
        Conflict: the caller's organisation has signed already.
    """
    quorum = _quorum(earlier)
    by = [step.by for step in this_round(earlier) if (step.before, step.after) in SIGNATURES]
    query = select(users.c.id, users.c.organisation_id).where(users.c.id.in_(by))
    homes: dict[str, str] = {user: home for user, home in connection.execute(query)}
    signed = [homes[user] for user in by]
    own = caller.organisation_id == row.organisation_id
    if signed.count(caller.organisation_id) >= (quorum.signers if own else 1):
        missing = [member for member in quorum.members if member not in signed]
        raise Conflict(f"your organisation has signed it; missing: {', '.join(missing) or 'none'}")
    signed.append(caller.organisation_id)
    enough = signed.count(row.organisation_id) >= quorum.signers
    return enough and all(member in signed for member in quorum.members)


def _must_be_unaltered(row: Any, earlier: Sequence[Any]) -> None:
    """Refuse a plan that is not what was submitted and judged.

    Raises:
        Conflict: somebody has altered the database.
    """
    now = plan_sha256(row)
    if any(judged(step) not in (None, now) for step in this_round(earlier)):
        raise Conflict(
            "the plan is not what was submitted for review: its row in the database was altered; "
            "tell the operator, who finds more with: lodestone database check"
        )


def _shown(connection: Connection, found: Sequence[Any]) -> tuple[ReviewStep, ...]:
    """Steps with the names of those who took them."""
    query = select(users.c.id, users.c.name).where(users.c.id.in_({step.by for step in found}))
    names = {user: name for user, name in connection.execute(query)}
    return tuple(_step(step, names[step.by]) for step in found)


def _step(step: Any, name: str) -> ReviewStep:
    return ReviewStep(
        number=step.number,
        before=step.before,
        after=step.after,
        by=step.by,
        by_name=name,
        comment=step.comment,
        at=moment(step.at),
        key_id=step.key_id,
        plan_sha256=judged(step),
        hash=step.hash,
    )
