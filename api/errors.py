"""What the service refuses, each with the status that HTTP gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Place(NamedTuple):
    """Where a fault is, for programs that mark it; empty where there is no such part."""

    part: str = ""
    """Part of the request: body, query, path or header; empty for a submitted instance."""
    file: str = ""
    """File or sheet of a submission."""
    table: str = ""
    row: int | None = None
    """As a spreadsheet counts it, the headings being row 1; in a JSON document, the position in its
    table, from 0."""
    field: str = ""
    """Column of a table; in a request the path of the field, such as `options.gap`."""
    cell: str = ""
    """Address in a workbook, such as `projects!K30`."""


class ServiceError(Exception):
    """Base of all refusals: a title that never changes, and a detail in words."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    """Last part of the problem's type."""
    title: ClassVar[str] = "The service failed"

    def __init__(
        self,
        detail: str = "",
        *,
        faults: Sequence[str] = (),
        places: Sequence[Place] = (),
        left_out: int = 0,
        retry_after_s: float | None = None,
    ) -> None:
        self.detail = detail
        self.faults = tuple(faults)
        self.places = tuple(places) or (Place(),) * len(self.faults)
        self.left_out = left_out
        self.retry_after_s = retry_after_s
        super().__init__(detail or self.title)


class Unauthenticated(ServiceError):
    """No valid key or token."""

    status = 401
    slug = "unauthenticated"
    title = "A valid API key or token is needed"


class Forbidden(ServiceError):
    """The caller may see this but not do that."""

    status = 403
    slug = "forbidden"
    title = "Your role does not allow this"


class NotFound(ServiceError):
    """There is no such thing, or none that the caller may know of."""

    status = 404
    slug = "not-found"
    title = "There is no such resource"


class NotAcceptable(ServiceError):
    """None of the media types that the caller accepts is one of this resource."""

    status = 406
    slug = "not-acceptable"
    title = "The resource has no such format"


class Conflict(ServiceError):
    """The resource is in a state that does not allow this."""

    status = 409
    slug = "conflict"
    title = "The state of the resource does not allow this"


class Stale(ServiceError):
    """Somebody else changed the resource first."""

    status = 412
    slug = "stale"
    title = "The resource was changed meanwhile"


class TooLarge(ServiceError):
    """More bytes than are taken."""

    status = 413
    slug = "too-large"
    title = "The submission is too large"


class Unsupported(ServiceError):
    """A body of a media type or encoding that is not read."""

    status = 415
    slug = "unsupported"
    title = "Bodies of this type or encoding are not read"


class Invalid(ServiceError):
    """What was submitted has faults: all of them are listed."""

    status = 422
    slug = "invalid"
    title = "The submission has faults"

    @classmethod
    def at(cls, found: Sequence[tuple[Place, str]], left_out: int = 0) -> Invalid:
        """Of a request: what is wrong in words, and where."""
        faults = [f"{' '.join(filter(None, (at.part, at.field)))}: {words}" for at, words in found]
        return cls(faults=faults, places=[place for place, _ in found], left_out=left_out)


class KeyReused(ServiceError):
    """An idempotency key that stood for another request."""

    status = 422
    slug = "idempotency-key-reused"
    title = "This idempotency key was used for another request"


class MatchNeeded(ServiceError):
    """A change without `If-Match`."""

    status = 428
    slug = "if-match-needed"
    title = "Send If-Match with the entity tag you have read"


class QuotaExceeded(ServiceError):
    """The organisation has used up what it may use."""

    status = 429
    slug = "quota"
    title = "The organisation's quota is used up"


class TooManyRequests(ServiceError):
    """Too many requests in too short a time."""

    status = 429
    slug = "rate"
    title = "Too many requests"


class Unavailable(ServiceError):
    """The database or a process is out of reach for the moment."""

    status = 503
    slug = "unavailable"
    title = "The service cannot answer for the moment"


class DiskFull(ServiceError):
    """There is no room to keep what is submitted."""

    status = 507
    slug = "disk-full"
    title = "The service has no room left"
