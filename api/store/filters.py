"""Filters of lists: by label, time and origin, and of nothing that the caller may not see.

A filter tells who asks whether a field has a value. So what is hidden from a caller is hidden
from its filters too: a row that is only shared with it is found by what it is shown of the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, true

from api.store.access import visible
from api.store.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, ColumnElement, Table

    from api.caller import Caller
    from api.resources.jobs import JobKind, JobState


class Span(NamedTuple):
    """A part of time, in seconds since 1970."""

    since: float | None = None
    until: float | None = None
    """The first moment after it."""


def made_within(table: Table, span: Span) -> list[ColumnElement[bool]]:
    """The conditions that a row was made within a span."""
    found: list[ColumnElement[bool]] = []
    if span.since is not None:
        found.append(table.c.created_at >= span.since)
    if span.until is not None:
        found.append(table.c.created_at < span.until)
    return found


def archived(table: Table, *, wanted: bool) -> ColumnElement[bool]:
    """The condition that a row is archived, or is not."""
    column = table.c.archived_at
    return column.is_not(None) if wanted else column.is_(None)


def labelled(column: Column[str], words: str) -> ColumnElement[bool]:
    """The condition that a label holds these words, in capitals or not."""
    return column.icontains(words, autoescape=True)


def of_job(
    states: Sequence[JobState],
    kinds: Sequence[JobKind],
    instance_id: str | None,
    label: str | None,
) -> list[ColumnElement[bool]]:
    """The conditions on a job, for lists of jobs and of the plans that they made."""
    found: list[ColumnElement[bool]] = []
    if states:
        found.append(jobs.c.state.in_(states))
    if kinds:
        found.append(jobs.c.kind.in_(kinds))
    if instance_id is not None:
        found.append(jobs.c.instance_id == instance_id)
    if label is not None:
        found.append(labelled(jobs.c.label, label))
    return found


def seen_whole(table: Table, caller: Caller) -> ColumnElement[bool]:
    """The condition that the caller sees more of a row than a sponsor does of others' rows."""
    return table.c.organisation_id == caller.organisation_id if _partial(caller) else true()


def inputs_seen(instances: Table, caller: Caller) -> ColumnElement[bool]:
    """The condition that the caller sees where an instance comes from."""
    return and_(visible(instances, caller), seen_whole(instances, caller))


def _partial(caller: Caller) -> bool:
    return caller.kind == "sponsor"
