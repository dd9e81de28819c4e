"""Webhooks: who is told that a job has ended. `api.store.outbox` has the messages to them."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update

from api.errors import Conflict, NotFound
from api.resources.base import Page, moment, moment_if
from api.resources.webhooks import Delivery, NewWebhook, Webhook, WebhookRequest
from api.sealing import OPEN
from api.store.access import own_row
from api.store.clock import new_id, now
from api.store.cursors import page
from api.store.database import alone
from api.store.tables import deliveries, webhooks

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.caller import Caller
    from api.sealing import Sealer

MOST = 10
"""Webhooks of one organisation."""
WORKING: dict[str, Any] = {
    "failures": 0,
    "dead": 0,
    "failing_since": None,
    "rests_until": None,
}
"""The state of a receiver of which nothing bad is known."""
OVERLAP_S = 86400.0
"""How long a secret that was replaced signs beside the new one."""
ENDED: Final = "job.ended"
TEST: Final = "webhook.test"
"""Types of messages."""
DISABLED = "the receiver is disabled; enable it first"


def add(
    connection: Connection, caller: Caller, request: WebhookRequest, sealer: Sealer = OPEN
) -> NewWebhook:
    """Add a receiver; its secret is in the answer and never shown again.

    Raises:
        Conflict: the organisation has too many.
    """
    alone(connection, f"webhooks {caller.organisation_id}")
    query = select(webhooks.c.id).where(webhooks.c.organisation_id == caller.organisation_id)
    if len(connection.execute(query).all()) >= MOST:
        raise Conflict(f"an organisation has at most {MOST} webhooks")
    identifier = new_id("webhook")
    secret = _new_secret()
    connection.execute(
        insert(webhooks).values(
            id=identifier,
            organisation_id=caller.organisation_id,
            url=request.url,
            secret=sealer.sealed(secret),
            created_at=now(),
        )
    )
    return NewWebhook(**dict(get(connection, identifier, caller)), secret=secret)


def get(connection: Connection, identifier: str, caller: Caller) -> Webhook:
    """A receiver of the caller's organisation.

    Raises:
        NotFound: there is none.
    """
    return _webhook(own_row(connection, webhooks, identifier, caller))


def listed(connection: Connection, caller: Caller, cursor: str | None, limit: int) -> Page[Webhook]:
    """The receivers of the caller's organisation."""
    query = select(webhooks).where(webhooks.c.organisation_id == caller.organisation_id)
    return page(connection, query, webhooks, cursor, limit, _webhook)


def enable(connection: Connection, identifier: str, caller: Caller) -> Webhook:
    """Let a receiver have messages again, at once and whatever it did before.

    Raises:
        NotFound: there is none.
    """
    own_row(connection, webhooks, identifier, caller)
    connection.execute(
        update(webhooks).where(webhooks.c.id == identifier).values(**WORKING, disabled_because=None)
    )
    return get(connection, identifier, caller)


def rotate(
    connection: Connection, identifier: str, caller: Caller, sealer: Sealer = OPEN
) -> NewWebhook:
    """Give a receiver a new secret; the one before signs beside it for a day.

    Raises:
        NotFound: there is none.
    """
    row = own_row(connection, webhooks, identifier, caller, lock="change")
    secret = _new_secret()
    connection.execute(
        update(webhooks)
        .where(webhooks.c.id == identifier)
        .values(secret=sealer.sealed(secret), old_secret=row.secret, old_until=now() + OVERLAP_S)
    )
    return NewWebhook(**dict(get(connection, identifier, caller)), secret=secret)


def test(connection: Connection, identifier: str, caller: Caller) -> Delivery:
    """Queue a message that only tries a receiver.

    Raises:
        NotFound: there is none.
        Conflict: another one waits already, or the receiver is disabled.
    """
    if own_row(connection, webhooks, identifier, caller, lock="change").disabled_because:
        raise Conflict(DISABLED)
    waiting = select(deliveries.c.id).where(
        deliveries.c.webhook_id == identifier,
        deliveries.c.job_id.is_(None),
        deliveries.c.state == "waiting",
    )
    if connection.execute(waiting).first() is not None:
        raise Conflict("a test message waits already; its deliveries tell what came of it")
    made = insert(deliveries).values(
        id=new_id("delivery"),
        webhook_id=identifier,
        state="waiting",
        next_at=now(),
        created_at=now(),
    )
    return _delivery(connection.execute(made.returning(*deliveries.c)).one())


def remove(connection: Connection, identifier: str, caller: Caller) -> None:
    """Delete a receiver, with the messages to it.

    Raises:
        NotFound: there is none.
    """
    own_row(connection, webhooks, identifier, caller)
    connection.execute(delete(webhooks).where(webhooks.c.id == identifier))


def history(
    connection: Connection, identifier: str, caller: Caller, cursor: str | None, limit: int
) -> Page[Delivery]:
    """The messages to a receiver.

    Raises:
        NotFound: there is no such receiver.
    """
    own_row(connection, webhooks, identifier, caller)
    query = select(deliveries).where(deliveries.c.webhook_id == identifier)
    return page(connection, query, deliveries, cursor, limit, _delivery)


def resend(connection: Connection, identifier: str, delivery: str, caller: Caller) -> Delivery:
    """Send a message again, at once and with the same identifier, whatever came of it before.

    Raises:
        NotFound: there is no such receiver or message.
        Conflict: its receiver is disabled.
    """
    if own_row(connection, webhooks, identifier, caller).disabled_because:
        raise Conflict(DISABLED)
    wanted = (deliveries.c.id == delivery, deliveries.c.webhook_id == identifier)
    query = select(deliveries.c.id).where(*wanted).with_for_update()
    if connection.execute(query).first() is None:
        raise NotFound("there is no message of this identifier")
    again = (
        update(deliveries)
        .where(*wanted)
        .values(state="waiting", attempts=0, next_at=now(), sending_until=None)
    )
    return _delivery(connection.execute(again.returning(*deliveries.c)).one())


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _webhook(row: Any) -> Webhook:
    return Webhook(
        id=row.id,
        organisation_id=row.organisation_id,
        url=row.url,
        created_at=moment(row.created_at),
        failures=row.failures,
        failing_since=moment_if(row.failing_since),
        rests_until=moment_if(row.rests_until),
        disabled_because=row.disabled_because,
        old_secret_until=moment_if(row.old_until),
    )


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        type=TEST if row.job_id is None else ENDED,
        job_id=row.job_id,
        state=row.state,
        attempts=row.attempts,
        last_status=row.last_status,
        last_error=row.last_error,
        next_at=moment_if(row.next_at),
        created_at=moment(row.created_at),
    )
