"""Instances as the service keeps them."""

from __future__ import annotations

from typing import Literal

from api.resources.base import Label, ResourceId, Sha256, Time
from api.resources.described import Described
from api.resources.jobs import Changes
from optimizer.instance.records import Record

InstanceFormat = Literal["json", "xlsx", "xlsm", "ods", "zip"]


class InstanceSummary(Described):
    """An instance that somebody submitted: valid, frozen, named by its content."""

    note: Label | None
    """What the owner wrote to you when sharing it; absent for what is your own."""
    content_hash: Sha256
    """SHA-256 of the canonical JSON document: equal content, equal hash, whatever the format."""
    size_bytes: int
    """Size of the canonical JSON document."""
    rows: dict[str, int]
    """Rows of each table that has any."""
    assumed_share: float
    """Share of the figures that are assumed, not reported or derived (0 to 1)."""
    warnings: tuple[str, ...]
    """What is worth a look, though not wrong."""
    changes: Changes
    """What was changed from the parent."""
    submitted_by: ResourceId
    created_at: Time


class InstancePreview(Record):
    """What would be kept of an instance: valid, and not kept."""

    name: str
    """The instance's own identifier, `settings.id`."""
    title: str
    """The instance's title."""
    content_hash: Sha256
    """SHA-256 of the canonical JSON document."""
    size_bytes: int
    """Size of the canonical JSON document."""
    rows: dict[str, int]
    """Rows of each table that has any."""
    assumed_share: float
    """Share of the figures that are assumed, not reported or derived (0 to 1)."""
    warnings: tuple[str, ...]
    """What is worth a look, though not wrong."""
    fits: bool
    """Whether the organisation's quotas leave room for it now."""
    why_not: str
    """Which quota leaves none; empty where it fits."""


class ChangesRequest(Record):
    """A what-if."""

    changes: Changes
    label: Label = ""
    """What to call the what-if; kept with it."""
