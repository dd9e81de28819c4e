"""Webhooks: say who is told when a job ends, and see what became of the messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.receivers import must_be_in_reach
from api.store import audit, webhooks

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.base import Page
    from api.resources.webhooks import Delivery, NewWebhook, Webhook, WebhookRequest
    from api.store import Store


def add(store: Store, caller: Caller, wanted: WebhookRequest) -> NewWebhook:
    """Add a receiver; the secret that signs its messages is never shown again.

    Raises:
        Invalid: nothing could be delivered to it.
        Conflict: there are too many.
    """
    must_be_in_reach(wanted.url, store.settings.webhook_networks)
    with store.database.write() as tx:
        made = webhooks.add(tx, caller, wanted, store.sealer)
        audit.record(tx, caller, "webhook.add", made.id)
    return made


def list_all(store: Store, caller: Caller, cursor: str | None, limit: int) -> Page[Webhook]:
    """The receivers of the caller's organisation, newest first."""
    with store.database.read() as connection:
        return webhooks.listed(connection, caller, cursor, limit)


def show(store: Store, caller: Caller, identifier: str) -> Webhook:
    """A receiver, without its secret.

    Raises:
        NotFound: there is no such receiver.
    """
    with store.database.read() as connection:
        return webhooks.get(connection, identifier, caller)


def enable(store: Store, caller: Caller, identifier: str) -> Webhook:
    """Have a receiver get messages again at once.

    Raises:
        NotFound: there is no such receiver.
    """
    with store.database.write() as tx:
        found = webhooks.enable(tx, identifier, caller)
        audit.record(tx, caller, "webhook.enable", identifier)
    return found


def remove(store: Store, caller: Caller, identifier: str) -> None:
    """Delete a receiver, with the messages that were not delivered yet.

    Raises:
        NotFound: there is no such receiver.
    """
    with store.database.write() as tx:
        webhooks.remove(tx, identifier, caller)
        audit.record(tx, caller, "webhook.delete", identifier)


def rotate(store: Store, caller: Caller, identifier: str) -> NewWebhook:
    """Change a receiver's secret; for a day messages bear the signatures of both.

    Raises:
        NotFound: there is no such receiver.
    """
    with store.database.write() as tx:
        made = webhooks.rotate(tx, identifier, caller, store.sealer)
        audit.record(tx, caller, "webhook.rotate", identifier)
    return made


def send_test(store: Store, caller: Caller, identifier: str) -> Delivery:
    """Send a test message, signed like any other.

    Raises:
        NotFound: there is no such receiver.
        Conflict: it is disabled.
    """
    with store.database.write() as tx:
        delivery = webhooks.test(tx, identifier, caller)
        audit.record(tx, caller, "webhook.test", identifier, delivery=delivery.id)
    return delivery


def list_deliveries(
    store: Store, caller: Caller, identifier: str, cursor: str | None, limit: int
) -> Page[Delivery]:
    """What was sent to a receiver and what became of it, newest first.

    Raises:
        NotFound: there is no such receiver.
    """
    with store.database.read() as connection:
        return webhooks.history(connection, identifier, caller, cursor, limit)


def resend(store: Store, caller: Caller, identifier: str, delivery_id: str) -> Delivery:
    """Send a message again at once, whatever became of it.

    Raises:
        NotFound: there is no such receiver or message.
    """
    with store.database.write() as tx:
        delivery = webhooks.resend(tx, identifier, delivery_id, caller)
        audit.record(tx, caller, "webhook.resend", delivery_id)
    return delivery
