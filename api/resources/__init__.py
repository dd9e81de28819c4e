"""What goes over the wire: one class per resource, for routes, store and client alike."""

from api.resources.base import Page, ResourceId, Role
from api.resources.instances import ChangesRequest, InstanceSummary
from api.resources.jobs import ENDED, Job, JobEvent
from api.resources.organisations import (
    AuditEntry,
    Key,
    NewKey,
    Organisation,
    Quota,
    User,
)
from api.resources.plans import DecisionRecord, PlanSummary, SponsorView
from api.resources.webhooks import Delivery, NewWebhook, Webhook

__all__ = [
    "ENDED",
    "AuditEntry",
    "ChangesRequest",
    "DecisionRecord",
    "Delivery",
    "InstanceSummary",
    "Job",
    "JobEvent",
    "Key",
    "NewKey",
    "NewWebhook",
    "Organisation",
    "Page",
    "PlanSummary",
    "Quota",
    "ResourceId",
    "Role",
    "SponsorView",
    "User",
    "Webhook",
]
