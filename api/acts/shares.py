"""Shares: let another organisation of the fund read an instance or a plan, or no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from api.errors import NotFound
from api.store import access, audit
from api.store.tables import instances, plans

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.plans import Share
    from api.store import Store

Shared = Literal["instance", "plan"]
TABLES = {"instance": instances, "plan": plans}


def show_shares(store: Store, caller: Caller, what: Shared, identifier: str) -> tuple[Share, ...]:
    """With whom something of the caller's is shared.

    Raises:
        NotFound: there is no such thing.
        Forbidden: it is another organisation's.
    """
    with store.database.read() as connection:
        access.own_row(connection, TABLES[what], identifier, caller)
        return access.shared_with(connection, identifier)


def share(  # noqa: PLR0913 - who shares what with whom, and what is said of it
    store: Store, caller: Caller, what: Shared, identifier: str, organisation: str, note: str
) -> Share:
    """Let a partner of the fund read something of the caller's.

    Raises:
        NotFound: there is no such thing.
        Forbidden: it is another organisation's.
        Invalid: the organisation is no partner.
    """
    with store.database.write() as tx:
        access.own_row(tx, TABLES[what], identifier, caller, lock="keep")
        access.share(tx, caller, identifier, organisation, note)
        audit.record(
            tx,
            caller,
            f"{what}.share",
            identifier,
            owner=organisation,
            organisation=organisation,
            note=note,
        )
        shares = access.shared_with(tx, identifier)
    return next(one for one in shares if one.organisation_id == organisation)


def unshare(store: Store, caller: Caller, what: Shared, identifier: str, organisation: str) -> None:
    """Take a share back.

    Raises:
        NotFound: there is no such thing, or it is not shared with the organisation.
        Forbidden: it is another organisation's.
    """
    with store.database.write() as tx:
        access.own_row(tx, TABLES[what], identifier, caller, lock="keep")
        if not access.unshare(tx, identifier, organisation):
            raise NotFound("it is not shared with this organisation")
        audit.record(
            tx,
            caller,
            f"{what}.unshare",
            identifier,
            owner=organisation,
            organisation=organisation,
        )
