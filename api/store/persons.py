"""Who is who in the review of a plan: every judge is another person than all others.

A user whose account or key came from another user's hand may be that user in disguise. So nobody
judges a plan in which whoever made their account or key has a part, nor makes the judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import or_, select

from api.errors import Forbidden
from api.store.tables import jobs, keys, users

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from api.caller import Caller

SIGNATURES = (("reviewed", "reviewed"), ("reviewed", "signed_off"))
"""Before and after of the steps that are signatures."""


class Part(NamedTuple):
    """What somebody has done with a plan."""

    user: str
    did: str
    """In the past tense, for example `signed it`."""
    judged: bool


def parts_of(connection: Connection, row: Any, steps: Sequence[Any]) -> list[Part]:
    """Everybody who has a part in a plan: its job's author, all submitters, this round's judges."""
    author, _ = _job(connection, row)
    found = [Part(author, "asked for the job it comes from", judged=False)]
    found += [
        Part(step.by, "submitted it for review", judged=False)
        for step in steps
        if step.after == "in_review"
    ]
    for step in this_round(steps):
        if (step.before, step.after) in SIGNATURES:
            found.append(Part(step.by, "signed it", judged=True))
        elif step.after == "reviewed":
            found.append(Part(step.by, "reviewed it", judged=True))
    return found


def this_round(steps: Sequence[Any]) -> Sequence[Any]:
    """The steps since the plan was submitted for review last, that one first."""
    begins = [place for place, step in enumerate(steps) if step.after == "in_review"]
    return steps[begins[-1] :] if begins else ()


def must_be_another(
    connection: Connection, caller: Caller, row: Any, parts: Sequence[Part], state: str
) -> None:
    """Refuse a judge who is, made, or was made by somebody else of the plan.

    Args:
        connection: a transaction.
        caller: who wants to judge.
        row: the plan.
        parts: what others have done with it.
        state: the step: `reviewed`, `returned` or `signed_off`.

    Raises:
        Forbidden: saying who conflicts with whom, and what to do.
    """
    do = {"reviewed": "review it", "signed_off": "sign it off"}.get(state, "judge it")
    for part in parts:
        if part.user == caller.user_id and (not part.judged or state == "signed_off"):
            words = "judge it" if not part.judged else do
            raise Forbidden(f"you {part.did}; somebody else must {words}")
    if state == "returned":
        return
    _, since = _job(connection, row)
    above = _makers(connection, caller.user_id, since)
    for part in parts:
        name = _name(connection, part.user, caller)
        if part.user in above:
            raise Forbidden(
                f"your account or key came from {name}, who {part.did}; somebody else, whose "
                f"account and keys did not, must {do}"
            )
        if part.judged and caller.user_id in _makers(connection, part.user, since):
            raise Forbidden(
                f"the account or key of {name}, who {part.did}, came from you; somebody else, "
                f"who did not make it, must {do}"
            )


def _makers(connection: Connection, user: str, since: float) -> set[str]:
    """Through whose hands a user's account, subject and keys came: who made them, and so on.

    Keys count that worked at any time since the plan's job was asked for.
    """
    found: set[str] = set()
    waiting = {user}
    while waiting:
        worked = (keys.c.expires_at > since, or_(*_ends_after(since)))
        accounts = select(users.c.created_by).where(users.c.id.in_(waiting))
        subjects = select(users.c.subject_by).where(users.c.id.in_(waiting))
        held = select(keys.c.created_by).where(keys.c.user_id.in_(waiting), *worked)
        queries = (accounts, subjects, held)
        above = {maker for query in queries for maker in connection.execute(query).scalars()}
        waiting = above - found - {None, user}
        found |= waiting
    return found


def _ends_after(since: float) -> tuple[Any, Any]:
    return keys.c.revoked_at.is_(None), keys.c.revoked_at > since


def _job(connection: Connection, row: Any) -> tuple[str, float]:
    """Who asked for the job of a plan, and when."""
    query = select(jobs.c.submitted_by, jobs.c.created_at).where(jobs.c.id == row.job_id)
    author, at = connection.execute(query).one()
    return author, at


def _name(connection: Connection, user: str, caller: Caller) -> str:
    """A user in words; the name only within the own organisation."""
    query = select(users.c.name, users.c.organisation_id).where(users.c.id == user)
    name, home = connection.execute(query).one()
    return f"{name} ({user})" if home == caller.organisation_id else user
