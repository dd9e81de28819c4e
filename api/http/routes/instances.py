"""Instances: submit, look, change, end."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.acts import instances
from api.acts.instances import New
from api.caller import Caller
from api.http.dependencies import (
    AnalystDep,
    CallerDep,
    CursorParam,
    LimitParam,
    OnceDep,
    ReadersDep,
    StoreDep,
    sent,
)
from api.http.filters import InstancesDep
from api.http.openapi import media, refusals
from api.http.schemas import reference
from api.http.strict_bodies import StrictRoute
from api.http.submissions import BYTES, changed, form_of, must_be_bytes, uploaded
from api.resources.base import Label, Page, ResourceId
from api.resources.described import ArchiveChange
from api.resources.instances import ChangesRequest, InstanceSummary
from api.store import Store
from api.store.idempotency import Once

router = APIRouter(prefix="/v1/instances", tags=["instances"], route_class=StrictRoute)

UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The JSON document. A workbook or a zip file of the CSV folder is taken "
        "too, with a Content-Type of its own, or at `/v1/instances/upload` as "
        "application/octet-stream.",
        "content": media("application/json", schema=reference("Instance")),
    }
}
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file as it is.",
        "content": media(BYTES),
    }
}

LabelParam = Annotated[Label, Query(description="What to call it.")]
FormatParam = Annotated[
    Literal["xlsx", "xlsm", "ods", "zip"],
    Query(alias="format", description="A workbook, or a zip file of the CSV folder."),
]


DryRun = Annotated[bool, Query(include_in_schema=False)]
"""Left out of the document: one operation has one answer there, or generated clients must ask
which of two they got."""


@router.post(
    "",
    status_code=201,
    summary="Submit an instance",
    response_model=InstanceSummary,
    responses=refusals(409),
    openapi_extra=UPLOAD,
)
async def submit(  # noqa: PLR0913 - each is a part of the request or of the service
    request: Request,
    store: StoreDep,
    readers: ReadersDep,
    caller: AnalystDep,
    once: OnceDep,
    label: LabelParam = "",
    dry_run: DryRun = False,
) -> Response:
    """Read and keep an instance; every fault of one that is not valid is listed at once.

    With `?dry_run=true` nothing is kept: the answer is 200 and says what would be (an
    `InstancePreview`), and whether the quotas allow it.
    """
    if not dry_run:
        store.must_have_room()
    read = await uploaded(request, form_of(request), store, readers, caller)
    return await _answered(store, caller, once, New(read, None, label), dry_run=dry_run)


@router.post(
    "/upload",
    status_code=201,
    summary="Submit a workbook or a zip file",
    response_model=InstanceSummary,
    responses=refusals(409),
    openapi_extra=FILE,
)
async def upload(  # noqa: PLR0913 - each is a part of the request or of the service
    request: Request,
    store: StoreDep,
    readers: ReadersDep,
    caller: AnalystDep,
    once: OnceDep,
    form: FormatParam,
    label: LabelParam = "",
    dry_run: DryRun = False,
) -> Response:
    """The same as `POST /v1/instances`, for a file whose format the query says.

    With `?dry_run=true` nothing is kept: the answer is 200 and says what would be (an
    `InstancePreview`), and whether the quotas allow it.
    """
    must_be_bytes(request)
    if not dry_run:
        store.must_have_room()
    read = await uploaded(request, form, store, readers, caller)
    return await _answered(store, caller, once, New(read, None, label), dry_run=dry_run)


@router.get("", summary="List instances")
def listed(
    store: StoreDep,
    caller: CallerDep,
    wanted: InstancesDep,
    cursor: CursorParam = None,
    limit: LimitParam = 50,
) -> Page[InstanceSummary]:
    """Those of your organisation and those shared with it, newest first."""
    return instances.search(store, caller, wanted, cursor, limit)


@router.get("/{instance_id}", summary="Look at an instance")
def look(instance_id: ResourceId, store: StoreDep, caller: CallerDep) -> InstanceSummary:
    """What is known of it; its content is at `/document`."""
    return instances.show(store, caller, instance_id)


@router.delete(
    "/{instance_id}", status_code=204, summary="Delete an instance", responses=refusals(409)
)
def delete(instance_id: ResourceId, store: StoreDep, caller: AnalystDep) -> None:
    """Only while no job or what-if is made of it: decisions stay replayable."""
    instances.remove(store, caller, instance_id)


@router.patch("/{instance_id}", summary="Archive an instance")
def archive(
    instance_id: ResourceId, wanted: ArchiveChange, store: StoreDep, caller: AnalystDep
) -> InstanceSummary:
    """Take it out of the lists, or back in; what was made of it stays."""
    return instances.archive(store, caller, instance_id, archived=wanted.archived)


@router.post(
    "/{instance_id}/changes",
    status_code=201,
    summary="Make a what-if",
    response_model=InstanceSummary,
    responses=refusals(409),
)
async def change(  # noqa: PLR0913 - each is a part of the request or of the service
    instance_id: ResourceId,
    wanted: ChangesRequest,
    store: StoreDep,
    readers: ReadersDep,
    caller: AnalystDep,
    once: OnceDep,
    dry_run: DryRun = False,
) -> Response:
    """A new instance with some values changed; it keeps its parent and what was changed.

    With `?dry_run=true` nothing is kept: the answer is 200 and says what would be (an
    `InstancePreview`), and whether the quotas allow it.
    """
    if not dry_run:
        store.must_have_room()
    read, origin = await changed(store, readers, caller, instance_id, wanted.changes)
    new = New(read, origin, wanted.label)
    return await _answered(store, caller, once, new, dry_run=dry_run)


async def _answered(
    store: Store, caller: Caller, once: Once | None, new: New, *, dry_run: bool
) -> Response:
    """Keep it, or only say what would be kept."""
    if dry_run:
        seen = await run_in_threadpool(instances.preview, store, caller, new)
        return Response(seen.model_dump_json(), media_type="application/json")
    answer = await run_in_threadpool(instances.keep, store, caller, new, once)
    return sent(answer, {"ETag": f'"{new.read.examined.content_hash}"'})
