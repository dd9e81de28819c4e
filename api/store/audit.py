"""The audit log: who did what to whom, from where, and who was refused. It only grows.

Entries are a chain: each has the hash of itself and of the entry before it, so that one that is
altered, taken out or put in is found (`api.store.proof`). They are written as the last thing of
the transaction whose acts they tell, under one lock: the row of `audit_head`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from api.canonical import linked
from api.resources.base import PREFIXES, Page, moment
from api.resources.organisations import AuditEntry
from api.store.clock import now
from api.store.cursors import numbered
from api.store.database import at_commit, finish
from api.store.tables import (
    audit,
    audit_head,
    deliveries,
    instances,
    invitations,
    jobs,
    keys,
    organisations,
    plans,
    shares,
    users,
    webhooks,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from api.caller import Caller

MACHINE = "the service's machine"
"""Origin of what the operator does there."""
SERVICE = "the service itself"
"""Origin of what nobody asked for."""
OF_AN_ORGANISATION: tuple[Table, ...] = (users, keys, invitations, instances, jobs, plans, webhooks)
"""Tables whose rows name the organisation that owns them."""

MANAGED = tuple(PREFIXES[name] for name in ("organisation", "user", "key"))
"""Kinds of resources that a secretariat may know of in the organisations of its fund."""


def record(
    connection: Connection,
    caller: Caller,
    action: str,
    resource: str,
    *,
    owner: str | None = None,
    **detail: object,
) -> None:
    """Add an entry, in the transaction of what it tells.

    The organisation acted upon sees the entry too, whoever acted.

    Args:
        connection: a transaction that writes.
        caller: who acts.
        action: for example `plan.read`.
        resource: identifier of what is acted on.
        owner: the organisation acted upon; that of the resource if not given.
        detail: what else there is to say.
    """
    _add(
        connection,
        organisation_id=caller.organisation_id,
        owner_id=owner or owner_of(connection, resource) or caller.organisation_id,
        user_id=caller.user_id,
        key_id=caller.key_id,
        action=action,
        resource=resource,
        detail=detail,
        request_id=caller.request_id,
        origin=caller.origin,
    )


def record_operator(
    connection: Connection, organisation_id: str, action: str, resource: str, **detail: object
) -> None:
    """Add an entry of what the operator did on the machine itself: no user, no key, no request."""
    who = _nobody_of(organisation_id, "", MACHINE)
    _add(connection, **who, action=action, resource=resource, detail=detail)


def record_service(
    connection: Connection, organisation_id: str, action: str, resource: str, **detail: object
) -> None:
    """Add an entry of what the service did by itself: no user, no key, no request."""
    who = _nobody_of(organisation_id, "", SERVICE)
    _add(connection, **who, action=action, resource=resource, detail=detail)


def record_stranger(  # noqa: PLR0913 - what an entry says
    connection: Connection,
    organisation_id: str,
    resource: str,
    *,
    reason: str,
    request_id: str,
    origin: str,
) -> None:
    """Add an entry of somebody who was not recognised, to the log of whose key was shown."""
    who = _nobody_of(organisation_id, request_id, origin)
    _add(connection, **who, action="login.refuse", resource=resource, detail={"reason": reason})


def entries(
    connection: Connection, organisation_id: str, cursor: str | None, limit: int
) -> Page[AuditEntry]:
    """What an organisation's users did, and what others did with it and its own, newest first.

    Args:
        connection: a transaction.
        organisation_id: whose log.
        cursor: `next` of the page before.
        limit: entries at most.

    Raises:
        Invalid: a cursor that this service has not made.
    """
    finish(connection)
    query = select(audit).where(
        or_(audit.c.organisation_id == organisation_id, audit.c.owner_id == organisation_id)
    )
    before = numbered(cursor)
    if before is not None:
        query = query.where(audit.c.number < before)
    rows = connection.execute(query.order_by(audit.c.number.desc()).limit(limit + 1)).all()
    items = tuple(_entry(row) for row in rows[:limit])
    return Page(items=items, next=str(items[-1].number) if len(rows) > limit else None)


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last entry that is committed, and of this transaction's own."""
    finish(connection)
    row = connection.execute(select(audit_head)).one()
    return row.number, row.hash


def owner_of(connection: Connection, resource: str) -> str | None:
    """The organisation that a resource belongs to; None where it is not, or no longer, there."""
    prefix = resource.partition("_")[0]
    if prefix == PREFIXES["organisation"]:
        query = select(organisations.c.id).where(organisations.c.id == resource)
        return connection.execute(query).scalar_one_or_none()
    if prefix == PREFIXES["delivery"]:
        query = (
            select(webhooks.c.organisation_id)
            .join(deliveries, deliveries.c.webhook_id == webhooks.c.id)
            .where(deliveries.c.id == resource)
        )
        return connection.execute(query).scalar_one_or_none()
    for table in OF_AN_ORGANISATION:
        if prefix == PREFIXES[table.name.removesuffix("s")]:
            query = select(table.c.organisation_id).where(table.c.id == resource)
            return connection.execute(query).scalar_one_or_none()
    return None


def known_owner(connection: Connection, caller: Caller, resource: str) -> str:
    """The organisation that a resource belongs to, if the caller may know; else the caller's own.

    Who was refused before anything was looked for learns nothing from the log either.
    """
    owner = owner_of(connection, resource)
    if owner is None or owner == caller.organisation_id:
        return caller.organisation_id
    shared = select(shares.c.organisation_id).where(
        shares.c.resource_id == resource, shares.c.organisation_id == caller.organisation_id
    )
    fund = select(organisations.c.id).where(
        organisations.c.id == owner, organisations.c.secretariat_id == caller.organisation_id
    )
    managed = resource.partition("_")[0] in MANAGED and connection.execute(fund).first()
    known = managed or connection.execute(shared).first()
    return owner if known else caller.organisation_id


def content_of(row: Any) -> dict[str, Any]:
    """What the hash of an entry is made of: all of it but the hash."""
    return {name: value for name, value in row._mapping.items() if name != "hash"}


def _nobody_of(organisation_id: str, request_id: str, origin: str) -> dict[str, object]:
    """The actor of an entry in whose act no user was recognised; the log is the organisation's."""
    return {
        "organisation_id": organisation_id,
        "owner_id": organisation_id,
        "user_id": None,
        "key_id": None,
        "request_id": request_id,
        "origin": origin,
    }


def _add(connection: Connection, **entry: object) -> None:
    entry["detail"] = json.loads(json.dumps(entry["detail"]))  # As it will be read back.
    at_commit(connection, _append, entry)


def _append(connection: Connection, found: list[dict[str, Any]]) -> None:
    """Write entries to the end of the chain; others wait for the lock until we have committed."""
    row = connection.execute(select(audit_head).with_for_update()).one()
    number, last = row.number, row.hash
    at = connection.execute(select(now())).scalar_one()
    rows = []
    for entry in found:
        number += 1
        numbered = entry | {"number": number, "at": at}
        last = linked(numbered, last)
        rows.append(numbered | {"hash": last})
    connection.execute(insert(audit), rows)
    connection.execute(update(audit_head).values(number=number, hash=last))


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(**dict(row._mapping) | {"at": moment(row.at)})
