"""The audit log: who submitted, changed, cancelled, read and approved what. It only grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from api.resources.base import Page, moment
from api.resources.organisations import AuditEntry
from api.store.clock import now
from api.store.tables import audit

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
    """Add an entry, in the transaction of what it tells."""
    connection.execute(
        insert(audit).values(
            at=now(),
            organisation_id=caller.organisation_id,
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
            action=action,
            resource=resource,
            detail=detail,
            request_id="",
        )
    )


def entries(
    connection: Connection, organisation_id: str, before: int | None, limit: int
) -> Page[AuditEntry]:
    """Entries of an organisation, newest first; `before` is the number of the last one seen."""
    query = select(audit).where(audit.c.organisation_id == organisation_id)
    if before is not None:
        query = query.where(audit.c.number < before)
    rows = connection.execute(query.order_by(audit.c.number.desc()).limit(limit + 1)).all()
    items = tuple(_entry(row) for row in rows[:limit])
    return Page(items=items, next=str(items[-1].number) if len(rows) > limit else None)


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(**dict(row._mapping) | {"at": moment(row.at)})
