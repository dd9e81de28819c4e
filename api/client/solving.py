"""Solving elsewhere as if it were here: submit, follow, stop, fetch the plan."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Protocol, TypeGuard

from api.client.refusals import ServiceRefused, Words
from api.resources.jobs import AT_THE_END
from optimizer.errors import SolverFailed
from optimizer.highs.process import Progress, Stop
from optimizer.plan import Plan, Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.resources.jobs import Job, JobEvent
    from optimizer.instance import Instance

LOOK_EVERY_S = 0.1
"""How often to look whether the user wants to stop."""


class Service(Protocol):
    """What is asked of the service while a job runs elsewhere."""

    @property
    def url(self) -> str:
        """Where the service is."""

    def job(self, job_id: str) -> Job:
        """A job as it stands."""

    def cancel(self, job_id: str) -> Job:
        """Stop a job; it keeps its best plan so far."""

    def events(self, job_id: str) -> Iterator[JobEvent]:
        """The events of a job, as they come."""

    def plan(self, plan_id: str) -> Plan:
        """A plan with its tables."""


def await_end(
    client: Service, job_id: str, progress: Callable[[Progress], None] | None, stop: Stop
) -> Job:
    """Follow a job to its end; the first request to stop cancels it, the second gives up on it.

    Raises:
        KeyboardInterrupt: the user has asked to stop twice.
        ServiceRefused: the service refused, or stayed away longer than the patience; it says which
            job is left alone.
    """
    try:
        _follow(client, job_id, progress, stop)
        return client.job(job_id)
    except ServiceRefused as refusal:
        raise refusal.about(f"{job_id} at {client.url} goes on without this client") from None


def _follow(
    client: Service, job_id: str, progress: Callable[[Progress], None] | None, stop: Stop
) -> None:
    cancelled = False
    for event in _watched(client, job_id):
        if stop.asked > 1:
            if not cancelled:
                client.cancel(job_id)
            raise KeyboardInterrupt(f"{job_id} at {client.url} is cancelled")
        if stop.asked and not cancelled:
            cancelled = True
            client.cancel(job_id)
        if progress is not None and _is_of_solver(event):
            progress(Progress(**event.data))


def _is_of_solver(event: JobEvent | None) -> TypeGuard[JobEvent]:
    """Whether an event tells how far the solver has come; the last progress is the plan's."""
    if event is None or event.type != "progress":
        return False
    return event.data.get("stage") != AT_THE_END


def plan_of(client: Service, job: Job, instance: Instance) -> Plan:
    """The plan with which a job ended, as `optimizer.solve` would have returned it.

    Raises:
        SolverFailed: no answer that can be trusted.
        ServiceRefused: the job failed for another reason.
    """
    if job.plan_id is not None:
        return client.plan(job.plan_id)
    if job.state == "cancelled":
        return _none(job, instance, Proof(status="unknown", stopped_by="interrupt"))
    reason = job.error.reason if job.error else "internal"
    detail = job.error.detail if job.error else f"the job is {job.state} and has no plan"
    if reason == "no_plan_in_time":
        return _none(job, instance, Proof(status="unknown", stopped_by="time_limit"))
    if reason == "solver":
        raise SolverFailed(detail)
    raise ServiceRefused(Words(type=reason, title=f"The job {job.id} failed", detail=detail))


def _none(job: Job, instance: Instance, proof: Proof) -> Plan:
    """What `optimizer.solve` returns where no plan was found in time."""
    from optimizer.plan.tables import table, tables

    return Plan(
        instance_id=instance.settings.id,
        instance_hash=job.instance_hash,
        options=job.options,
        versions={},
        proof=proof,
        criteria={},
        policies=table("policies"),
        tables=tables({}),
    )


def _watched(client: Service, job_id: str) -> Iterator[JobEvent | None]:
    """Events of a job as they come, and None now and then: nobody waits here for long.

    Another thread reads them, so that Ctrl-C is heard while nothing comes.
    """
    arrived: queue.SimpleQueue[JobEvent | Exception | None] = queue.SimpleQueue()

    def read() -> None:
        try:
            for event in client.events(job_id):
                arrived.put(event)
            arrived.put(None)
        except Exception as trouble:  # Raised again where somebody waits for it.
            arrived.put(trouble)

    threading.Thread(target=read, name=f"events of {job_id}", daemon=True).start()
    while True:
        try:
            found = arrived.get(timeout=LOOK_EVERY_S)
        except queue.Empty:
            yield None
            continue
        if found is None:
            return
        if isinstance(found, Exception):
            raise found
        yield found
