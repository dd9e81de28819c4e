"""Filters: which rows of a list a query asks for."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query

from api.resources.base import Label, ResourceId
from api.resources.jobs import JobKind, JobState
from api.resources.plans import ReviewState
from api.store.filters import Span
from api.store.instances import InstanceFilter
from api.store.jobs import JobFilter
from api.store.plan_views import PlanFilter

LabelQuery = Annotated[
    Label | None, Query(description="Words that the label holds, in capitals or not.")
]
InstanceQuery = Annotated[ResourceId | None, Query(description="Of this instance.")]
ParentQuery = Annotated[
    ResourceId | None, Query(description="Of the what-ifs that depart from this instance.")
]
StateQuery = Annotated[tuple[JobState, ...], Query(description="Any of these states of the job.")]
ArchivedQuery = Annotated[bool, Query(description="Those out of the lists, and no others.")]
KindQuery = Annotated[tuple[JobKind, ...], Query(description="Any of these kinds of job.")]


async def span_of(
    since: Annotated[datetime | None, Query(description="Made then or later.")] = None,
    until: Annotated[datetime | None, Query(description="Made before then.")] = None,
) -> Span:
    """The part of time that a query asks for."""
    return Span(_seconds(since), _seconds(until))


SpanDep = Annotated[Span, Depends(span_of)]


async def instances_of(
    span: SpanDep,
    name: Annotated[str | None, Query(max_length=200, description="`settings.id`.")] = None,
    label: LabelQuery = None,
    parent_id: ParentQuery = None,
    archived: ArchivedQuery = False,
) -> InstanceFilter:
    """The instances that a query asks for."""
    return InstanceFilter(name=name, label=label, parent_id=parent_id, archived=archived, span=span)


async def jobs_of(  # noqa: PLR0913 - one parameter for each way to choose
    span: SpanDep,
    state: StateQuery = (),
    kind: KindQuery = (),
    instance_id: InstanceQuery = None,
    parent_id: ParentQuery = None,
    label: LabelQuery = None,
    archived: ArchivedQuery = False,
) -> JobFilter:
    """The jobs that a query asks for."""
    return JobFilter(
        states=state,
        kinds=kind,
        instance_id=instance_id,
        parent_id=parent_id,
        label=label,
        archived=archived,
        span=span,
    )


async def plans_of(
    of_jobs: Annotated[JobFilter, Depends(jobs_of)],
    review: Annotated[
        tuple[ReviewState, ...], Query(description="Any of these states of the review.")
    ] = (),
) -> PlanFilter:
    """The plans that a query asks for: by their jobs, and by their review."""
    return PlanFilter(reviews=review, **of_jobs._asdict())


def _seconds(moment: datetime | None) -> float | None:
    """Seconds since 1970; a time without a zone is UTC."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


InstancesDep = Annotated[InstanceFilter, Depends(instances_of)]
JobsDep = Annotated[JobFilter, Depends(jobs_of)]
PlansDep = Annotated[PlanFilter, Depends(plans_of)]
