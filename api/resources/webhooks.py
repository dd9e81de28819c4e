"""Webhooks: a signed message to a service of the organisation's own when a job ends."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.resources import forms
from api.resources.base import ResourceId, Time
from optimizer.instance.records import Record

Url = Annotated[str, Field(max_length=2000, pattern=forms.URL)]


class WebhookRequest(Record):
    """Where to send messages."""

    url: Url
    """By https at a public address, or in a network that the operator allows; without a user, a
    password or a part after #. Redirects are not followed."""


class Webhook(Record):
    """A receiver of messages."""

    id: ResourceId
    organisation_id: ResourceId
    url: str
    created_at: Time
    failures: int
    """Attempts that failed since the last message that it took."""
    failing_since: Time | None
    """When the first of them failed."""
    rests_until: Time | None
    """Until then it gets no message, as too many attempts in a row have failed."""
    disabled_because: str | None
    """Why it gets no messages any more; `POST …/enable` lets it have them again."""
    old_secret_until: Time | None
    """Until then messages are signed with the secret before too, where there is one."""


class NewWebhook(Webhook):
    """A receiver as it is made: the secret that signs its messages is shown once."""

    secret: str
    """To verify messages by the Standard Webhooks specification; begins with `whsec_`."""


class Delivery(Record):
    """One message, and what became of it."""

    id: ResourceId
    webhook_id: ResourceId
    type: Literal["job.ended", "webhook.test"]
    job_id: ResourceId | None
    """The job that has ended; absent for a message that only tries the receiver."""
    state: Literal["waiting", "delivered", "dead"]
    """dead: given up after the last attempt. Whatever came of it, it can be sent again."""
    attempts: int
    last_status: int | None
    """HTTP status of the last answer, where there was one."""
    last_error: str | None
    next_at: Time | None
    created_at: Time
