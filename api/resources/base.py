"""What every resource shares: closed frozen fields, identifiers, times, roles and pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args

from pydantic import Field, PlainSerializer, WithJsonSchema

from api.resources import forms
from optimizer.instance.records import Record

Role = Literal["viewer", "analyst", "admin"]
"""viewer reads; analyst also submits, changes, cancels, deletes and reviews; admin also manages
users, keys, quotas and shares, and signs off."""
OrganisationKind = Literal["secretariat", "member", "sponsor"]
"""A secretariat runs a fund; members pay into it; sponsors own projects that it may finance."""

PREFIXES = {
    "organisation": "org",
    "user": "usr",
    "key": "key",
    "invitation": "inv",
    "instance": "ins",
    "job": "job",
    "plan": "plan",
    "webhook": "hook",
    "delivery": "dlv",
}
"""First part of the identifiers of each kind of resource."""

ResourceId = Annotated[
    str,
    Field(pattern=forms.RESOURCE, examples=["job_4f2c7e9a1b3d5f6071829304"]),
]
Label = Annotated[str, Field(max_length=200, pattern=forms.LINE)]
"""One line of free text."""
Prose = Annotated[str, Field(max_length=2000, pattern=forms.PROSE)]
"""Free text of several lines."""
Sha256 = Annotated[str, Field(pattern=forms.SHA256)]
Time = Annotated[
    datetime,
    PlainSerializer(lambda value: rfc3339(value), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment, written in UTC with milliseconds (RFC 3339)."""

Item = TypeVar("Item")


def rfc3339(moment: datetime) -> str:
    """A moment as `2026-11-21T21:06:49.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(seconds: float) -> datetime:
    """The moment that the database keeps as seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def moment_if(seconds: float | None) -> datetime | None:
    """The same of a moment that may not have come."""
    return None if seconds is None else moment(seconds)


class Page(Record, Generic[Item]):
    """A part of a list, newest first."""

    items: tuple[Item, ...]
    next: str | None = None
    """Cursor of the next part; absent at the end. It stays valid while items come and go."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """What the pages of a kind of item are called: `JobPage`, `PlanPage`."""
        item = params[0]
        while parts := get_args(item):
            item = parts[0]
        return f"{item.__name__.removesuffix('Summary')}Page"
