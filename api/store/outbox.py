"""The outbox: messages to webhooks, whose turn it is, and what came of each attempt.

Organisations are served in turn, and within one its receivers. A few messages of one organisation
and of one receiver are on their way at once. A receiver that fails again and again rests, ever
longer, and after each rest has one message to show that it works again; one that fails for days is
disabled, until its owner enables it. All of this is in the database, for any number of couriers.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import case, func, insert, or_, select, update

from api.resources.base import moment, rfc3339
from api.store import audit
from api.store.clock import new_id, now
from api.store.database import alone
from api.store.tables import deliveries, jobs, organisations, webhooks
from api.store.webhooks import ENDED, TEST, WORKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

WAITS_S = (5.0, 60.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0)
"""How long to wait after each attempt that failed; after the last the message is dead."""
JITTER = 0.2
"""Part of such a wait by which it is longer or shorter, so that not all come again at once."""
GONE = 410
"""Status by which a receiver says that it wants no more messages."""
IN_FLIGHT_S = 60.0
"""How long a message that is being sent is nobody else's."""
OF_ORGANISATION = 4
"""Messages of one organisation that are on their way at once …"""
OF_RECEIVER = 2
"""… and to one receiver."""
RESTS_FROM = 3
"""Failures in a row after which a receiver rests."""
REST_S, LONGEST_REST_S = 30.0, 3600.0
"""How long at first; twice as long after each further failure, up to the other."""
DISABLED_AFTER_S = 5 * 86400.0
"""How long nothing but failures may come of a receiver."""
DISABLED_AFTER_DEAD = 20
"""How many messages to it may die meanwhile."""


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


def announce(connection: Connection, job: str) -> None:
    """Queue a message that a job has ended to every receiver, in the transaction of its end.

    To one that is disabled it is dead at once: its owner may have it sent later.
    """
    owner = select(jobs.c.organisation_id).where(jobs.c.id == job).scalar_subquery()
    receivers = select(webhooks.c.id, webhooks.c.disabled_because).where(
        webhooks.c.organisation_id == owner
    )
    for row in connection.execute(receivers).all():
        disabled = row.disabled_because is not None
        connection.execute(
            insert(deliveries).values(
                id=new_id("delivery"),
                webhook_id=row.id,
                job_id=job,
                state="dead" if disabled else "waiting",
                last_error="the receiver is disabled" if disabled else None,
                next_at=None if disabled else now(),
                created_at=now(),
            )
        )


def due(connection: Connection) -> Due | None:
    """Take the message whose turn it is; it is nobody else's for a minute."""
    alone(connection, "courier")
    receiver = _receiver(connection)
    if receiver is None:
        return None
    for table, identifier, column in (
        (webhooks, receiver.id, "served_at"),  # First, as whoever deletes a receiver does.
        (organisations, receiver.organisation_id, "told_at"),
    ):
        turn = update(table).where(table.c.id == identifier)
        connection.execute(turn.values({column: now()}))
    found = connection.execute(
        select(deliveries.c.id)
        .where(deliveries.c.webhook_id == receiver.id, *_ready())
        .order_by(deliveries.c.next_at, deliveries.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if found is None:
        return None
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == found)
        .values(attempts=deliveries.c.attempts + 1, sending_until=now() + IN_FLIGHT_S)
    )
    return _due(connection, found)


def settled(connection: Connection, sent: Due, status: int | None, error: str | None) -> None:
    """Note what came of an attempt, for the message and for its receiver."""
    receiver = select(deliveries.c.webhook_id).where(deliveries.c.id == sent.delivery_id)
    connection.execute(
        select(webhooks.c.id)
        .where(webhooks.c.id == receiver.scalar_subquery())
        .with_for_update(key_share=True)
    )
    values: dict[str, Any] = {"last_status": status, "last_error": error, "sending_until": None}
    dead = error is not None and (status == GONE or sent.attempt > len(WAITS_S))
    if error is None:
        values |= {"state": "delivered", "next_at": None}
    elif dead:
        values |= {"state": "dead", "next_at": None}
    else:
        values["next_at"] = now() + _about(WAITS_S[sent.attempt - 1])
    settled_of = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.id == sent.delivery_id,
            deliveries.c.attempts == sent.attempt,
            deliveries.c.state == "waiting",
        )
        .values(**values)
        .returning(deliveries.c.webhook_id)
    ).scalar_one_or_none()
    if settled_of is None:
        return  # It took so long that somebody else has sent it since.
    if error is None:
        _works(connection, settled_of)
    else:
        _failed(connection, settled_of, status, error, dead=dead)


def _about(seconds: float) -> float:
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)


def _ready() -> tuple[Any, ...]:
    """Conditions of messages that may be sent now."""
    free = or_(deliveries.c.sending_until.is_(None), deliveries.c.sending_until < now())
    return deliveries.c.state == "waiting", deliveries.c.next_at <= now(), free


def _receiver(connection: Connection) -> Any:
    """The receiver whose turn it is, among those that may have a message now."""
    on_their_way = (
        select(deliveries.c.webhook_id, func.count().label("number"))
        .where(deliveries.c.state == "waiting", deliveries.c.sending_until >= now())
        .group_by(deliveries.c.webhook_id)
        .subquery()
    )
    of_organisations = (
        select(webhooks.c.organisation_id, func.sum(on_their_way.c.number).label("number"))
        .join(on_their_way, on_their_way.c.webhook_id == webhooks.c.id)
        .group_by(webhooks.c.organisation_id)
        .subquery()
    )
    to_it = func.coalesce(on_their_way.c.number, 0)
    of_it = func.coalesce(of_organisations.c.number, 0)
    on_trial = webhooks.c.failures >= RESTS_FROM
    has_one = select(deliveries.c.id).where(deliveries.c.webhook_id == webhooks.c.id, *_ready())
    query = (
        select(webhooks.c.id, webhooks.c.organisation_id)
        .join(organisations, organisations.c.id == webhooks.c.organisation_id)
        .outerjoin(on_their_way, on_their_way.c.webhook_id == webhooks.c.id)
        .outerjoin(
            of_organisations, of_organisations.c.organisation_id == webhooks.c.organisation_id
        )
        .where(
            webhooks.c.disabled_because.is_(None),
            or_(webhooks.c.rests_until.is_(None), webhooks.c.rests_until <= now()),
            to_it < case((on_trial, 1), else_=OF_RECEIVER),
            of_it < OF_ORGANISATION,
            has_one.exists(),
        )
        .order_by(of_it, organisations.c.told_at, webhooks.c.served_at, webhooks.c.id)
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def _due(connection: Connection, identifier: str) -> Due:
    row = connection.execute(
        select(
            deliveries.c.attempts,
            deliveries.c.created_at,
            webhooks.c.url,
            webhooks.c.id.label("webhook_id"),
            webhooks.c.secret,
            case((webhooks.c.old_until > now(), webhooks.c.old_secret)).label("old_secret"),
            jobs.c.id.label("job_id"),
            jobs.c.kind,
            jobs.c.state,
            jobs.c.plan_id,
            jobs.c.instance_id,
            jobs.c.ended_at,
        )
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .outerjoin(jobs, jobs.c.id == deliveries.c.job_id)
        .where(deliveries.c.id == identifier)
    ).one()
    ended = row.job_id is not None
    names = ("job_id", "kind", "state", "plan_id", "instance_id") if ended else ("webhook_id",)
    content = {name: getattr(row, name) for name in names}
    content["ended_at"] = rfc3339(moment(row.ended_at if ended else row.created_at))
    kind = ENDED if ended else TEST
    return Due(identifier, row.attempts, row.url, row.secret, content, kind, row.old_secret)


def _works(connection: Connection, receiver: str) -> None:
    """A receiver has taken a message: what it did before is forgotten."""
    bad = webhooks.c.failing_since.is_not(None)
    connection.execute(update(webhooks).where(webhooks.c.id == receiver, bad).values(**WORKING))


def _failed(
    connection: Connection, receiver: str, status: int | None, error: str, *, dead: bool
) -> None:
    """A receiver has failed once more: it goes on, rests, or is disabled."""
    row = connection.execute(
        update(webhooks)
        .where(webhooks.c.id == receiver)
        .values(
            failures=webhooks.c.failures + 1,
            dead=webhooks.c.dead + int(dead),
            failing_since=func.coalesce(webhooks.c.failing_since, now()),
        )
        .returning(
            webhooks.c.organisation_id,
            webhooks.c.failures,
            webhooks.c.dead,
            webhooks.c.disabled_because,
            (now() - webhooks.c.failing_since).label("failing_s"),
        )
    ).one()
    because = None
    if status == GONE:
        because = f"it answered {GONE}: it wants no more messages"
    elif row.dead >= DISABLED_AFTER_DEAD:
        because = f"{row.dead} messages to it died, one after the other; at last {error}"
    elif row.failing_s >= DISABLED_AFTER_S:
        because = f"for {row.failing_s / 86400:.0f} days every attempt failed; at last {error}"
    if because is not None and row.disabled_because is None:
        _disable(connection, row.organisation_id, receiver, because)
    elif row.failures >= RESTS_FROM:
        rest_s = min(REST_S * 2.0 ** min(row.failures - RESTS_FROM, 30), LONGEST_REST_S)
        here = update(webhooks).where(webhooks.c.id == receiver)
        connection.execute(here.values(rests_until=now() + _about(rest_s)))


def _disable(connection: Connection, organisation: str, receiver: str, because: str) -> None:
    """Send it nothing more; what waits is dead, and its owner is told in the audit log."""
    here = update(webhooks).where(webhooks.c.id == receiver)
    connection.execute(here.values(disabled_because=because, rests_until=None))
    waiting = update(deliveries).where(
        deliveries.c.webhook_id == receiver, deliveries.c.state == "waiting"
    )
    connection.execute(
        waiting.values(
            state="dead", next_at=None, sending_until=None, last_error="the receiver was disabled"
        )
    )
    audit.record_service(connection, organisation, "webhook.disable", receiver, because=because)
