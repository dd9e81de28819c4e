"""The audit log: who submitted, changed, cancelled, read and approved what. It only grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select

from api.resources.base import PREFIXES, Page, moment
from api.resources.organisations import AuditEntry
from api.store.clock import now
from api.store.tables import audit, instances, plans

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.caller import Caller


def record(
    connection: Connection,
    caller: Caller,
    action: str,
    resource: str,
    **detail: object,
) -> None:
    """Add an entry, in the transaction of what it tells.

    The owner of a plan or an instance sees the entry too, whoever acted.
    """
    connection.execute(
        insert(audit).values(
            at=now(),
            organisation_id=caller.organisation_id,
            owner_id=_owner(connection, resource),
            user_id=caller.user_id,
            key_id=caller.key_id,
            action=action,
            resource=resource,
            detail=detail,
            request_id=caller.request_id,
        )
    )


def record_operator(
    connection: Connection, organisation_id: str, action: str, resource: str, **detail: object
) -> None:
    """Add an entry of what the operator did on the machine itself: no user, no key, no request."""
    connection.execute(
        insert(audit).values(
            at=now(),
            organisation_id=organisation_id,
            owner_id=organisation_id,
            action=action,
            resource=resource,
            detail=detail,
            request_id="",
        )
    )


def entries(
    connection: Connection, organisation_id: str, before: int | None, limit: int
) -> Page[AuditEntry]:
    """What an organisation's users did, and what others did with what it owns, newest first.

    Args:
        connection: a transaction.
        organisation_id: whose log.
        before: number of the last entry seen.
        limit: entries at most.
    """
    query = select(audit).where(
        or_(audit.c.organisation_id == organisation_id, audit.c.owner_id == organisation_id)
    )
    if before is not None:
        query = query.where(audit.c.number < before)
    rows = connection.execute(query.order_by(audit.c.number.desc()).limit(limit + 1)).all()
    items = tuple(_entry(row) for row in rows[:limit])
    return Page(items=items, next=str(items[-1].number) if len(rows) > limit else None)


def _owner(connection: Connection, resource: str) -> str | None:
    """Whose plan or instance this is; None for anything else."""
    kind = resource.partition("_")[0]
    for table in (plans, instances):
        if kind == PREFIXES[table.name.removesuffix("s")]:
            query = select(table.c.organisation_id).where(table.c.id == resource)
            return connection.execute(query).scalar_one_or_none()
    return None


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(**dict(row._mapping) | {"at": moment(row.at)})
