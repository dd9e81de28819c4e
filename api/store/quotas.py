"""Quotas: what an organisation may use, what it uses, and the refusal of what would be more.

Whatever is accepted fits for certain: a job reserves the most CPU time that it may come to use,
and what is kept counts as large as it is kept.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, union_all

from api.errors import NotFound, QuotaExceeded
from api.resources.organisations import Quota, Usage
from api.store.clock import now
from api.store.tables import instances, jobs, organisations, plans, spent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

DAY_S = 86400.0
DAYS_30_S = 30 * DAY_S
MIB = 2**20
PROCESSES = 2
"""Processes of one job that compute at once: a solve may prove beside its search."""


def quota_of(connection: Connection, identifier: str) -> Quota:
    """What an organisation may use."""
    return Quota(**row_of(connection, identifier).quota)


def usage_of(connection: Connection, identifier: str) -> Usage:
    """What an organisation uses."""
    here = jobs.c.organisation_id == identifier
    waiting = select(func.count(), func.coalesce(func.sum(jobs.c.reserved_cpu_s), 0.0))
    queued, for_queued = connection.execute(waiting.where(here, jobs.c.state == "queued")).one()
    running, for_running = connection.execute(waiting.where(here, jobs.c.state == "running")).one()
    kept = select(func.count(), func.count(instances.c.parent_id)).where(
        instances.c.organisation_id == identifier
    )
    every, what_ifs = connection.execute(kept).one()
    return Usage(
        queued_jobs=queued,
        running_jobs=running,
        jobs_last_day=_jobs_last_day(connection, identifier),
        cpu_s_last_30_days=_used(connection, identifier),
        cpu_s_reserved=for_queued + for_running,
        instances=every - what_ifs,
        what_ifs=what_ifs,
        stored_mb=_stored(connection, identifier) / MIB,
    )


def refuse_job(connection: Connection, identifier: str, reserved_cpu_s: float) -> None:
    """Refuse another job of an organisation that waits for too many, or has too little left.

    The organisation's row is locked, so that many submissions at once are counted one by one.

    Args:
        connection: a transaction that writes.
        identifier: whose job it is.
        reserved_cpu_s: what it may use at most.

    Raises:
        QuotaExceeded: saying which quota.
    """
    quota = Quota(**row_of(connection, identifier, lock=True).quota)
    used = usage_of(connection, identifier)
    if used.queued_jobs >= quota.queued_jobs:
        raise QuotaExceeded(
            f"{used.queued_jobs:,} jobs are waiting, of at most {quota.queued_jobs:,}",
            retry_after_s=60,
        )
    if used.jobs_last_day >= quota.jobs_per_day:
        raise QuotaExceeded(
            f"{used.jobs_last_day:,} jobs were submitted in 24 hours, of at most "
            f"{quota.jobs_per_day:,}",
            retry_after_s=3600,
        )
    taken = used.cpu_s_last_30_days + used.cpu_s_reserved
    if taken + reserved_cpu_s > quota.cpu_s_per_30_days:
        raise QuotaExceeded(
            f"{used.cpu_s_last_30_days:,.0f} CPU seconds were used in the last 30 days and "
            f"{used.cpu_s_reserved:,.0f} are reserved for jobs that wait or run, of at most "
            f"{quota.cpu_s_per_30_days:,.0f}; this job may use {reserved_cpu_s:,.0f}, fewer with a "
            "smaller time_limit_s",
            retry_after_s=60 if used.cpu_s_reserved else 86400,
        )
    _refuse_more(used.stored_mb, quota, 0)


def refuse_instance(
    connection: Connection, identifier: str, file: str, size_bytes: int, *, what_if: bool
) -> None:
    """Refuse another instance of an organisation that keeps too many, or too much.

    Args:
        connection: a transaction that writes.
        identifier: whose instance it is.
        file: its content; one that the organisation keeps already takes no room.
        size_bytes: how large it is as it will be kept.
        what_if: whether it counts among the what-ifs, apart from what was submitted.

    Raises:
        QuotaExceeded: saying how many, or how much.
    """
    quota = Quota(**row_of(connection, identifier, lock=True).quota)
    used = usage_of(connection, identifier)
    kept, most = (used.what_ifs, quota.what_ifs) if what_if else (used.instances, quota.instances)
    if kept >= most:
        what = "what-ifs" if what_if else "instances"
        raise QuotaExceeded(f"{kept:,} {what} are kept, of at most {most:,}; delete some first")
    same = select(instances.c.id).where(
        instances.c.organisation_id == identifier, instances.c.file == file
    )
    if connection.execute(same.limit(1)).first() is None:
        _refuse_more(used.stored_mb, quota, size_bytes)


def plan_bytes(document: object, tables: Iterable[Mapping[str, Any]]) -> int:
    """How large a plan is as it is kept: its document, and its tables as `TableInfo` tells."""
    return len(json.dumps(document)) + sum(int(table["size_bytes"]) for table in tables)


def row_of(connection: Connection, identifier: str, *, lock: bool = False) -> Any:
    """The row of an organisation.

    Raises:
        NotFound: there is none.
    """
    query = select(organisations).where(organisations.c.id == identifier)
    if lock:  # Weak enough to let others add rows that refer to the organisation.
        query = query.with_for_update(key_share=True)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("there is no organisation of this identifier")
    return row


def _refuse_more(stored_mb: float, quota: Quota, size_bytes: int) -> None:
    if stored_mb + size_bytes / MIB > quota.stored_mb:
        more = f", and this takes {size_bytes / MIB:,.1f} MiB unpacked" if size_bytes else ""
        raise QuotaExceeded(
            f"{stored_mb:,.1f} MiB of instances and plans are kept{more}, of at most "
            f"{quota.stored_mb:,} MiB"
        )


def _jobs_last_day(connection: Connection, identifier: str) -> int:
    """Jobs of the last 24 hours, those included that were deleted since."""
    made = select(func.count()).where(
        jobs.c.organisation_id == identifier, jobs.c.created_at > now() - DAY_S
    )
    deleted = select(func.count()).where(
        spent.c.organisation_id == identifier, spent.c.ended_at > now() - DAY_S
    )
    return int(connection.execute(made).scalar_one() + connection.execute(deleted).scalar_one())


def _used(connection: Connection, identifier: str) -> float:
    """CPU seconds of jobs that ended in the last 30 days, and of lost attempts of the others."""
    since = now() - DAYS_30_S
    ended = select(func.coalesce(func.sum(jobs.c.cpu_s + jobs.c.lost_cpu_s), 0.0)).where(
        jobs.c.organisation_id == identifier, jobs.c.ended_at > since
    )
    deleted = select(func.coalesce(func.sum(spent.c.cpu_s), 0.0)).where(
        spent.c.organisation_id == identifier, spent.c.ended_at > since
    )
    lost = select(func.coalesce(func.sum(jobs.c.lost_cpu_s), 0.0)).where(
        jobs.c.organisation_id == identifier, jobs.c.state.in_(("queued", "running"))
    )
    return sum(float(connection.execute(one).scalar_one()) for one in (ended, deleted, lost))


def _stored(connection: Connection, identifier: str) -> int:
    """Bytes of instances, each content once, and of plans."""
    documents = (
        select(instances.c.file, func.max(instances.c.size_bytes).label("size"))
        .where(instances.c.organisation_id == identifier)
        .group_by(instances.c.file)
    ).subquery()
    sizes = union_all(
        select(documents.c.size),
        select(plans.c.size_bytes).where(plans.c.organisation_id == identifier),
    ).subquery()
    return int(connection.execute(select(func.coalesce(func.sum(sizes.c[0]), 0))).scalar_one())
