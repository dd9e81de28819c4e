"""Claims: one worker at a time, the fence, the lease, and whose turn it is."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from api.resources.jobs import JobError, JobProgress
from api.resources.organisations import Quota
from api.settings import Settings
from api.store import claims, jobs, plans, requeue
from api.store.claims import Orders, Outcome
from api.store.crew import Crew, crew_of
from api.store.tables import jobs as table
from optimizer import Options
from tests.support.ended import LEASE_S, claimed, filed, published
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from api.resources.jobs import Job
    from api.store import Store
    from api.store.claims import Claim
    from tests.support.people import Person

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
        return requeue.reap(tx, requeue.leases(tx), MOST_ATTEMPTS)


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
        assert not requeue.give_back(tx, late)
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
        before = requeue.leases(tx)
        assert claims.renew(tx, claim, LEASE_S, 1.5) == Orders(mine=True, cancel=False)
        assert requeue.reap(tx, before, MOST_ATTEMPTS) == 0, "the lease was renewed in time"
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
            assert requeue.give_back(tx, claim)

    assert state_of(store, ada, job.id).state == "queued"


def test_giving_back_a_cancelled_job_ends_it(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    claim = claimed(store)
    assert claim is not None
    with store.database.write() as tx:
        jobs.cancel(tx, ada.caller, job.id)
        assert requeue.give_back(tx, claim)

    assert state_of(store, ada, job.id).state == "cancelled"
    assert claimed(store) is None


def test_a_dead_workers_jobs_are_released_and_no_others(store: Store, ada: Person) -> None:
    instance = tiny(store, ada.caller).id
    dead, alive = (queued(store, ada.caller, instance) for _ in range(2))
    claimed(store, "dead")
    claimed(store, "alive")
    with store.database.write() as tx:
        assert requeue.release(tx, "dead", MOST_ATTEMPTS) == 1
        assert requeue.release(tx, "dead", MOST_ATTEMPTS) == 0

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

    with store.database.read() as tx:
        lost = requeue.leases(tx)

    def reap(_: int) -> int:
        with store.database.write() as tx:
            return requeue.reap(tx, lost, MOST_ATTEMPTS)

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


SHORT = Options(time_limit_s=300)
LONG = Options(time_limit_s=301)


def flooded(store: Store, name: str, options: Options | None, number: int = 20) -> Person:
    """An organisation with so many jobs that wait."""
    ada = person(store, organisation(store, name, quota=Quota(running_jobs=100)))
    instance = tiny(store, ada.caller).id
    for _ in range(number):
        queued(store, ada.caller, instance, options=options)
    return ada


def taken(store: Store, crew: Crew, most: int = 100) -> list[Claim]:
    """What free workers of a crew get, until there is nothing for the next."""
    found: list[Claim] = []
    while len(found) < most:
        with store.database.write() as tx:
            claim = claims.claim(tx, "worker", LEASE_S, crew)
        if claim is None:
            break
        found.append(claim)
    return found


@pytest.mark.parametrize("options", [None, SHORT])
def test_nobody_waits_for_all_of_anothers_jobs(store: Store, options: Options | None) -> None:
    """With both workers free and nobody else waiting, one is left for whoever comes."""
    flooded(store, "Flood", options)
    person(store, organisation(store, "Another"))
    crew = Crew(2, 0)

    assert len(taken(store, crew)) == 1

    later = flooded(store, "Later", None, 1)
    (claim,) = taken(store, crew, 1)
    assert claim.organisation_id == later.caller.organisation_id


def test_one_worker_is_anothers_with_the_next_job(store: Store) -> None:
    flooded(store, "Flood", None)
    (running,) = taken(store, Crew(1, 0), 1)
    later = flooded(store, "Later", None, 1)
    published(store, running, Outcome("cancelled", 0.0))

    (claim,) = taken(store, Crew(1, 0), 1)
    assert claim.organisation_id == later.caller.organisation_id


def test_who_is_alone_has_all_workers(store: Store) -> None:
    flooded(store, "Alone", LONG)

    assert len(taken(store, Crew(3, 1), 3)) == 3


def test_long_jobs_leave_workers_to_short_ones(store: Store) -> None:
    """Of four workers one is for short jobs, and each organisation leaves a long one's place."""
    first, second = flooded(store, "One", LONG), flooded(store, "Two", None)
    crew = Crew(4, 1)

    long = taken(store, crew)

    by = Counter(claim.organisation_id for claim in long)
    assert len(long) == 3
    assert max(by.values()) == 2
    third = flooded(store, "Three", SHORT, 1)
    (claim,) = taken(store, crew, 1)
    assert claim.organisation_id == third.caller.organisation_id
    assert {first.caller.organisation_id, second.caller.organisation_id} == set(by)


def test_priority_does_not_take_a_long_job_past_the_short_ones_worker(store: Store) -> None:
    crew = Crew(2, 1)
    flooded(store, "Others", LONG, 1)
    ada = person(store, organisation(store, "Ours", quota=Quota(running_jobs=100)))
    assert len(taken(store, crew)) == 1
    instance = tiny(store, ada.caller).id
    queued(store, ada.caller, instance, priority=9, options=LONG)
    short = queued(store, ada.caller, instance, priority=0, options=SHORT)

    (claim,) = taken(store, crew, 1)

    assert claim.job_id == short.id


def test_more_workers_than_were_told_are_counted(store: Store) -> None:
    """Jobs that run elsewhere show that there are more: nobody is held back by them."""
    for name in ("One", "Two", "Three"):
        flooded(store, name, LONG)
    for _ in range(6):
        claimed(store)

    assert len(taken(store, Crew(2, 0), 1)) == 1


@pytest.mark.parametrize(
    ("given", "served", "expected"),
    [
        ({"workers": 2}, True, Crew(2, 1)),
        ({"workers": 2, "short_workers": 0}, True, Crew(2, 0)),
        ({"workers": 1}, True, Crew(1, 0)),
        ({"workers": 0}, True, None),
        ({"workers": 2}, False, None),
        ({"workers": 2, "all_workers": 12, "short_workers": 3}, False, Crew(12, 3)),
        ({"workers": 2, "all_workers": 2, "short_workers": 9}, False, Crew(2, 1)),
    ],
)
def test_the_crew_is_what_the_settings_tell(
    given: dict[str, Any], served: bool, expected: Crew | None
) -> None:
    assert crew_of(Settings(**given), served=served) == expected


def test_a_job_is_short_by_its_own_limit_and_is_held_to_it() -> None:
    settings = Settings(job_time_s=1000, short_job_s=300)

    assert [settings.is_short(limit) for limit in (None, 300, 301)] == [False, True, False]
    assert [settings.longest_s(limit) for limit in (None, 300, 900)] == [1000, 660, 1000]
    assert Settings(job_time_s=200, short_job_s=300).is_short(None)
