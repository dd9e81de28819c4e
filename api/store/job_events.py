"""What happens to jobs: told by whoever makes it happen, read by whoever listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from api.resources.base import moment
from api.resources.jobs import ENDED, JobEvent
from api.store.access import own_row
from api.store.clock import now
from api.store.tables import job_events, jobs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from api.caller import Caller


def tell(connection: Connection, identifier: str, kind: str, data: Mapping[str, object]) -> int:
    """Add an event to a job; returns its number. The job's row is locked, so none is skipped."""
    number = connection.execute(
        update(jobs)
        .where(jobs.c.id == identifier)
        .values(last_event=jobs.c.last_event + 1)
        .returning(jobs.c.last_event)
    ).scalar_one()
    connection.execute(
        insert(job_events).values(
            job_id=identifier, number=number, at=now(), type=kind, data=dict(data)
        )
    )
    return int(number)


def events(
    connection: Connection, identifier: str, caller: Caller, after: int, limit: int = 200
) -> tuple[JobEvent, ...]:
    """Events of a job of the caller's organisation, from the one after `after`.

    Raises:
        NotFound: there is no such job.
    """
    own_row(connection, jobs, identifier, caller)
    query = (
        select(job_events)
        .where(job_events.c.job_id == identifier, job_events.c.number > after)
        .order_by(job_events.c.number)
        .limit(limit)
    )
    return tuple(
        JobEvent(
            job_id=row.job_id,
            number=row.number,
            at=moment(row.at),
            type=row.type,
            data=row.data,
        )
        for row in connection.execute(query)
    )


def news(connection: Connection, identifiers: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Number of each job's last event, and whether it has ended: one query for all listeners."""
    query = select(jobs.c.id, jobs.c.last_event, jobs.c.state).where(jobs.c.id.in_(identifiers))
    return {row.id: (row.last_event, row.state in ENDED) for row in connection.execute(query)}
