"""Who may see what: what an organisation owns, and what is shared with it. Nothing else exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Table, delete, insert, or_, select

from api.errors import Forbidden, Invalid, NotFound
from api.resources.base import moment
from api.resources.plans import Share
from api.store.clock import now
from api.store.tables import organisations, shares

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.caller import Caller

Owned = Table
"""A table whose rows have an owner."""
Access = Literal["owner", "shared", "sponsor"]
"""owner: of the caller's own organisation; shared: may be read; sponsor: shared with a sponsor,
which sees its own projects only."""
Lock = Literal["change", "keep"]
"""change: nobody else changes the row or refers to it anew; keep: nobody else deletes it."""


def visible(table: Owned, caller: Caller) -> ColumnElement[bool]:
    """The condition that a row of an owned table is the caller's or is shared with it."""
    shared = select(shares.c.resource_id).where(shares.c.organisation_id == caller.organisation_id)
    return or_(table.c.organisation_id == caller.organisation_id, table.c.id.in_(shared))


def row_of(connection: Connection, table: Owned, identifier: str, caller: Caller) -> Any:
    """A row that the caller may see.

    Raises:
        NotFound: there is none, or none that the caller may know of.
    """
    query = select(table).where(table.c.id == identifier, visible(table, caller))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise _none(table)
    return row


def own_row(
    connection: Connection,
    table: Owned,
    identifier: str,
    caller: Caller,
    *,
    lock: Lock | None = None,
) -> Any:
    """A row that the caller may change.

    Args:
        connection: a transaction; one that writes where the row is locked.
        table: one whose rows have an owner.
        identifier: which row.
        caller: who asks.
        lock: keep others from changing or deleting the row until the transaction ends
            (PostgreSQL; SQLite has one writer anyway).

    Raises:
        NotFound: there is none, or none that the caller may know of.
        Forbidden: it is another organisation's, and only shared with the caller.
    """
    row = row_of(connection, table, identifier, caller)
    if row.organisation_id != caller.organisation_id:
        raise Forbidden("it is shared with you to read; only its owner may do this")
    if lock is None:
        return row
    query = select(table).where(table.c.id == identifier)
    keep = lock == "keep"
    row = connection.execute(query.with_for_update(read=keep, key_share=keep)).one_or_none()
    if row is None:  # Deleted while this transaction waited.
        raise _none(table)
    return row


def access(row: Any, caller: Caller) -> Access:
    """How the caller may see a row that it may see."""
    if row.organisation_id == caller.organisation_id:
        return "owner"
    return "sponsor" if caller.kind == "sponsor" else "shared"


def share(
    connection: Connection, caller: Caller, resource: str, organisation: str, note: str
) -> None:
    """Let another organisation of the fund read a resource that the caller owns.

    A secretariat shares with the members and sponsors of its fund, and they with it.

    Raises:
        Invalid: the organisation is not one that the caller may share with.
    """
    query = select(organisations).where(organisations.c.id == organisation)
    peer = connection.execute(query.with_for_update(key_share=True)).one_or_none()
    if peer is None or caller.organisation_id == organisation or not _partners(caller, peer):
        raise Invalid("organisation_id: not a partner of yours in the fund")
    unshare(connection, resource, organisation)
    connection.execute(
        insert(shares).values(
            resource_id=resource,
            organisation_id=organisation,
            shared_by=caller.user_id,
            note=note,
            at=now(),
        )
    )


def unshare(connection: Connection, resource: str, organisation: str) -> bool:
    """Take a share back; returns whether there was one."""
    gone = delete(shares).where(
        shares.c.resource_id == resource, shares.c.organisation_id == organisation
    )
    return bool(connection.execute(gone).rowcount)


def note_to(table: Owned, caller: Caller) -> ColumnElement[str]:
    """What the owner of a row wrote to the caller when sharing it; null for rows of its own."""
    return (
        select(shares.c.note)
        .where(
            shares.c.resource_id == table.c.id, shares.c.organisation_id == caller.organisation_id
        )
        .scalar_subquery()
        .label("note")
    )


def shared_with(connection: Connection, resource: str) -> tuple[Share, ...]:
    """With whom a resource is shared."""
    query = select(shares).where(shares.c.resource_id == resource).order_by(shares.c.at)
    return tuple(
        Share(
            organisation_id=row.organisation_id,
            shared_by=row.shared_by,
            note=row.note,
            at=moment(row.at),
        )
        for row in connection.execute(query)
    )


def _none(table: Owned) -> NotFound:
    return NotFound(f"there is no {table.name.removesuffix('s')} of this identifier")


def _partners(caller: Caller, peer: Any) -> bool:
    """Whether one of the two is the secretariat of the other's fund."""
    return bool(caller.organisation_id == peer.secretariat_id or caller.secretariat_id == peer.id)
