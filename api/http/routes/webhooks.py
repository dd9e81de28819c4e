"""Webhooks: who is told when a job ends, and what became of the messages."""

from fastapi import APIRouter, Response

from api.acts import webhooks
from api.http.dependencies import AdminDep, CursorParam, LimitParam, StoreDep
from api.http.openapi import refusals
from api.http.strict_bodies import StrictRoute
from api.resources.base import Page, ResourceId
from api.resources.webhooks import Delivery, NewWebhook, Webhook, WebhookRequest

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=StrictRoute)


@router.post("", status_code=201, summary="Add a receiver", responses=refusals(409))
def add(
    wanted: WebhookRequest, store: StoreDep, caller: AdminDep, response: Response
) -> NewWebhook:
    """The secret that signs its messages is in this answer and never shown again.

    A receiver to which nothing could be delivered is refused.
    """
    made = webhooks.add(store, caller, wanted)
    response.headers["Location"] = f"/v1/webhooks/{made.id}"
    return made


@router.get("", summary="List receivers", responses=refusals(403))
def listed(
    store: StoreDep, caller: AdminDep, cursor: CursorParam = None, limit: LimitParam = 50
) -> Page[Webhook]:
    """Your organisation's, newest first."""
    return webhooks.list_all(store, caller, cursor, limit)


@router.get("/{webhook_id}", summary="Look at a receiver", responses=refusals(403))
def look(webhook_id: ResourceId, store: StoreDep, caller: AdminDep) -> Webhook:
    """Its address, without the secret."""
    return webhooks.show(store, caller, webhook_id)


@router.post("/{webhook_id}/enable", summary="Enable a receiver")
def enable(webhook_id: ResourceId, store: StoreDep, caller: AdminDep) -> Webhook:
    """One that was disabled, or that rests, gets messages again at once.

    Those that were given up meanwhile are sent again by `…/resend`.
    """
    return webhooks.enable(store, caller, webhook_id)


@router.delete("/{webhook_id}", status_code=204, summary="Delete a receiver")
def remove(webhook_id: ResourceId, store: StoreDep, caller: AdminDep) -> None:
    """With the messages that were not delivered yet."""
    webhooks.remove(store, caller, webhook_id)


@router.post("/{webhook_id}/secret", summary="Change the secret")
def rotate(webhook_id: ResourceId, store: StoreDep, caller: AdminDep) -> NewWebhook:
    """The new one is in this answer; for a day messages bear the signatures of both."""
    return webhooks.rotate(store, caller, webhook_id)


@router.post(
    "/{webhook_id}/test", status_code=202, summary="Send a test message", responses=refusals(409)
)
def try_out(webhook_id: ResourceId, store: StoreDep, caller: AdminDep) -> Delivery:
    """One of type `webhook.test`, signed like any other; `…/deliveries` tells what came of it."""
    return webhooks.send_test(store, caller, webhook_id)


@router.get("/{webhook_id}/deliveries", summary="List messages", responses=refusals(403))
def history(
    webhook_id: ResourceId,
    store: StoreDep,
    caller: AdminDep,
    cursor: CursorParam = None,
    limit: LimitParam = 50,
) -> Page[Delivery]:
    """What was sent and what became of it, newest first."""
    return webhooks.list_deliveries(store, caller, webhook_id, cursor, limit)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/resend",
    status_code=202,
    summary="Send a message again",
)
def resend(
    webhook_id: ResourceId, delivery_id: ResourceId, store: StoreDep, caller: AdminDep
) -> Delivery:
    """At once and with the same `webhook-id`, whether it was delivered, waits or was given up."""
    return webhooks.resend(store, caller, webhook_id, delivery_id)
