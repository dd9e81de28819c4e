"""Plans as they are shown: whole, or a sponsor's part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from api.resources.base import moment, moment_if
from api.resources.change_words import in_words
from api.resources.examined import CHANGES
from api.resources.plans import ChosenProject, PlanSummary, SponsorView
from api.store.access import access, note_to, row_of, visible
from api.store.filters import Span, archived, inputs_seen, made_within, of_job, seen_whole
from api.store.tables import instances, jobs, plans
from optimizer.plan.document import PlanDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from api.caller import Caller
    from api.resources.jobs import JobKind, JobState
    from api.resources.plans import ReviewState


class PlanFilter(NamedTuple):
    """Which plans to list."""

    reviews: Sequence[ReviewState] = ()
    states: Sequence[JobState] = ()
    """How their jobs have ended."""
    kinds: Sequence[JobKind] = ()
    instance_id: str | None = None
    parent_id: str | None = None
    """The instance that the what-ifs depart from."""
    label: str | None = None
    """Words that the label holds."""
    archived: bool = False
    span: Span = Span()


EVERY = PlanFilter()


def get(connection: Connection, identifier: str, caller: Caller) -> PlanSummary | SponsorView:
    """A plan as the caller may see it.

    Raises:
        NotFound: there is none.
    """
    row_of(connection, plans, identifier, caller)
    row = connection.execute(described(caller).where(plans.c.id == identifier)).one()
    return seen(row, caller)


def described(caller: Caller) -> Select[Any]:
    """Plans with what people know them by, whoever's they are."""
    return (
        select(
            plans,
            jobs.c.label,
            jobs.c.kind,
            instances.c.name,
            instances.c.title,
            instances.c.parent_id,
            instances.c.changes,
            visible(instances, caller).label("inputs"),
            note_to(plans, caller),
        )
        .join(jobs, jobs.c.id == plans.c.job_id)
        .join(instances, instances.c.id == plans.c.instance_id)
    )


def chosen_by(wanted: PlanFilter, caller: Caller) -> list[ColumnElement[bool]]:
    """The conditions of a filter on `described`."""
    found = [*made_within(plans, wanted.span), archived(plans, wanted=wanted.archived)]
    if wanted.reviews:
        found.append(plans.c.review.in_(wanted.reviews))
    hidden = of_job(wanted.states, wanted.kinds, wanted.instance_id, wanted.label)
    if wanted.parent_id is not None:
        found += [instances.c.parent_id == wanted.parent_id, inputs_seen(instances, caller)]
    return [*found, *hidden, *([seen_whole(plans, caller)] if hidden else [])]


def seen(row: Any, caller: Caller) -> PlanSummary | SponsorView:
    """A row of `described` as the caller may see it: whole, or a sponsor's own projects."""
    if access(row, caller) != "sponsor":
        return summary(row)
    return SponsorView(
        view="own_projects",
        id=row.id,
        organisation_id=row.organisation_id,
        projects=tuple(sorted(caller.projects)),
        chosen=tuple(c for c in chosen_of(row) if c.project in caller.projects),
        note=row.note,
        review=row.review,
        version=row.version,
        created_at=moment(row.created_at),
    )


def summary(row: Any) -> PlanSummary:
    """A plan without its tables; where it comes from, where the instance may be seen too."""
    document = PlanDocument.model_validate(row.document)
    changes = CHANGES.validate_python(row.changes if row.inputs else [])
    return PlanSummary(
        view="whole",
        id=row.id,
        organisation_id=row.organisation_id,
        label=row.label,
        name=row.name,
        title=row.title,
        parent_id=row.parent_id if row.inputs else None,
        changes_in_words=in_words(changes),
        note=row.note,
        kind=row.kind,
        job_id=row.job_id,
        instance_id=row.instance_id,
        instance_hash=document.instance_hash,
        found=document.proof.objective is not None,
        proof=document.proof,
        criteria=document.criteria,
        without_fund=document.without_fund,
        chosen=chosen_of(row),
        certified=document.certificate is not None and document.certificate.ok,
        assumed_share=row.assumed_share,
        review=row.review,
        version=row.version,
        created_at=moment(row.created_at),
        archived_at=moment_if(row.archived_at),
    )


def chosen_of(row: Any) -> tuple[ChosenProject, ...]:
    """The projects that a plan makes happen."""
    return tuple(ChosenProject(**entry) for entry in row.chosen)
