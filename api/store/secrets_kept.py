"""Secrets that are kept, as the service starts: each opens, and is sealed with the newest key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from api.errors import Invalid
from api.sealing import VARIABLE, Unopened
from api.store.tables import webhooks

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.sealing import Sealer

SECRETS = ("secret", "old_secret")
"""Columns of webhooks that are sealed."""


def must_open(connection: Connection, sealer: Sealer) -> dict[str, dict[str, str]]:
    """Every secret that is not sealed with the newest key, opened, by webhook and column.

    Raises:
        Invalid: some are sealed with a key that is not given.
    """
    found: dict[str, dict[str, str]] = {}
    unopened = 0
    for row in connection.execute(select(webhooks).order_by(webhooks.c.id)):
        kept = {name: getattr(row, name) for name in SECRETS if getattr(row, name)}
        try:
            texts = {name: sealer.opened(text) for name, text in kept.items()}
        except Unopened:
            unopened += 1
            continue
        if stale := {
            name: text for name, text in texts.items() if not sealer.is_newest(kept[name])
        }:
            found[row.id] = stale
    if unopened:
        raise Invalid(
            f"{VARIABLE} does not open what {unopened} webhooks in the database were sealed with; "
            "give that key too, after a comma where there is a newer one"
        )
    return found


def reseal(connection: Connection, sealer: Sealer) -> int:
    """Seal every secret with the newest key; returns of how many webhooks they were not.

    Raises:
        Invalid: some are sealed with a key that is not given.
    """
    connection.execute(select(webhooks.c.id).order_by(webhooks.c.id).with_for_update())
    found = must_open(connection, sealer)
    for identifier, texts in found.items():
        values = {name: sealer.sealed(text) for name, text in texts.items()}
        connection.execute(update(webhooks).where(webhooks.c.id == identifier).values(**values))
    return len(found)
