"""Instances as files: the canonical document, a workbook, a zip file of the CSV folder."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from starlette.concurrency import run_in_threadpool

from api.acts.instances import download, is_partly_seen
from api.caller import Caller
from api.errors import Conflict, Forbidden
from api.http.accept import preferred
from api.http.dependencies import CallerDep, ReadersDep, StoreDep
from api.http.openapi import content, media, refusals
from api.http.schemas import reference
from api.http.submissions import BYTES
from api.reading import tasks
from api.reading.tasks import Refused
from api.resources.base import ResourceId
from api.resources.instances import InstanceSummary

router = APIRouter(prefix="/v1/instances", tags=["instances"])

ZIP = "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AcceptHeader = Annotated[str, Header(include_in_schema=False)]


@router.get(
    "/{instance_id}/document",
    summary="Download as JSON",
    response_class=Response,
    responses=content(media("application/json", schema=reference("Instance"))),
)
async def document(
    instance_id: ResourceId, store: StoreDep, readers: ReadersDep, caller: CallerDep
) -> Response:
    """The canonical document, of which the content hash is the SHA-256.

    A sponsor gets the rows of its own projects only, and none of the settings.
    """
    found, stored = await run_in_threadpool(download, store, caller, instance_id)
    if is_partly_seen(found, caller):
        part = await readers.views.run(
            caller.organisation_id, tasks.rows_of, stored, sorted(caller.projects)
        )
        return _file(part, "application/json", found, "json", whole=False)
    return _file(stored, "application/json", found, "json")


@router.get(
    "/{instance_id}/workbook",
    summary="Download as an Excel workbook",
    response_class=Response,
    responses=content(media(XLSX, BYTES)) | refusals(403, 409),
)
async def workbook(
    instance_id: ResourceId,
    store: StoreDep,
    readers: ReadersDep,
    caller: CallerDep,
    accept: AcceptHeader = XLSX,
) -> Response:
    """The same content in sheets; it can be submitted again."""
    found, stored = await run_in_threadpool(download, store, caller, instance_id)
    _must_be_whole(found, caller)
    book = await readers.views.run(caller.organisation_id, tasks.workbook, stored)
    if isinstance(book, Refused):
        raise Conflict(" ".join(book.faults))
    return _file(book, preferred(accept, (XLSX, BYTES)), found, "xlsx")


@router.get(
    "/{instance_id}/folder",
    summary="Download as a zip file of CSV files",
    response_class=Response,
    responses=content(media(ZIP, BYTES)) | refusals(403),
)
async def folder(
    instance_id: ResourceId,
    store: StoreDep,
    readers: ReadersDep,
    caller: CallerDep,
    accept: AcceptHeader = ZIP,
) -> Response:
    """The same content as a folder; it can be submitted again."""
    found, stored = await run_in_threadpool(download, store, caller, instance_id)
    _must_be_whole(found, caller)
    packed = await readers.views.run(caller.organisation_id, tasks.archive, stored)
    return _file(packed, preferred(accept, (ZIP, BYTES)), found, "zip")


def _must_be_whole(found: InstanceSummary, caller: Caller) -> None:
    if is_partly_seen(found, caller):
        raise Forbidden("a sponsor sees the rows of its own projects only: /document")


def _file(
    body: bytes, kind: str, found: InstanceSummary, suffix: str, *, whole: bool = True
) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{found.name}.{suffix}"'}
    if suffix == "json" and whole:
        headers["ETag"] = f'"{found.content_hash}"'
    return Response(body, headers=headers, media_type=kind)
