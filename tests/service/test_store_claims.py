"""Claims: one worker at a time, the fence, the lease, and whose turn it is."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from api.resources.jobs import JobError, JobProgress
from api.resources.organisations import Quota
from api.store import claims, jobs, plans, returns
from api.store.claims import Orders, Outcome
from api.store.tables import jobs as table
from tests.service.ended import LEASE_S, claimed, filed, published
from tests.service.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from api.resources.jobs import Job
    from api.store import Store
    from tests.service.people import Person

MOST_ATTEMPTS = 3
CLAIM_ALL = """
from api.settings import Settings
from api.store import Store, claims
store = Store(Settings())
while True:
    with store.database.write() as tx:
        claim = claims.claim(tx, "a process", 60.0)
    if claim is None:
        break
    print(claim.job_id)
store.close()
"""


@pytest.fixture
def ada(store: Store) -> Person:
    """An analyst whose organisation may run a hundred jobs at once."""
    return person(store, organisation(store, quota=Quota(running_jobs=100)))


def state_of(store: Store, ada: Person, job: str) -> Job:
    with store.database.read() as tx:
        return jobs.get(tx, job, ada.caller)


def lapse(store: Store) -> int:
    """Let every lease run out, and take the jobs back."""
    with store.database.write() as tx:
        running = update(table).where(table.c.state == "running")
        tx.execute(running.values(lease_until=table.c.lease_until - 2 * LEASE_S))
        return returns.reap(tx, MOST_ATTEMPTS)


def test_a_claim_says_what_to_run(store: Store, ada: Person) -> None:
    instance = tiny(store, ada.caller)
    job = queued(store, ada.caller, instance.id)

    claim = claimed(store, "one")

    assert claim is not None
    assert (claim.job_id, claim.attempt, claim.kind) == (job.id, 1, "solve")
    assert store.files.get(claim.instance_file).startswith(b"{")
    assert claim.options == job.options.model_dump()
    assert state_of(store, ada, job.id).state == "running"
    assert claimed(store) is None


def test_whoever_lost_its_lease_can_change_nothing(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    late = claimed(store, "frozen")
    assert late is not None
    assert lapse(store) == 1
    second = claimed(store, "second")
    assert second is not None
    assert second.attempt == 2

    with store.database.write() as tx:
        assert claims.renew(tx, late, LEASE_S, 1.0) == Orders(mine=False, cancel=False)
        assert not claims.report(tx, late, JobProgress(stage="late", time_s=1), ("late",))
        assert not claims.publish(tx, late, Outcome("succeeded", 1.0, filed(store)))
        assert not returns.give_back(tx, late)
    assert published(store, second)
    assert not published(store, late)
    assert not published(store, second), "a second end"

    ended = state_of(store, ada, job.id)
    assert (ended.state, ended.attempt) == ("succeeded", 2)
    with store.database.read() as tx:
        assert [plan.id for plan in plans.listed(tx, ada.caller, None, 9).items] == [ended.plan_id]
        told = jobs.events(tx, job.id, ada.caller, 0)
    states = [event.data["state"] for event in told if event.type == "state"]
    assert states == ["queued", "running", "queued", "running", "succeeded"]
    others = [(event.type, event.data.get("stage")) for event in told if event.type != "state"]
    assert others == [("progress", "ended")], "a late word was kept"


def test_a_late_result_between_two_workers_is_refused(store: Store, ada: Person) -> None:
    """The job waits again: nobody holds it, least of all the worker that lost it."""
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    late = claimed(store)
    assert late is not None
    lapse(store)

    assert not published(store, late)
    assert state_of(store, ada, job.id).state == "queued"


def test_renewing_keeps_the_lease_and_hears_of_a_cancellation(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    claim = claimed(store, lease_s=0.001)
    assert claim is not None
    with store.database.write() as tx:
        assert claims.renew(tx, claim, LEASE_S, 1.5) == Orders(mine=True, cancel=False)
        assert returns.reap(tx, MOST_ATTEMPTS) == 0, "the lease was renewed in time"
        jobs.cancel(tx, ada.caller, job.id)
        assert claims.renew(tx, claim, LEASE_S, 2.5) == Orders(mine=True, cancel=True)
    assert state_of(store, ada, job.id).cpu_s == 2.5


def test_progress_is_told_and_kept(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    claim = claimed(store)
    assert claim is not None
    progress = JobProgress(stage="search", time_s=1.5, incumbent=3.0, bound=None)
    with store.database.write() as tx:
        assert claims.report(tx, claim, progress, ("one line", "another"))

    assert state_of(store, ada, job.id).progress == progress
    with store.database.read() as tx:
        told = jobs.events(tx, job.id, ada.caller, 2)
    assert [(event.number, event.type) for event in told] == [
        (3, "log"),
        (4, "log"),
        (5, "progress"),
    ]
    assert told[-1].data == progress.model_dump()


def test_a_job_whose_worker_is_lost_too_often_fails(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        claim = claimed(store)
        assert claim is not None
        assert claim.attempt == attempt
        assert lapse(store) == 1

    ended = state_of(store, ada, job.id)
    assert ended.state == "failed"
    assert ended.error is not None
    assert ended.error.reason == "worker_lost"
    assert claimed(store) is None


def test_giving_back_is_no_loss(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    for _ in range(MOST_ATTEMPTS + 2):
        claim = claimed(store)
        assert claim is not None
        with store.database.write() as tx:
            assert returns.give_back(tx, claim)

    assert state_of(store, ada, job.id).state == "queued"


def test_giving_back_a_cancelled_job_ends_it(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    claim = claimed(store)
    assert claim is not None
    with store.database.write() as tx:
        jobs.cancel(tx, ada.caller, job.id)
        assert returns.give_back(tx, claim)

    assert state_of(store, ada, job.id).state == "cancelled"
    assert claimed(store) is None


def test_a_dead_workers_jobs_are_released_and_no_others(store: Store, ada: Person) -> None:
    instance = tiny(store, ada.caller).id
    dead, alive = (queued(store, ada.caller, instance) for _ in range(2))
    claimed(store, "dead")
    claimed(store, "alive")
    with store.database.write() as tx:
        assert returns.release(tx, "dead", MOST_ATTEMPTS) == 1
        assert returns.release(tx, "dead", MOST_ATTEMPTS) == 0

    assert state_of(store, ada, dead.id).state == "queued"
    assert state_of(store, ada, alive.id).state == "running"


def test_a_job_to_be_cancelled_ends_with_its_lost_worker(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    claimed(store)
    with store.database.write() as tx:
        jobs.cancel(tx, ada.caller, job.id)
    lapse(store)

    assert state_of(store, ada, job.id).state == "cancelled"
    assert claimed(store) is None


def test_higher_priority_first_then_the_oldest(store: Store, ada: Person) -> None:
    instance = tiny(store, ada.caller).id
    order = [queued(store, ada.caller, instance, priority).id for priority in (5, 1, 5, 9)]

    taken = [claim.job_id for _ in order if (claim := claimed(store)) is not None]

    assert taken == [order[3], order[0], order[2], order[1]]


def test_no_more_run_than_the_quota_allows(store: Store) -> None:
    ada = person(store, organisation(store, quota=Quota(running_jobs=2)))
    instance = tiny(store, ada.caller).id
    for _ in range(3):
        queued(store, ada.caller, instance)

    first, second, third = claimed(store), claimed(store), claimed(store)

    assert first is not None
    assert second is not None
    assert third is None
    assert published(store, first)
    assert claimed(store) is not None


def test_organisations_are_served_in_turn(store: Store) -> None:
    """One that floods the queue does not hold up one that asks for little."""
    people = [person(store, organisation(store, f"Organisation {n}")) for n in range(3)]
    for ada, load in zip(people, (12, 4, 2), strict=True):
        instance = tiny(store, ada.caller).id
        for _ in range(load):
            queued(store, ada.caller, instance)
    names = {ada.caller.organisation_id: index for index, ada in enumerate(people)}
    served: list[int] = []
    running = [claim for _ in range(2) if (claim := claimed(store)) is not None]
    while running:
        served.append(names[running[0].organisation_id])
        published(store, running.pop(0), Outcome("cancelled", 0.0))
        if (claim := claimed(store)) is not None:
            running.append(claim)

    assert Counter(served) == {0: 12, 1: 4, 2: 2}
    assert Counter(served[:6]) == {0: 2, 1: 2, 2: 2}
    assert Counter(served[6:10]) == {0: 2, 1: 2}


def test_workers_in_many_processes_never_share_a_job(store: Store, ada: Person) -> None:
    instance = tiny(store, ada.caller).id
    wanted = {queued(store, ada.caller, instance).id for _ in range(40)}
    environment = {
        "LODESTONE_DATA_DIR": str(store.settings.data_dir),
        "LODESTONE_DATABASE_URL": store.settings.database_url,
        "PYTHONPATH": ".",
    }
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM_ALL], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    with ThreadPoolExecutor(4) as pool:
        inside = pool.map(lambda _: claimed(store), range(40))
        taken = [claim.job_id for claim in inside if claim is not None]
    for worker in workers:
        said, _ = worker.communicate(timeout=60)
        assert worker.returncode == 0
        taken += said.split()

    assert len(taken) == len(set(taken))
    while (claim := claimed(store)) is not None:
        taken.append(claim.job_id)
    assert set(taken) == wanted


def test_reaping_at_once_takes_each_job_back_once(store: Store, ada: Person) -> None:
    instance = tiny(store, ada.caller).id
    for _ in range(10):
        queued(store, ada.caller, instance)
        claimed(store, lease_s=-1.0)

    def reap(_: int) -> int:
        with store.database.write() as tx:
            return returns.reap(tx, MOST_ATTEMPTS)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(reap, range(8))) == 10


def test_the_end_without_a_plan_keeps_its_reason(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    claim = claimed(store)
    assert claim is not None
    error = JobError(reason="memory", detail="ask for more")

    assert published(store, claim, Outcome("failed", 7.5, error=error))

    ended = state_of(store, ada, job.id)
    assert (ended.state, ended.error, ended.plan_id, ended.cpu_s) == ("failed", error, None, 7.5)
    assert ended.ended_at is not None
