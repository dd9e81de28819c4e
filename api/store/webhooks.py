"""Webhooks: who is told that a job has ended, and which messages are still to be delivered."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import case, delete, insert, select, update

from api.errors import Conflict, NotFound
from api.resources.base import Page, moment, moment_if, rfc3339
from api.resources.webhooks import Delivery, NewWebhook, Webhook, WebhookRequest
from api.sealing import OPEN
from api.store.access import own_row
from api.store.clock import new_id, now
from api.store.cursors import page
from api.store.database import alone
from api.store.tables import deliveries, jobs, webhooks

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.caller import Caller
    from api.sealing import Sealer

MOST = 10
"""Webhooks of one organisation."""
WAITS_S = (5.0, 60.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0)
"""How long to wait after each attempt that failed; after the last the message is dead."""
GONE = 410
"""Status by which a receiver says that it wants no more of this."""
OVERLAP_S = 86400.0
"""How long a secret that was replaced signs beside the new one."""
ENDED: Final = "job.ended"
TEST: Final = "webhook.test"
"""Types of messages."""
IN_FLIGHT_S = 60.0
"""How long a message that is being sent is nobody else's."""


class Due(NamedTuple):
    """A message to be sent now."""

    delivery_id: str
    attempt: int
    url: str
    secret: str
    job: dict[str, Any]
    """`job_id`, `kind`, `state`, `plan_id`, `instance_id` and `ended_at`."""
    type: str = ENDED
    old_secret: str | None = None
    """The secret before, while it signs too. Both are as they are kept: perhaps sealed."""


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
        Conflict: another one waits already.
    """
    own_row(connection, webhooks, identifier, caller, lock="change")
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
    """
    own_row(connection, webhooks, identifier, caller)
    wanted = (deliveries.c.id == delivery, deliveries.c.webhook_id == identifier)
    query = select(deliveries.c.id).where(*wanted).with_for_update()
    if connection.execute(query).first() is None:
        raise NotFound("there is no message of this identifier")
    again = update(deliveries).where(*wanted).values(state="waiting", attempts=0, next_at=now())
    return _delivery(connection.execute(again.returning(*deliveries.c)).one())


def announce(connection: Connection, job: str) -> None:
    """Queue a message that a job has ended to every receiver, in the transaction of its end."""
    owner = select(jobs.c.organisation_id).where(jobs.c.id == job).scalar_subquery()
    receivers = select(webhooks.c.id).where(webhooks.c.organisation_id == owner)
    for row in connection.execute(receivers).all():
        connection.execute(
            insert(deliveries).values(
                id=new_id("delivery"),
                webhook_id=row.id,
                job_id=job,
                state="waiting",
                next_at=now(),
                created_at=now(),
            )
        )


def due(connection: Connection) -> Due | None:
    """Take the next message that is due; it is nobody else's for a minute."""
    found = connection.execute(
        select(deliveries.c.id)
        .where(deliveries.c.state == "waiting", deliveries.c.next_at <= now())
        .order_by(deliveries.c.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if found is None:
        return None
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == found)
        .values(attempts=deliveries.c.attempts + 1, next_at=now() + IN_FLIGHT_S)
    )
    row = connection.execute(
        select(
            deliveries.c.attempts,
            webhooks.c.url,
            webhooks.c.id.label("webhook_id"),
            webhooks.c.secret,
            case((webhooks.c.old_until > now(), webhooks.c.old_secret)).label("old_secret"),
            deliveries.c.created_at,
            jobs.c.id.label("job_id"),
            jobs.c.kind,
            jobs.c.state,
            jobs.c.plan_id,
            jobs.c.instance_id,
            jobs.c.ended_at,
        )
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .outerjoin(jobs, jobs.c.id == deliveries.c.job_id)
        .where(deliveries.c.id == found)
    ).one()
    ended = row.job_id is not None
    names = ("job_id", "kind", "state", "plan_id", "instance_id") if ended else ("webhook_id",)
    content = {name: getattr(row, name) for name in names}
    content["ended_at"] = rfc3339(moment(row.ended_at if ended else row.created_at))
    kind = ENDED if ended else TEST
    return Due(found, row.attempts, row.url, row.secret, content, kind, row.old_secret)


def settled(connection: Connection, sent: Due, status: int | None, error: str | None) -> None:
    """Note what came of an attempt: delivered, to be tried again later, or dead."""
    values: dict[str, Any] = {"last_status": status, "last_error": error}
    if error is None:
        values |= {"state": "delivered", "next_at": None}
    elif status == GONE or sent.attempt > len(WAITS_S):
        values |= {"state": "dead", "next_at": None}
    else:
        values["next_at"] = now() + WAITS_S[sent.attempt - 1]
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.id == sent.delivery_id,
            deliveries.c.attempts == sent.attempt,
            deliveries.c.state == "waiting",
        )
        .values(**values)
    )


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _webhook(row: Any) -> Webhook:
    return Webhook(
        id=row.id,
        organisation_id=row.organisation_id,
        url=row.url,
        created_at=moment(row.created_at),
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
