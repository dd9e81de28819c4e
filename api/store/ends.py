"""Ends: what was solved and is not needed any more is archived, or deleted.

A plan and the job that found it are one result: they go together. A plan under review or signed
off stays, in sight. An archived row is out of the lists and otherwise as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, update

from api.errors import Conflict, Stale
from api.resources.jobs import ENDED
from api.store.access import own_row
from api.store.clock import now
from api.store.evidence import plan_sha256, taken
from api.store.jobs import reading
from api.store.tables import (
    deliveries,
    instances,
    job_events,
    jobs,
    plans,
    reports,
    shares,
    spent,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from api.caller import Caller

ARCHIVABLE = ("draft", "returned")
"""States of the review in which a plan may go out of sight."""
KEPT_S = 31 * 86400.0
"""How long what a deleted job has used is known: longer than the quota looks back."""


def archive_plan(
    connection: Connection, caller: Caller, identifier: str, version: int, *, archived: bool
) -> None:
    """Take a plan and its job out of the lists, or back in.

    Raises:
        NotFound: there is no such plan.
        Forbidden: it is another organisation's.
        Stale: it has another version.
        Conflict: it is under review or signed off.
    """
    row = _plan(connection, caller, identifier, version)
    if archived and row.review not in ARCHIVABLE:
        raise Conflict(f"a plan that is {row.review} stays in sight")
    _file_away(connection, plans, identifier, archived=archived)
    _file_away(connection, jobs, row.job_id, archived=archived)


def archive_job(connection: Connection, caller: Caller, identifier: str, *, archived: bool) -> None:
    """Take a job that ended without a plan out of the lists, or back in.

    Raises:
        NotFound: there is no such job.
        Conflict: it has not ended, or goes with its plan.
    """
    _job_without_plan(connection, caller, identifier)
    _file_away(connection, jobs, identifier, archived=archived)


def archive_instance(
    connection: Connection, caller: Caller, identifier: str, *, archived: bool
) -> None:
    """Take an instance out of the lists, or back in; what was made of it stays.

    Raises:
        NotFound: there is no such instance.
        Forbidden: it is another organisation's.
    """
    own_row(connection, instances, identifier, caller, lock="change")
    _file_away(connection, instances, identifier, archived=archived)


def remove_plan(
    connection: Connection, caller: Caller, identifier: str, version: int
) -> dict[str, Any]:
    """Delete a draft with its job, its shares and its report; returns what was deleted.

    Raises:
        NotFound: there is no such plan.
        Forbidden: it is another organisation's.
        Stale: it has another version.
        Conflict: it was submitted for review, or a job that has not ended reads it.
    """
    row = _plan(connection, caller, identifier, version)
    if row.review != "draft" or taken(connection, identifier):
        words = "archive it" if row.review in ARCHIVABLE else "it stays"
        raise Conflict(f"a plan that was submitted for review is not deleted; {words}")
    if (reader := reading(connection, caller, identifier)) is not None:
        raise Conflict(f"a job that has not ended reads it: cancel {reader} first")
    told = {"plan_sha256": plan_sha256(row), "chosen": len(row.chosen)}
    for table, column in (
        (reports, reports.c.plan_id),
        (shares, shares.c.resource_id),
        (plans, plans.c.id),
    ):
        connection.execute(delete(table).where(column == identifier))
    job = own_row(connection, jobs, row.job_id, caller, lock="change")
    return told | _removed_job(connection, job)


def remove_job(connection: Connection, caller: Caller, identifier: str) -> dict[str, Any]:
    """Delete a job that ended without a plan; returns what was deleted.

    Raises:
        NotFound: there is no such job.
        Conflict: it has not ended, or goes with its plan.
    """
    return _removed_job(connection, _job_without_plan(connection, caller, identifier))


def forget(connection: Connection) -> None:
    """Forget what deleted jobs have used where no quota asks for it any more."""
    connection.execute(delete(spent).where(spent.c.ended_at < now() - KEPT_S))


def _plan(connection: Connection, caller: Caller, identifier: str, version: int) -> Any:
    row = own_row(connection, plans, identifier, caller, lock="change")
    if row.version != version:
        raise Stale(f"its version is {row.version} by now, not {version}")
    return row


def _job_without_plan(connection: Connection, caller: Caller, identifier: str) -> Any:
    row = own_row(connection, jobs, identifier, caller, lock="change")
    if row.state not in ENDED:
        raise Conflict(f"the job is {row.state}; cancel it first")
    if row.plan_id is not None:
        raise Conflict(f"it goes with its plan: /v1/plans/{row.plan_id}")
    return row


def _removed_job(connection: Connection, row: Any) -> dict[str, Any]:
    """Delete a job that has ended; what it has used stays used."""
    for table in (job_events, deliveries):
        connection.execute(delete(table).where(table.c.job_id == row.id))
    connection.execute(
        insert(spent).values(
            job_id=row.id,
            organisation_id=row.organisation_id,
            cpu_s=row.cpu_s + row.lost_cpu_s,
            ended_at=row.ended_at,
        )
    )
    connection.execute(delete(jobs).where(jobs.c.id == row.id))
    return {
        "job": row.id,
        "kind": row.kind,
        "label": row.label,
        "state": row.state,
        "instance": row.instance_id,
        "instance_hash": row.instance_hash,
        "submitted_by": row.submitted_by,
        "created_at": row.created_at,
    }


def _file_away(connection: Connection, table: Table, identifier: str, *, archived: bool) -> None:
    moment = func.coalesce(table.c.archived_at, now()) if archived else None
    connection.execute(update(table).where(table.c.id == identifier).values(archived_at=moment))
