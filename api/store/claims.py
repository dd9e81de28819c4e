"""Jobs as workers see them: claim, renew, publish. `api.store.requeue` takes back what they lose.

A claim is a lease with a fence: the attempt's number. Whatever a worker writes says `WHERE id AND
attempt AND state = 'running'`, so that one whose lease has run out can change nothing any more.
Starting is at-least-once; publishing is exactly-once, for the plan and the final state are one
transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, func, insert, select, update

from api.errors import NotFound
from api.fault_points import reached
from api.resources.jobs import AT_THE_END, JobProgress
from api.store import reports
from api.store.clock import new_id, now
from api.store.crew import next_organisation
from api.store.database import alone
from api.store.job_events import tell
from api.store.outbox import announce
from api.store.quotas import plan_bytes
from api.store.tables import instances, jobs, organisations, plans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from api.resources.jobs import JobError, JobState
    from api.resources.plans import ChosenProject, TableInfo
    from api.store.crew import Crew
    from optimizer.plan import Proof
    from optimizer.plan.document import PlanDocument


@dataclass(frozen=True)
class Claim:
    """A job that a worker may run until its lease runs out."""

    job_id: str
    attempt: int
    """The fence: nothing is written for an attempt that is not the job's."""
    kind: str
    organisation_id: str
    instance_id: str
    instance_file: str
    options: dict[str, Any]
    request: dict[str, Any]
    """As it was asked for; `api.kinds` reads it."""


class Orders(NamedTuple):
    """What a worker is told when it renews a lease."""

    mine: bool
    """Whether the job is still its own; if not, it must drop everything."""
    cancel: bool
    """Whether to stop and keep the best plan."""
    overdue: bool = False
    """Whether the lease has run out by the database's clock, which may have jumped."""


@dataclass(frozen=True)
class FiledPlan:
    """A plan whose tables are among the result files already."""

    document: PlanDocument
    chosen: tuple[ChosenProject, ...]
    tables: tuple[TableInfo, ...]
    assumed_share: float
    reports: dict[bool, str] = field(default_factory=dict)
    """The plan in words: with what its instance says, and without."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended."""

    state: JobState
    cpu_s: float
    plan: FiledPlan | None = None
    result: dict[str, Any] | None = None
    """What it leaves beside the plan, in its kind's own words."""
    error: JobError | None = None


def claim(
    connection: Connection, worker: str, lease_s: float, crew: Crew | None = None
) -> Claim | None:
    """Lease the job whose turn it is, or none.

    Whose turn: the organisation with the fewest running jobs, among those the one served longest
    ago; within it the highest priority, then the oldest. Organisations at their quota of running
    jobs wait, and those that have their part of the workers (`api.store.crew`).

    Args:
        connection: a transaction that writes.
        worker: who claims.
        lease_s: how long it may be silent.
        crew: all workers; None where nobody has said how many there are.
    """
    alone(connection, "claim")
    turn = next_organisation(connection, crew)
    if turn is None:
        return None
    organisation, fits = turn
    identifier = connection.execute(
        select(jobs.c.id)
        .where(jobs.c.state == "queued", jobs.c.organisation_id == organisation, fits)
        .order_by(jobs.c.priority.desc(), jobs.c.created_at, jobs.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if identifier is None:
        return None
    _lease(connection, identifier, organisation, worker, lease_s)
    found = _claimed(connection, identifier)
    tell(connection, identifier, "state", {"state": "running", "attempt": found.attempt})
    return found


def _lease(
    connection: Connection, identifier: str, organisation: str, worker: str, lease_s: float
) -> None:
    """Note who runs a job from now on, and that its organisation has been served."""
    moment = now()
    connection.execute(
        update(jobs)
        .where(jobs.c.id == identifier)
        .values(state="running", attempt=jobs.c.attempt + 1, started_at=moment, progress=None)
        .values(worker=worker, lease_until=moment + lease_s)
    )
    connection.execute(
        update(organisations).where(organisations.c.id == organisation).values(served_at=moment)
    )


def _claimed(connection: Connection, identifier: str) -> Claim:
    """A job that has been leased, as its worker needs it."""
    row = connection.execute(
        select(jobs, instances.c.file)
        .join(instances, instances.c.id == jobs.c.instance_id)
        .where(jobs.c.id == identifier)
    ).one()
    return Claim(
        job_id=identifier,
        attempt=row.attempt,
        kind=row.kind,
        organisation_id=row.organisation_id,
        instance_id=row.instance_id,
        instance_file=row.file,
        options=row.options,
        request=row.request,
    )


def renew(connection: Connection, claimed: Claim, lease_s: float, cpu_s: float) -> Orders:
    """Keep the lease, and hear what to do."""
    row = connection.execute(
        update(jobs)
        .where(held(claimed))
        .values(lease_until=now() + lease_s, cpu_s=cpu_s)
        .returning(jobs.c.cancel_requested)
    ).one_or_none()
    return Orders(row is not None, row is not None and bool(row.cancel_requested))


def orders(connection: Connection, claimed: Claim) -> Orders:
    """What to do, without renewing the lease."""
    overdue = (jobs.c.lease_until < now()).label("overdue")
    row = connection.execute(
        select(jobs.c.cancel_requested, overdue).where(held(claimed))
    ).one_or_none()
    if row is None:
        return Orders(mine=False, cancel=False)
    return Orders(True, bool(row.cancel_requested), bool(row.overdue))


def plan_to_read(connection: Connection, plan_id: str) -> tuple[dict[str, Any], dict[str, str]]:
    """A plan that a claimed job reads: its `plan.json`, and the file of each table.

    Raises:
        NotFound: it is gone, which `api.store.ends` does not let happen.
    """
    query = select(plans.c.document, plans.c.tables).where(plans.c.id == plan_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"the plan {plan_id}, which the job reads, is not there any more")
    return row.document, {entry["name"]: entry["sha256"] for entry in row.tables}


def report(
    connection: Connection,
    claimed: Claim,
    progress: JobProgress | None,
    lines: Sequence[str] = (),
) -> bool:
    """Add progress and log lines to the job's events; returns whether the job is still its own."""
    if not hold(connection, claimed):
        return False
    for line in lines:
        tell(connection, claimed.job_id, "log", {"line": line})
    if progress is not None:
        data = progress.model_dump()
        connection.execute(update(jobs).where(held(claimed)).values(progress=data))
        tell(connection, claimed.job_id, "progress", data)
    return True


def publish(connection: Connection, claimed: Claim, outcome: Outcome) -> bool:
    """End the job: plan and final state at once; returns False for a result that came too late."""
    if not hold(connection, claimed):
        return False
    plan_id = None
    if outcome.plan is not None:
        plan_id = _add_plan(connection, claimed, outcome.plan)
        _tell_result(connection, claimed, outcome.plan.document.proof)
    error = outcome.error
    connection.execute(
        update(jobs)
        .where(held(claimed))
        .values(
            state=outcome.state,
            plan_id=plan_id,
            result=outcome.result,
            error=error.model_dump() if error else None,
            cpu_s=outcome.cpu_s,
            lease_until=None,
            ended_at=now(),
        )
    )
    data: dict[str, object] = {"state": outcome.state}
    if plan_id is not None:
        data["plan_id"] = plan_id
    if error is not None:
        data["error"] = error.model_dump()
    tell(connection, claimed.job_id, "state", data)
    announce(connection, claimed.job_id)
    reached("worker.before_commit")
    return True


def waiting(connection: Connection) -> int:
    """How many jobs are queued."""
    query = select(func.count()).select_from(jobs).where(jobs.c.state == "queued")
    return int(connection.execute(query).scalar_one())


def held(claimed: Claim) -> Any:
    """The fence."""
    return and_(
        jobs.c.id == claimed.job_id,
        jobs.c.attempt == claimed.attempt,
        jobs.c.state == "running",
    )


def hold(connection: Connection, claimed: Claim) -> bool:
    """Lock the job's row for this transaction, if the claim still holds."""
    query = select(jobs.c.id).where(held(claimed)).with_for_update()
    return connection.execute(query).one_or_none() is not None


def _tell_result(connection: Connection, claimed: Claim, proof: Proof) -> None:
    """Make the plan's own figures the job's last progress: short solves end between two reports."""
    query = select(jobs.c.progress).where(held(claimed))
    before = JobProgress(**(connection.execute(query).scalar_one() or {"stage": "", "time_s": 0}))
    last = JobProgress(
        stage=AT_THE_END,
        time_s=proof.wall_s,
        incumbent=proof.objective,
        bound=proof.bound,
        gap=proof.gap,
        nodes=before.nodes,
    )
    report(connection, claimed, last)


def _add_plan(connection: Connection, claimed: Claim, plan: FiledPlan) -> str:
    identifier = new_id("plan")
    document = plan.document.model_dump(mode="json")
    tables = [table.model_dump() for table in plan.tables]
    connection.execute(
        insert(plans).values(
            id=identifier,
            size_bytes=plan_bytes(document, tables),
            organisation_id=claimed.organisation_id,
            job_id=claimed.job_id,
            instance_id=claimed.instance_id,
            document=document,
            chosen=[project.model_dump() for project in plan.chosen],
            tables=tables,
            assumed_share=plan.assumed_share,
            review="draft",
            created_at=now(),
        )
    )
    for with_instance, text in plan.reports.items():
        reports.keep(connection, identifier, text, with_instance=with_instance)
    return identifier
