"""Organisations: who they are, what they may use and what they have used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update

from api.errors import Conflict, NotFound, QuotaExceeded, Stale
from api.resources.base import Page, moment
from api.resources.organisations import (
    Organisation,
    OrganisationChange,
    OrganisationRequest,
    Quota,
    SignOff,
    Usage,
)
from api.store.clock import new_id, now
from api.store.cursors import page
from api.store.database import alone
from api.store.tables import instances, jobs, organisations, spent
from api.store.users import add_user as add_user
from api.store.users import change_user as change_user
from api.store.users import user as user
from api.store.users import users_of as users_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.caller import Caller

DAYS_30_S = 30 * 86400.0


def add(connection: Connection, request: OrganisationRequest, secretariat: str | None) -> str:
    """Add an organisation; returns its identifier. A secretariat belongs to nobody's fund."""
    identifier = new_id("organisation")
    connection.execute(
        insert(organisations).values(
            id=identifier,
            name=request.name,
            kind=request.kind,
            secretariat_id=secretariat,
            projects=sorted(set(request.projects)),
            quota=request.quota.model_dump(),
            running_jobs=request.quota.running_jobs,
            sign_off=SignOff().model_dump(),
            subject_domains=free_domains(connection, request.subject_domains, identifier),
            created_at=now(),
        )
    )
    return identifier


def get(connection: Connection, identifier: str) -> Organisation:
    """An organisation with what it uses.

    Raises:
        NotFound: there is none.
    """
    return _organisation(connection, _row(connection, identifier))


def within_reach(connection: Connection, identifier: str, caller: Caller) -> Organisation:
    """An organisation that the caller may know of: its own, or one of its fund if a secretariat.

    Raises:
        NotFound: there is none.
    """
    found = get(connection, identifier)
    if caller.organisation_id not in (found.id, found.secretariat_id):
        raise NotFound("there is no organisation of this identifier")
    return found


def listed(
    connection: Connection, caller: Caller, cursor: str | None, limit: int
) -> Page[Organisation]:
    """The caller's organisation and, for a secretariat, those of its fund."""
    query = select(organisations).where(
        or_(
            organisations.c.id == caller.organisation_id,
            organisations.c.secretariat_id == caller.organisation_id,
        )
    )
    return page(
        connection,
        query,
        organisations,
        cursor,
        limit,
        lambda row: _organisation(connection, row),
    )


def everybody(connection: Connection) -> tuple[Organisation, ...]:
    """Every organisation, oldest first: for the operator."""
    query = select(organisations).order_by(organisations.c.created_at, organisations.c.id)
    return tuple(_organisation(connection, row) for row in connection.execute(query).all())


def change(
    connection: Connection,
    identifier: str,
    request: OrganisationChange,
    version: int,
) -> Organisation:
    """Change an organisation that has this version.

    Raises:
        NotFound: there is none.
        Stale: it has another version.
    """
    row = _row(connection, identifier, lock=True)
    if row.version != version:
        raise Stale(f"its version is {row.version} by now, not {version}")
    changes = request.model_dump(exclude_none=True)
    if request.quota is not None:
        changes["running_jobs"] = request.quota.running_jobs
    if request.projects is not None:
        changes["projects"] = sorted(set(request.projects))
    if request.subject_domains is not None:
        domains = free_domains(connection, request.subject_domains, identifier)
        changes["subject_domains"] = domains
    connection.execute(
        update(organisations)
        .where(organisations.c.id == identifier)
        .values(version=row.version + 1, **changes)
    )
    return get(connection, identifier)


def free_domains(connection: Connection, wanted: tuple[str, ...], identifier: str) -> list[str]:
    """Domains of subjects that no other organisation has.

    Raises:
        Conflict: another one has some of them.
    """
    found = sorted(set(wanted))
    if not found:
        return []
    alone(connection, "subject domains")
    query = select(organisations.c.subject_domains).where(organisations.c.id != identifier)
    taken = {domain for domains in connection.execute(query).scalars() for domain in domains}
    if refused := [domain for domain in found if domain in taken]:
        words = ", ".join(refused)
        raise Conflict(f"subject_domains: {words}: of another organisation; ask the operator")
    return found


def quota_of(connection: Connection, identifier: str) -> Quota:
    """What an organisation may use."""
    return Quota(**_row(connection, identifier).quota)


def refuse_over_quota(connection: Connection, identifier: str) -> None:
    """Refuse another job of an organisation that waits for too many, or has used too much.

    The organisation's row is locked, so that many submissions at once are counted one by one.

    Raises:
        QuotaExceeded: saying which quota.
    """
    quota = Quota(**_row(connection, identifier, lock=True).quota)
    used = _usage(connection, identifier)
    if used.queued_jobs >= quota.queued_jobs:
        raise QuotaExceeded(
            f"{used.queued_jobs:,} jobs are waiting, of at most {quota.queued_jobs:,}",
            retry_after_s=60,
        )
    if used.cpu_s_last_30_days >= quota.cpu_s_per_30_days:
        raise QuotaExceeded(
            f"{used.cpu_s_last_30_days:,.0f} CPU seconds were used in the last 30 days, of at most "
            f"{quota.cpu_s_per_30_days:,.0f}",
            retry_after_s=86400,
        )


def refuse_more_instances(connection: Connection, identifier: str, *, what_if: bool) -> None:
    """Refuse another instance of an organisation that keeps too many; what-ifs count apart.

    Raises:
        QuotaExceeded: saying how many.
    """
    quota = Quota(**_row(connection, identifier, lock=True).quota)
    used = _usage(connection, identifier)
    kept, most = (used.what_ifs, quota.what_ifs) if what_if else (used.instances, quota.instances)
    if kept >= most:
        what = "what-ifs" if what_if else "instances"
        raise QuotaExceeded(f"{kept:,} {what} are kept, of at most {most:,}; delete some first")


def _row(connection: Connection, identifier: str, *, lock: bool = False) -> Any:
    query = select(organisations).where(organisations.c.id == identifier)
    if lock:  # Weak enough to let others add rows that refer to the organisation.
        query = query.with_for_update(key_share=True)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("there is no organisation of this identifier")
    return row


def _organisation(connection: Connection, row: Any) -> Organisation:
    return Organisation(
        id=row.id,
        name=row.name,
        kind=row.kind,
        secretariat_id=row.secretariat_id,
        projects=tuple(row.projects),
        quota=Quota(**row.quota),
        usage=_usage(connection, row.id),
        sign_off=SignOff(**row.sign_off),
        subject_domains=tuple(row.subject_domains),
        version=row.version,
        created_at=moment(row.created_at),
    )


def _usage(connection: Connection, identifier: str) -> Usage:
    def count(state: str) -> int:
        query = select(func.count()).where(
            jobs.c.organisation_id == identifier, jobs.c.state == state
        )
        return int(connection.execute(query).scalar_one())

    cpu = select(func.coalesce(func.sum(jobs.c.cpu_s), 0.0)).where(
        jobs.c.organisation_id == identifier, jobs.c.ended_at > now() - DAYS_30_S
    )
    deleted = select(func.coalesce(func.sum(spent.c.cpu_s), 0.0)).where(
        spent.c.organisation_id == identifier, spent.c.ended_at > now() - DAYS_30_S
    )
    kept = select(func.count(), func.count(instances.c.parent_id)).where(
        instances.c.organisation_id == identifier
    )
    every, what_ifs = connection.execute(kept).one()
    return Usage(
        queued_jobs=count("queued"),
        running_jobs=count("running"),
        cpu_s_last_30_days=sum(
            float(connection.execute(query).scalar_one()) for query in (cpu, deleted)
        ),
        instances=every - what_ifs,
        what_ifs=what_ifs,
    )
