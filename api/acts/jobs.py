"""Jobs: ask for work, look how far it has come, stop it, try it again, put it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.acts.instances import add
from api.acts.once import act
from api.store import audit, ends, jobs
from api.store.idempotency import Answer
from api.store.keys import must_still_be

if TYPE_CHECKING:
    from api.acts.instances import New
    from api.caller import Caller
    from api.kinds.kind import Request
    from api.resources.base import Page
    from api.resources.jobs import Job, JobEvent
    from api.store import Store, Transaction
    from api.store.idempotency import Once
    from api.store.jobs import JobFilter


def submit(
    store: Store, caller: Caller, wanted: Request, what_if: New | None, once: Once | None
) -> Answer:
    """Queue what is asked for.

    Args:
        store: where it is queued.
        caller: who asks.
        wanted: the request of a kind.
        what_if: the instance with the request's changes made, where there are any; it is kept.
        once: what makes it be done once.

    Returns:
        The job, as it was then.

    Raises:
        NotFound: there is no such instance, or plan.
        Forbidden: it is another organisation's.
        QuotaExceeded: too much waits, was used or is kept.
    """
    file = store.files.put(what_if.read.document) if what_if else ""

    def do(tx: Transaction) -> Answer:
        asked = wanted
        if what_if is not None:
            made = add(tx, caller, what_if, file)
            asked = wanted.replaced(instance_id=made.id, changes=())
        job = jobs.enqueue(tx, caller, asked, store.settings)
        audit.record(tx, caller, "job.submit", job.id, kind=job.kind, instance=job.instance_id)
        return _queued(job)

    return _notified(store, act(store, caller, once, do))


def retry(store: Store, caller: Caller, identifier: str, once: Once | None) -> Answer:
    """Ask again for what a job that has ended was asked to do.

    Raises:
        NotFound: there is no such job.
        Conflict: it has not ended, or cannot be done again.
        QuotaExceeded: too much waits, or was used.
    """

    def do(tx: Transaction) -> Answer:
        job = jobs.retry(tx, caller, identifier, store.settings)
        audit.record(tx, caller, "job.retry", job.id, retry_of=identifier)
        return _queued(job)

    return _notified(store, act(store, caller, once, do))


def search(
    store: Store, caller: Caller, wanted: JobFilter, cursor: str | None, limit: int
) -> Page[Job]:
    """The jobs of the caller's organisation that a filter wants, newest first."""
    with store.database.read() as connection:
        return jobs.listed(connection, caller, wanted, cursor, limit)


def show(store: Store, caller: Caller, identifier: str) -> Job:
    """A job as it is now.

    Raises:
        NotFound: there is no such job.
        Unauthenticated: the caller has been shut out since, for example while it waited.
    """
    with store.database.read() as connection:
        must_still_be(connection, caller)
        return jobs.get(connection, identifier, caller)


def show_events(
    store: Store, caller: Caller, identifier: str, after: int, limit: int
) -> tuple[JobEvent, ...]:
    """What has happened to a job beyond an event, the first event first.

    Raises:
        NotFound: there is no such job.
        Unauthenticated: the caller has been shut out since.
    """
    with store.database.read() as connection:
        must_still_be(connection, caller)
        return jobs.events(connection, identifier, caller, after, limit)


def has_more_to_tell(store: Store, caller: Caller, identifier: str, after: int) -> bool:
    """Whether anything of a job is still to be told beyond an event.

    Raises:
        NotFound: the caller knows of no such job.
    """
    with store.database.read() as connection:
        if jobs.events(connection, identifier, caller, after, 1):
            return True
        return not jobs.get(connection, identifier, caller).ended


def cancel(store: Store, caller: Caller, identifier: str) -> Job:
    """Stop a job: one that waits ends at once, one that runs keeps its best plan.

    Raises:
        NotFound: there is no such job.
        Conflict: it has ended already.
    """
    with store.database.write() as tx:
        job = jobs.cancel(tx, caller, identifier)
        audit.record(tx, caller, "job.cancel", identifier)
    return job


def archive(store: Store, caller: Caller, identifier: str, *, archived: bool) -> Job:
    """Take a job that ended without a plan out of the lists, or back in.

    Raises:
        NotFound: there is no such job.
        Conflict: it has not ended, or goes with its plan.
    """
    with store.database.write() as tx:
        ends.archive_job(tx, caller, identifier, archived=archived)
        job = jobs.get(tx, identifier, caller)
        told: dict[str, Any] = {"archived": archived, "label": job.label, "state": job.state}
        audit.record(tx, caller, "job.archive", identifier, **told)
    return job


def remove(store: Store, caller: Caller, identifier: str) -> None:
    """Delete a job that ended without a plan.

    Raises:
        NotFound: there is no such job.
        Conflict: it has not ended, or goes with its plan.
    """
    with store.database.write() as tx:
        gone = ends.remove_job(tx, caller, identifier)
        audit.record(tx, caller, "job.delete", identifier, **gone)


def _queued(job: Job) -> Answer:
    return Answer.of(202, f"/v1/jobs/{job.id}", job)


def _notified(store: Store, answer: Answer) -> Answer:
    """Tell the workers of a job that is committed."""
    if store.settings.dispatcher != "poll":
        from api.work import dispatch

        dispatch.notify(store, answer.identifier)
    return answer
