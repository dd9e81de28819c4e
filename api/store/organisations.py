"""Organisations and users: who they are, what they may use and what they have used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from api.errors import Conflict, Forbidden, NotFound, QuotaExceeded, Stale
from api.resources.base import Page, moment
from api.resources.organisations import (
    Organisation,
    OrganisationChange,
    OrganisationRequest,
    Quota,
    Usage,
    User,
    UserChange,
    UserRequest,
)
from api.store.clock import new_id, now
from api.store.cursors import page
from api.store.tables import instances, jobs, organisations, users

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
    connection.execute(
        update(organisations)
        .where(organisations.c.id == identifier)
        .values(version=row.version + 1, **changes)
    )
    return get(connection, identifier)


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


def refuse_more_instances(connection: Connection, identifier: str) -> None:
    """Refuse another instance of an organisation that keeps too many.

    Raises:
        QuotaExceeded: saying how many.
    """
    quota = Quota(**_row(connection, identifier, lock=True).quota)
    kept = _usage(connection, identifier).instances
    if kept >= quota.instances:
        raise QuotaExceeded(f"{kept:,} instances are kept, of at most {quota.instances:,}")


def add_user(connection: Connection, organisation: str, request: UserRequest) -> User:
    """Add a user.

    Raises:
        NotFound: there is no such organisation.
        Conflict: another user has the same subject.
    """
    _row(connection, organisation)
    identifier = new_id("user")
    try:
        connection.execute(
            insert(users).values(
                id=identifier,
                organisation_id=organisation,
                name=request.name,
                role=request.role,
                subject=request.subject,
                active=True,
                created_at=now(),
            )
        )
    except IntegrityError as trouble:
        raise Conflict("subject: another user has it already") from trouble
    return user(connection, identifier)


def user(connection: Connection, identifier: str) -> User:
    """A user.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(users).where(users.c.id == identifier)).one_or_none()
    if row is None:
        raise NotFound("there is no user of this identifier")
    return _user(row)


def users_of(
    connection: Connection, organisation: str, cursor: str | None, limit: int
) -> Page[User]:
    """The users of an organisation."""
    query = select(users).where(users.c.organisation_id == organisation)
    return page(connection, query, users, cursor, limit, _user)


def change_user(connection: Connection, identifier: str, request: UserChange, version: int) -> User:
    """Change a user that has this version.

    Raises:
        NotFound: there is none.
        Stale: it has another version.
        Forbidden: nobody would be left to manage the organisation.
    """
    known = user(connection, identifier)
    _row(connection, known.organisation_id, lock=True)
    known = user(connection, identifier)
    if known.version != version:
        raise Stale(f"its version is {known.version} by now, not {version}")
    changes = request.model_dump(exclude_none=True)
    connection.execute(
        update(users).where(users.c.id == identifier).values(version=known.version + 1, **changes)
    )
    admins = (
        select(func.count())
        .select_from(users)
        .where(
            users.c.organisation_id == known.organisation_id,
            users.c.role == "admin",
            users.c.active,
        )
    )
    was_admin = known.role == "admin" and known.active
    if was_admin and connection.execute(admins).scalar_one() == 0:
        raise Forbidden("it is the last active admin of its organisation")
    return user(connection, identifier)


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
    kept = select(func.count()).where(instances.c.organisation_id == identifier)
    return Usage(
        queued_jobs=count("queued"),
        running_jobs=count("running"),
        cpu_s_last_30_days=float(connection.execute(cpu).scalar_one()),
        instances=int(connection.execute(kept).scalar_one()),
    )


def _user(row: Any) -> User:
    return User(
        id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        role=row.role,
        subject=row.subject,
        active=row.active,
        version=row.version,
        created_at=moment(row.created_at),
    )
