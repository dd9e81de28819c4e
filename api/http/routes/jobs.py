"""Jobs: ask for work, wait for it, stop it, try it again."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from starlette.concurrency import run_in_threadpool

from api.caller import Caller
from api.http import acts
from api.http.bodies import StrictRoute
from api.http.documented import refusals
from api.http.filters import JobsDep
from api.http.hub import Hub
from api.http.parts import (
    AnalystDep,
    CallerDep,
    CursorParam,
    HubDep,
    LimitParam,
    OnceDep,
    ReadersDep,
    StoreDep,
)
from api.http.submissions import changed
from api.kinds import JobRequest
from api.kinds.kind import Request, WhatIfRequest
from api.reading.tasks import Read
from api.resources.base import Page, ResourceId
from api.resources.described import ArchiveChange
from api.resources.jobs import Job
from api.store import Store, Transaction, audit, ends, instances, jobs
from api.store.idempotency import Answer, Once
from api.store.instances import Origin
from api.store.keys import must_still_be

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=StrictRoute)

LONGEST_WAIT_S = 60
PREFERRED = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?=$|[,;\s])", re.IGNORECASE)
WHAT_IF = tuple[Read, Origin]

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
    what_if: WHAT_IF | None = None
    if isinstance(wanted, WhatIfRequest) and wanted.changes:
        what_if = await changed(store, readers, caller, wanted.instance_id, wanted.changes)
    answer = await run_in_threadpool(_queued, store, caller, once, wanted, what_if)
    preferred = PREFERRED.search(prefer or "")
    if preferred is None:
        return acts.sent(answer)
    wait_s = min(int(preferred[1]), LONGEST_WAIT_S)
    identifier = answer.location.rpartition("/")[2]
    job = await ended(store, hub, caller, identifier, wait_s)
    if not job.ended:
        return acts.sent(answer)
    headers = {"Preference-Applied": f"wait={wait_s}", "Content-Location": answer.location}
    return acts.sent(acts.answer(200, answer.location, job), headers)


@router.get("", summary="List jobs")
def listed(
    store: StoreDep,
    caller: CallerDep,
    wanted: JobsDep,
    cursor: CursorParam = None,
    limit: LimitParam = 50,
) -> Page[Job]:
    """Your organisation's jobs, newest first."""
    with store.database.read() as connection:
        return jobs.listed(connection, caller, wanted, cursor, limit)


@router.get("/{job_id}", summary="Look at a job, or wait for its end")
async def look(
    job_id: ResourceId, store: StoreDep, hub: HubDep, caller: CallerDep, wait: WaitParam = 0
) -> Job:
    """Its state and progress; with `wait` the answer comes as soon as the job has ended."""
    return await ended(store, hub, caller, job_id, wait)


@router.delete("/{job_id}", status_code=204, summary="Delete a job", responses=refusals(409))
def delete(job_id: ResourceId, store: StoreDep, caller: AnalystDep) -> None:
    """One that ended without a plan; any other goes with its plan."""
    with store.database.write() as tx:
        gone = ends.remove_job(tx, caller, job_id)
        audit.record(tx, caller, "job.delete", job_id, **gone)


@router.patch("/{job_id}", summary="Archive a job", responses=refusals(409))
def archive(job_id: ResourceId, wanted: ArchiveChange, store: StoreDep, caller: AnalystDep) -> Job:
    """Take one that ended without a plan out of the lists, or back in."""
    with store.database.write() as tx:
        ends.archive_job(tx, caller, job_id, archived=wanted.archived)
        job = jobs.get(tx, job_id, caller)
        told: dict[str, Any] = {"archived": wanted.archived, "label": job.label, "state": job.state}
        audit.record(tx, caller, "job.archive", job_id, **told)
    return job


@router.post("/{job_id}/cancel", summary="Stop a job", responses=refusals(409))
def cancel(job_id: ResourceId, store: StoreDep, caller: AnalystDep) -> Job:
    """One that waits ends at once; one that runs ends soon and keeps its best plan."""
    with store.database.write() as tx:
        job = jobs.cancel(tx, caller, job_id)
        audit.record(tx, caller, "job.cancel", job_id)
    return job


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

    def do(tx: Transaction) -> Answer:
        job = jobs.retry(tx, caller, job_id, store.settings)
        audit.record(tx, caller, "job.retry", job.id, retry_of=job_id)
        return acts.answer(202, f"/v1/jobs/{job.id}", job)

    return acts.sent(_told(store, acts.act(store, caller, once, do)))


async def ended(store: Store, hub: Hub, caller: Caller, identifier: str, wait_s: float) -> Job:
    """A job as it is when it has ended, or when the time is over.

    Raises:
        NotFound: there is no such job.
    """
    job = await run_in_threadpool(_job, store, caller, identifier)
    if job.ended or not wait_s:
        return job
    with hub.listening(caller, identifier) as watch:
        await hub.wait(watch, lambda: watch.ended, wait_s)
    return await run_in_threadpool(_job, store, caller, identifier)


def _job(store: Store, caller: Caller, identifier: str) -> Job:
    with store.database.read() as connection:
        must_still_be(connection, caller)  # Who waited a minute may have been shut out meanwhile.
        return jobs.get(connection, identifier, caller)


def _queued(
    store: Store,
    caller: Caller,
    once: Once | None,
    wanted: Request,
    what_if: WHAT_IF | None,
) -> Answer:
    file = store.files.put(what_if[0].document) if what_if else ""
    settings = store.settings

    def do(tx: Transaction) -> Answer:
        asked = wanted
        if what_if is not None:
            read, origin = what_if
            made = instances.add(tx, caller, read.examined, file, origin, wanted.label)
            audit.record(tx, caller, "instance.change", made.id, content_hash=made.content_hash)
            asked = wanted.replaced(instance_id=made.id, changes=())
        job = jobs.enqueue(tx, caller, asked, settings)
        audit.record(tx, caller, "job.submit", job.id, kind=job.kind, instance=job.instance_id)
        return acts.answer(202, f"/v1/jobs/{job.id}", job)

    return _told(store, acts.act(store, caller, once, do))


def _told(store: Store, answer: Answer) -> Answer:
    """Tell the workers of a job that is committed."""
    if store.settings.dispatcher != "poll":
        from api.work import dispatch

        dispatch.notify(store, answer.location.rpartition("/")[2])
    return answer
