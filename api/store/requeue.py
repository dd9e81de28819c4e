"""Jobs that come back: given back by their worker, or taken from one that is lost.

They wait again, unless they were to be cancelled or have lost too many workers: then they end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, update

from api.resources.jobs import JobError
from api.store.claims import held, hold
from api.store.clock import now
from api.store.job_events import tell
from api.store.outbox import announce
from api.store.processes import TAKEN_BACK, tally
from api.store.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from api.store.claims import Claim


class LeaseTerm(NamedTuple):
    """A lease as it was given or renewed last; each renewal makes another of it."""

    job_id: str
    attempt: int
    until: float
    """By the database's clock."""


def give_back(connection: Connection, claimed: Claim) -> bool:
    """Queue a job again that its worker will not finish, because it is asked to go.

    One that was to be cancelled ends here: nobody else needs to start it for that.
    """
    if not hold(connection, claimed):
        return False
    query = select(jobs.c.cancel_requested).where(jobs.c.id == claimed.job_id)
    if connection.execute(query).scalar_one():
        _end(connection, claimed.job_id, "cancelled", None)
    else:
        _requeue(connection, claimed.job_id, "the worker was stopped", losses=0)
    return True


def lose(connection: Connection, claimed: Claim, max_attempts: int) -> int:
    """Take back one job whose runner died, like one whose worker is lost; returns how many."""
    return _take_back(connection, select(jobs).where(held(claimed)), max_attempts)


def release(connection: Connection, worker: str, max_attempts: int) -> int:
    """Take back the jobs of a worker that is known to be dead; returns how many."""
    query = select(jobs).where(jobs.c.state == "running", jobs.c.worker == worker)
    return _take_back(connection, query, max_attempts)


def leases(connection: Connection) -> dict[LeaseTerm, float]:
    """Every lease there is, with the seconds that it is still good for by the database's clock."""
    left = (jobs.c.lease_until - now()).label("left")
    query = select(jobs.c.id, jobs.c.attempt, jobs.c.lease_until, left)
    rows = connection.execute(query.where(jobs.c.state == "running"))
    return {LeaseTerm(row.id, row.attempt, row.lease_until): row.left for row in rows}


def reap(connection: Connection, lost: Iterable[LeaseTerm], max_attempts: int) -> int:
    """Take back the jobs of these leases, unless they have been renewed; returns how many."""
    taken = 0
    for lease in lost:
        query = select(jobs).where(
            jobs.c.id == lease.job_id,
            jobs.c.attempt == lease.attempt,
            jobs.c.lease_until == lease.until,
            jobs.c.state == "running",
        )
        taken += _take_back(connection, query, max_attempts)
    return taken


def _take_back(connection: Connection, query: Any, max_attempts: int) -> int:
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    for row in rows:
        if row.cancel_requested:
            _end(connection, row.id, "cancelled", None)
        elif row.losses + 1 >= max_attempts:
            error = JobError(
                reason="worker_lost",
                detail=f"its worker was lost {row.losses + 1} times; the instance may need more "
                "memory than there is",
            )
            _end(connection, row.id, "failed", error)
        else:
            _requeue(connection, row.id, "its worker was lost", losses=1)
    tally(connection, TAKEN_BACK, len(rows))
    return len(rows)


def _requeue(connection: Connection, identifier: str, why: str, *, losses: int) -> None:
    connection.execute(
        update(jobs)
        .where(jobs.c.id == identifier)
        .values(
            state="queued",
            worker=None,
            lease_until=None,
            progress=None,
            losses=jobs.c.losses + losses,
            lost_cpu_s=jobs.c.lost_cpu_s + jobs.c.cpu_s,
            cpu_s=0.0,
        )
    )
    tell(connection, identifier, "state", {"state": "queued", "because": why})


def _end(connection: Connection, identifier: str, state: str, error: JobError | None) -> None:
    connection.execute(
        update(jobs)
        .where(jobs.c.id == identifier)
        .values(
            state=state,
            error=error.model_dump() if error else None,
            lease_until=None,
            ended_at=now(),
        )
    )
    data: dict[str, object] = {"state": state}
    if error is not None:
        data["error"] = error.model_dump()
    tell(connection, identifier, "state", data)
    announce(connection, identifier)
