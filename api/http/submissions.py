"""Submissions on their way into the store: read in a process of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from starlette.concurrency import run_in_threadpool

from api.acts.instances import most_bytes, own_document
from api.errors import Invalid, TooLarge, Unsupported
from api.reading import tasks
from api.reading.tasks import Refused
from api.resources.examined import CHANGES
from api.store.instances import Origin

if TYPE_CHECKING:
    from fastapi import Request

    from api.caller import Caller
    from api.reading import Readers
    from api.reading.tasks import Read
    from api.resources.instances import InstanceFormat
    from api.resources.jobs import Changes
    from api.store import Store

FORMATS: dict[str, InstanceFormat] = {
    "application/json": "json",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-excel.sheet.macroenabled.12": "xlsm",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/zip": "zip",
}
"""The format that each media type is, in lower case."""
BYTES = "application/octet-stream"
"""What programs send and get that were generated and know of no other type of file."""

Good = TypeVar("Good")


def sound(result: Good | Refused) -> Good:
    """What a reading process found.

    Raises:
        Invalid: with all faults.
    """
    if isinstance(result, Refused):
        raise Invalid(faults=result.faults, places=result.places, left_out=result.left_out)
    return result


def form_of(request: Request) -> InstanceFormat:
    """The format that a request's body has, by its media type.

    Raises:
        Unsupported: the media type is none of an instance.
    """
    form = FORMATS.get(_kind(request))
    if form is None:
        raise Unsupported(f"send one of {', '.join(FORMATS)}")
    return form


def must_be_bytes(request: Request) -> None:
    """Refuse a body that claims to be something, where the query says what it is.

    Raises:
        Unsupported: the media type is another one.
    """
    if _kind(request) != BYTES:
        raise Unsupported(f"send {BYTES}")


async def uploaded(
    request: Request, form: InstanceFormat, store: Store, readers: Readers, caller: Caller
) -> Read:
    """The instance that a request's body holds.

    Raises:
        TooLarge: the organisation may not submit so much.
        Invalid: with all faults.
    """
    most = await run_in_threadpool(most_bytes, store, caller)
    body = await request.body()
    if len(body) > most:
        raise TooLarge(f"it has {len(body):,} bytes; your organisation's quota is {most:,}")
    read = await readers.submissions.run(caller.organisation_id, tasks.examine, form, body)
    return sound(read)


async def changed(
    store: Store, readers: Readers, caller: Caller, parent_id: str, changes: Changes
) -> tuple[Read, Origin]:
    """A what-if of an instance of the caller's, and where it comes from.

    Raises:
        NotFound: there is no such instance.
        Forbidden: it is another organisation's.
        Invalid: with all faults.
    """
    document = await run_in_threadpool(own_document, store, caller, parent_id)
    result = await readers.submissions.run(
        caller.organisation_id, tasks.change, document, CHANGES.dump_json(changes)
    )
    return sound(result), Origin(parent_id, changes)


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
