"""Jobs as those who submit them see them: enqueue, look, list, cancel, retry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, insert, select, update

from api import kinds
from api.errors import Conflict, NotFound
from api.kinds.kind import Work
from api.resources.base import Page, moment, moment_if
from api.resources.change_words import in_words
from api.resources.examined import CHANGES
from api.resources.jobs import ENDED, Job
from api.settings import Settings
from api.store.access import own_row
from api.store.clock import new_id, now
from api.store.cursors import page
from api.store.filters import Span, archived, made_within, of_job
from api.store.job_events import events as events
from api.store.job_events import news as news
from api.store.job_events import tell
from api.store.outbox import announce
from api.store.quotas import PROCESSES, refuse_job
from api.store.tables import instances, jobs, plans
from optimizer.plan import Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection

    from api.caller import Caller
    from api.kinds.kind import Request
    from api.resources.jobs import JobKind, JobState


DEFAULTS = Settings.model_construct()
"""Where nobody says how long jobs may run."""


class JobFilter(NamedTuple):
    """Which jobs to list."""

    states: Sequence[JobState] = ()
    kinds: Sequence[JobKind] = ()
    instance_id: str | None = None
    label: str | None = None
    """Words that the label holds."""
    parent_id: str | None = None
    """The instance that the what-ifs depart from."""
    archived: bool = False
    span: Span = Span()


DESCRIBED = select(
    jobs, instances.c.name, instances.c.title, instances.c.parent_id, instances.c.changes
).join(instances, instances.c.id == jobs.c.instance_id)
"""Jobs with what people know their instances by."""


class CallersShelf(NamedTuple):
    """What a kind looks up while a request of the caller's is queued (`api.kinds.kind.Shelf`)."""

    connection: Connection
    caller: Caller

    def work_of(self, plan_id: str) -> Work:
        """What a plan was found for; it stays until the transaction ends.

        Raises:
            NotFound: there is no such plan.
            Forbidden: it is another organisation's.
        """
        row = own_row(self.connection, plans, plan_id, self.caller, lock="keep")
        return Work(row.instance_id, row.document["options"])


def enqueue(
    connection: Connection,
    caller: Caller,
    request: Request,
    settings: Settings = DEFAULTS,
    *,
    retry_of: str | None = None,
) -> Job:
    """Queue what is asked for; its `changes`, if it has any, have been made already.

    Raises:
        NotFound: there is no such instance, or plan.
        Forbidden: it is another organisation's.
        QuotaExceeded: too many jobs wait, or too much CPU time was used.
    """
    work = kinds.KINDS[request.kind].work(request, CallersShelf(connection, caller))
    instance = own_row(connection, instances, work.instance_id, caller, lock="keep")
    limit_s = work.options.get("time_limit_s")
    reserved_cpu_s = PROCESSES * settings.longest_s(limit_s)
    refuse_job(connection, caller.organisation_id, reserved_cpu_s)
    identifier = new_id("job")
    connection.execute(
        insert(jobs).values(
            id=identifier,
            organisation_id=caller.organisation_id,
            kind=request.kind,
            label=request.label,
            instance_id=work.instance_id,
            instance_hash=instance.content_hash,
            options=work.options,
            request=request.model_dump(mode="json"),
            priority=request.priority,
            reserved_cpu_s=reserved_cpu_s,
            is_short=settings.is_short(limit_s),
            state="queued",
            cancel_requested=False,
            retry_of=retry_of,
            submitted_by=caller.user_id,
            created_at=now(),
        )
    )
    tell(connection, identifier, "state", {"state": "queued"})
    return get(connection, identifier, caller)


def retry(
    connection: Connection, caller: Caller, identifier: str, settings: Settings = DEFAULTS
) -> Job:
    """Queue again what a job that has ended was asked to do.

    Raises:
        NotFound: there is no such job.
        Conflict: it has not ended, reads a plan that is gone, or is of a kind that is not known.
        QuotaExceeded: too many jobs wait, or too much CPU time was used.
    """
    row = own_row(connection, jobs, identifier, caller)
    if row.state not in ENDED:
        raise Conflict(f"the job is {row.state}; only one that has ended can be tried again")
    try:
        _, request = kinds.read(row.kind, row.request)
        return enqueue(connection, caller, request, settings, retry_of=identifier)
    except kinds.Unreadable as trouble:
        raise Conflict(str(trouble)) from trouble
    except NotFound as trouble:
        raise Conflict("the plan that it reads was deleted") from trouble


def reading(connection: Connection, caller: Caller, plan_id: str) -> str | None:
    """A job of the caller's organisation that has not ended and reads a plan; its identifier."""
    query = select(jobs.c.id, jobs.c.kind, jobs.c.request).where(
        jobs.c.organisation_id == caller.organisation_id, jobs.c.state.not_in(ENDED)
    )
    for row in connection.execute(query):
        if plan_id in kinds.plans_read(row.kind, row.request):
            return str(row.id)
    return None


def get(connection: Connection, identifier: str, caller: Caller) -> Job:
    """A job of the caller's organisation.

    Raises:
        NotFound: there is none.
    """
    own_row(connection, jobs, identifier, caller)
    return _job(connection.execute(DESCRIBED.where(jobs.c.id == identifier)).one())


def listed(
    connection: Connection, caller: Caller, wanted: JobFilter, cursor: str | None, limit: int
) -> Page[Job]:
    """Jobs of the caller's organisation."""
    conditions: list[ColumnElement[bool]] = [
        jobs.c.organisation_id == caller.organisation_id,
        archived(jobs, wanted=wanted.archived),
        *of_job(wanted.states, wanted.kinds, wanted.instance_id, wanted.label),
        *made_within(jobs, wanted.span),
    ]
    if wanted.parent_id is not None:
        conditions.append(instances.c.parent_id == wanted.parent_id)
    return page(connection, DESCRIBED.where(*conditions), jobs, cursor, limit, _job)


def cancel(connection: Connection, caller: Caller, identifier: str) -> Job:
    """Stop a job: one that waits ends at once, one that runs keeps its best plan.

    Raises:
        NotFound: there is no such job.
        Conflict: it has ended already.
    """
    row = own_row(connection, jobs, identifier, caller, lock="change")
    if row.state in ENDED:
        raise Conflict(f"the job has ended already: {row.state}")
    if row.state == "queued":
        ended = update(jobs).where(jobs.c.id == identifier)
        connection.execute(ended.values(state="cancelled", cancel_requested=True, ended_at=now()))
        tell(connection, identifier, "state", {"state": "cancelled"})
        announce(connection, identifier)
    else:
        connection.execute(
            update(jobs).where(jobs.c.id == identifier).values(cancel_requested=True)
        )
    return get(connection, identifier, caller)


def by_state(connection: Connection) -> dict[str, int]:
    """How many jobs there are in each state that has any."""
    query = select(jobs.c.state, func.count()).group_by(jobs.c.state)
    return {state: count for state, count in connection.execute(query)}


def _job(row: Any) -> Job:
    return Job(
        **({"replayed": None} | kinds.fields_of(row.kind, row.result)),
        id=row.id,
        organisation_id=row.organisation_id,
        kind=row.kind,
        label=row.label,
        name=row.name,
        title=row.title,
        parent_id=row.parent_id,
        changes_in_words=in_words(CHANGES.validate_python(row.changes)),
        instance_id=row.instance_id,
        instance_hash=row.instance_hash,
        options=Options(**row.options),
        priority=row.priority,
        state=row.state,
        attempt=row.attempt,
        cancel_requested=row.cancel_requested,
        progress=row.progress,
        plan_id=row.plan_id,
        error=row.error,
        cpu_s=row.cpu_s,
        retry_of=row.retry_of,
        submitted_by=row.submitted_by,
        created_at=moment(row.created_at),
        started_at=moment_if(row.started_at),
        ended_at=moment_if(row.ended_at),
        archived_at=moment_if(row.archived_at),
    )
