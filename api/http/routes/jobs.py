"""Jobs: ask for work, wait for it, stop it, try it again."""

import re
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from starlette.concurrency import run_in_threadpool

from api.acts import jobs
from api.acts.instances import New
from api.caller import Caller
from api.http.dependencies import (
    AnalystDep,
    CallerDep,
    CursorParam,
    HubDep,
    LimitParam,
    OnceDep,
    ReadersDep,
    StoreDep,
    sent,
)
from api.http.event_hub import Hub
from api.http.filters import JobsDep
from api.http.openapi import refusals
from api.http.strict_bodies import StrictRoute
from api.http.submissions import changed
from api.kinds import JobRequest
from api.kinds.kind import WhatIfRequest
from api.resources.base import Page, ResourceId
from api.resources.described import ArchiveChange
from api.resources.jobs import Job
from api.store import Store
from api.store.idempotency import Answer

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=StrictRoute)

LONGEST_WAIT_S = 60
PREFERRED = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?=$|[,;\s])", re.IGNORECASE)

WaitParam = Annotated[
    int,
    Query(
        ge=0,
        le=LONGEST_WAIT_S,
        description="Answer as soon as the job has ended, or after so many seconds (s).",
    ),
]
PreferHeader = Annotated[
    str | None,
    Header(
        description="`wait=N`: answer 200 with the job if it ends within N seconds (at most 60).",
        examples=["wait=30"],
    ),
]


@router.post(
    "",
    status_code=202,
    summary="Ask for work",
    response_model=Job,
    responses=refusals(409, 404)
    | {200: {"model": Job, "description": "The job has ended within the time of `Prefer: wait`."}},
)
async def submit(  # noqa: PLR0913 - each is a part of the request or of the service
    wanted: JobRequest,
    store: StoreDep,
    readers: ReadersDep,
    hub: HubDep,
    caller: AnalystDep,
    once: OnceDep,
    prefer: PreferHeader = None,
) -> Response:
    """Queue a job and answer at once; follow it at its Location. Changes make a what-if first."""
    store.must_have_room()
    what_if = None
    if isinstance(wanted, WhatIfRequest) and wanted.changes:
        made = await changed(store, readers, caller, wanted.instance_id, wanted.changes)
        what_if = New(*made, wanted.label)
    answer = await run_in_threadpool(jobs.submit, store, caller, wanted, what_if, once)
    preferred = PREFERRED.search(prefer or "")
    if preferred is None:
        return sent(answer)
    wait_s = min(int(preferred[1]), LONGEST_WAIT_S)
    job = await ended(store, hub, caller, answer.identifier, wait_s)
    if not job.ended:
        return sent(answer)
    headers = {"Preference-Applied": f"wait={wait_s}", "Content-Location": answer.location}
    return sent(Answer.of(200, answer.location, job), headers)


@router.get("", summary="List jobs")
def listed(
    store: StoreDep,
    caller: CallerDep,
    wanted: JobsDep,
    cursor: CursorParam = None,
    limit: LimitParam = 50,
) -> Page[Job]:
    """Your organisation's jobs, newest first."""
    return jobs.search(store, caller, wanted, cursor, limit)


@router.get("/{job_id}", summary="Look at a job, or wait for its end")
async def look(
    job_id: ResourceId, store: StoreDep, hub: HubDep, caller: CallerDep, wait: WaitParam = 0
) -> Job:
    """Its state and progress; with `wait` the answer comes as soon as the job has ended."""
    return await ended(store, hub, caller, job_id, wait)


@router.delete("/{job_id}", status_code=204, summary="Delete a job", responses=refusals(409))
def delete(job_id: ResourceId, store: StoreDep, caller: AnalystDep) -> None:
    """One that ended without a plan; any other goes with its plan."""
    jobs.remove(store, caller, job_id)


@router.patch("/{job_id}", summary="Archive a job", responses=refusals(409))
def archive(job_id: ResourceId, wanted: ArchiveChange, store: StoreDep, caller: AnalystDep) -> Job:
    """Take one that ended without a plan out of the lists, or back in."""
    return jobs.archive(store, caller, job_id, archived=wanted.archived)


@router.post("/{job_id}/cancel", summary="Stop a job", responses=refusals(409))
def cancel(job_id: ResourceId, store: StoreDep, caller: AnalystDep) -> Job:
    """One that waits ends at once; one that runs ends soon and keeps its best plan."""
    return jobs.cancel(store, caller, job_id)


@router.post(
    "/{job_id}/retry",
    status_code=202,
    summary="Try a job again",
    response_model=Job,
    responses=refusals(409),
)
def retry(job_id: ResourceId, store: StoreDep, caller: AnalystDep, once: OnceDep) -> Response:
    """A new job that asks for the same as one that has ended."""
    store.must_have_room()
    return sent(jobs.retry(store, caller, job_id, once))


async def ended(store: Store, hub: Hub, caller: Caller, identifier: str, wait_s: float) -> Job:
    """A job as it is when it has ended, or when the time is over.

    Raises:
        NotFound: there is no such job.
    """
    job = await run_in_threadpool(jobs.show, store, caller, identifier)
    if job.ended or not wait_s:
        return job
    with hub.listening(caller, identifier) as watch:
        await hub.wait(watch, lambda: watch.ended, wait_s)
    return await run_in_threadpool(jobs.show, store, caller, identifier)
