"""A job's events: as a stream that can be resumed, or as pages."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool

from api.acts import jobs
from api.caller import Caller
from api.errors import NotFound, Unauthenticated
from api.http.accept import accepted
from api.http.dependencies import CallerDep, CursorParam, HubDep, LimitParam, StoreDep
from api.http.event_hub import Hub, Watch
from api.http.openapi import content, media, refusals
from api.resources.base import Page, ResourceId
from api.resources.jobs import ENDED, JobEvent
from api.store import Store
from api.store.cursors import LARGEST_PAGE, numbered

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

PING_S = 15.0
PING = b": ping\n"
"""A sign of life: without an empty line after it, for some clients make an event of that."""
AT_ONCE = 100
"""Events that a stream reads at once."""
MESSAGE = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
}
"""A server-sent event, as OpenAPI tells of it."""
LARGEST_NUMBER = 2**31 - 1

AfterParam = Annotated[
    int, Query(ge=0, le=LARGEST_NUMBER, description="Number of the last event you have.")
]
LastHeader = Annotated[
    str | None, Header(description="Number of the last event you have; resumes a stream.")
]


@router.get(
    "/{job_id}/events",
    summary="Follow a job",
    response_class=Response,
    responses=content(
        media("text/event-stream", schema=MESSAGE),
        "`id` is the event's number, `event` its type, `data` the event as JSON; it ends with the "
        "job.",
    )
    | {204: {"description": "The job has ended, and nothing more is to be told."}}
    | refusals(406),
)
async def events(  # noqa: PLR0913 - each is a part of the request or of the service
    job_id: ResourceId,
    store: StoreDep,
    hub: HubDep,
    caller: CallerDep,
    after: AfterParam = 0,
    cursor: Annotated[str | None, Query(max_length=200, include_in_schema=False)] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, include_in_schema=False)] = 100,
    last_event_id: LastHeader = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "text/event-stream",
) -> Response:
    """What has happened, and what happens from now on, as server-sent events.

    With `Accept: application/json` a page, as from `…/history`.
    """
    kind = accepted(accept, ("text/event-stream", "application/json"))
    after = min(numbered(cursor) or after, LARGEST_NUMBER)
    if last_event_id is not None and last_event_id.isdecimal() and last_event_id.isascii():
        after = min(int(last_event_id[:12]), LARGEST_NUMBER)
    if kind == "application/json":
        page = await run_in_threadpool(_page, store, caller, job_id, after, limit)
        return Response(page.model_dump_json(), media_type="application/json")
    if not await run_in_threadpool(jobs.has_more_to_tell, store, caller, job_id, after):
        # A reconnection: the client is to stop asking. Some read only what calls itself a stream.
        return Response(status_code=204, media_type="text/event-stream")
    return EventSourceResponse(
        _stream(store, hub, caller, job_id, after), headers={"X-Accel-Buffering": "no"}
    )


@router.get("/{job_id}/history", summary="List a job's events")
def history(
    job_id: ResourceId,
    store: StoreDep,
    caller: CallerDep,
    cursor: CursorParam = None,
    limit: LimitParam = 100,
) -> Page[JobEvent]:
    """What has happened, the first event first; its number is a cursor."""
    return _page(store, caller, job_id, min(numbered(cursor) or 0, LARGEST_NUMBER), limit)


def _page(store: Store, caller: Caller, job_id: str, after: int, limit: int) -> Page[JobEvent]:
    found = jobs.show_events(store, caller, job_id, after, limit)
    following = str(found[-1].number) if len(found) == limit else None
    return Page[JobEvent](items=found, next=following)


async def _stream(
    store: Store, hub: Hub, caller: Caller, job_id: str, after: int
) -> AsyncIterator[bytes]:
    """Events in the format of server-sent events, until the job has ended.

    Whoever is not let in any more hears nothing after the next heartbeat.
    """
    with hub.listening(caller, job_id) as watch:
        while not hub.stopping:
            try:
                found = await run_in_threadpool(
                    jobs.show_events, store, caller, job_id, after, AT_ONCE
                )
            except (Unauthenticated, NotFound):
                return
            for event in found:
                yield format_sse_event(
                    id=str(event.number), event=event.type, data_str=event.model_dump_json()
                )
                if event.type == "state" and event.data["state"] in ENDED:
                    return
            if found:
                after = found[-1].number
            elif watch.ended and watch.number <= after:
                return
            news = await hub.wait(watch, partial(_newer, watch, after), PING_S)
            if not news and not hub.stopping:
                yield PING


def _newer(watch: Watch, number: int) -> bool:
    """Whether there is something to read beyond an event, or nothing more will ever be."""
    return watch.ended or watch.number > number
