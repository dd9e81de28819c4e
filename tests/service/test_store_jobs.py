"""Jobs as their submitters see them: cancel, retry, events, pages, quotas, idempotency."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from api.errors import Conflict, Forbidden, Invalid, KeyReused, NotFound, QuotaExceeded
from api.kinds import ReplayRequest, SolveRequest
from api.resources.examined import Examined
from api.resources.jobs import JobProgress
from api.resources.organisations import Quota
from api.settings import Settings
from api.store import claims, idempotency, instances, jobs, organisations, requeue
from api.store.claims import Outcome
from api.store.filters import Span
from api.store.idempotency import Answer, Once
from api.store.instances import Origin
from api.store.jobs import JobFilter
from api.store.tables import plans as plans_table
from optimizer import Options
from tests.support.ended import claimed, planned, published
from tests.support.people import Person, organisation, person, queued, tiny

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.jobs import Job
    from api.resources.organisations import Usage
    from api.store import Store

ALL = JobFilter()


@pytest.fixture
def ada(store: Store) -> Person:
    """An analyst."""
    return person(store, organisation(store))


def cancelled(store: Store, caller: Caller, job: str) -> Job:
    with store.database.write() as tx:
        return jobs.cancel(tx, caller, job)


def test_cancelling_a_waiting_job_ends_it_at_once(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)

    ended = cancelled(store, ada.caller, job.id)

    assert ended.state == "cancelled"
    assert ended.ended
    assert claimed(store) is None


def test_cancelling_a_running_job_asks_its_worker(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    claim = claimed(store)
    assert claim is not None

    asked = cancelled(store, ada.caller, job.id)
    again = cancelled(store, ada.caller, job.id)

    assert (asked.state, asked.cancel_requested) == ("running", True)
    assert again == asked
    assert published(store, claim, Outcome("stopped_with_plan", 1.0))


@pytest.mark.parametrize("state", ["succeeded", "stopped_with_plan", "infeasible", "failed"])
def test_what_has_ended_is_not_cancelled(store: Store, ada: Person, state: str) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    claim = claimed(store)
    assert claim is not None
    assert published(store, claim, Outcome(state, 1.0))  # type: ignore[arg-type]

    with pytest.raises(Conflict, match=state):
        cancelled(store, ada.caller, job.id)


def test_cancelling_twice_at_once_ends_once(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)

    def cancel(_: int) -> bool:
        try:
            return cancelled(store, ada.caller, job.id).ended
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(cancel, range(8))) == 1
    with store.database.read() as tx:
        told = [event.data["state"] for event in jobs.events(tx, job.id, ada.caller, 0)]
    assert told == ["queued", "cancelled"]


def test_a_retry_is_a_new_job_that_asks_the_same(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id, priority=7)
    with store.database.write() as tx, pytest.raises(Conflict, match="queued"):
        jobs.retry(tx, ada.caller, job.id)
    cancelled(store, ada.caller, job.id)

    with store.database.write() as tx:
        again = jobs.retry(tx, ada.caller, job.id)

    assert again.retry_of == job.id
    assert again.id != job.id
    assert (again.state, again.attempt) == ("queued", 0)
    same = ("instance_id", "instance_hash", "options", "priority", "kind")
    assert [getattr(again, name) for name in same] == [getattr(job, name) for name in same]


def test_a_replay_names_its_plan_and_keeps_its_options(store: Store, ada: Person) -> None:
    plan = planned(store, ada.caller)
    request = ReplayRequest(kind="replay", plan_id=plan.id)
    with store.database.write() as tx:
        job = jobs.enqueue(tx, ada.caller, request)
    claim = claimed(store)

    assert claim is not None
    assert (claim.kind, claim.request["plan_id"]) == ("replay", plan.id)
    assert job.instance_id == plan.instance_id


def test_events_have_no_gap_under_concurrent_writers(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    claim = claimed(store)
    assert claim is not None

    def write(number: int) -> None:
        with store.database.write() as tx:
            progress = JobProgress(stage="search", time_s=number)
            assert claims.report(tx, claim, progress, (f"line {number}",))

    with ThreadPoolExecutor(8) as pool:
        seen: list[int] = []
        writing = [pool.submit(write, number) for number in range(20)]
        while not all(task.done() for task in writing):
            with store.database.read() as tx:
                seen += [event.number for event in jobs.events(tx, job.id, ada.caller, len(seen))]
        for task in writing:
            task.result()
    with store.database.read() as tx:
        seen += [event.number for event in jobs.events(tx, job.id, ada.caller, len(seen))]
        assert jobs.news(tx, [job.id]) == {job.id: (42, False)}
        first = jobs.events(tx, job.id, ada.caller, 0, limit=5)
    assert seen == list(range(1, 43)), "whoever follows meets each number once, in order"
    assert [event.number for event in first] == [1, 2, 3, 4, 5]


def submit_once(store: Store, caller: Caller, instance: str, once: Once) -> Answer:
    """What a route does for a request with an idempotency key."""
    request = SolveRequest(kind="solve", instance_id=instance)
    with store.database.write() as tx:
        known = idempotency.earlier(tx, caller, once)
        if known is not None:
            return known
        job = jobs.enqueue(tx, caller, request)
        answer = Answer(202, f"/v1/jobs/{job.id}", job.model_dump_json())
        idempotency.remember(tx, caller, once, answer)
        return answer


def test_fifty_requests_with_one_key_make_one_job(store: Store, ada: Person) -> None:
    instance = tiny(store, ada.caller).id
    once = Once("a key", "f" * 64)

    with ThreadPoolExecutor(50) as pool:
        answers = set(pool.map(lambda _: submit_once(store, ada.caller, instance, once), range(50)))

    assert len(answers) == 1
    with store.database.read() as tx:
        assert len(jobs.listed(tx, ada.caller, ALL, None, 200).items) == 1


def test_a_key_stands_for_one_request_of_one_user(store: Store, ada: Person) -> None:
    instance = tiny(store, ada.caller).id
    submit_once(store, ada.caller, instance, Once("a key", "f" * 64))

    with pytest.raises(KeyReused):
        submit_once(store, ada.caller, instance, Once("a key", "e" * 64))
    bob = person(store, ada.caller.organisation_id)
    assert submit_once(store, bob.caller, instance, Once("a key", "e" * 64))


def test_a_refused_request_leaves_no_key(store: Store, ada: Person) -> None:
    once = Once("a key", "f" * 64)
    with pytest.raises(NotFound):
        submit_once(store, ada.caller, "ins_" + "0" * 24, once)

    assert submit_once(store, ada.caller, tiny(store, ada.caller).id, once)


def test_old_keys_are_forgotten(store: Store, ada: Person) -> None:
    instance = tiny(store, ada.caller).id
    once = Once("a key", "f" * 64)
    first = submit_once(store, ada.caller, instance, once)
    with store.database.write() as tx:
        assert idempotency.forget(tx, 3600.0) == 0
        assert idempotency.forget(tx, -1.0) == 1

    assert submit_once(store, ada.caller, instance, once) != first


def test_pages_are_stable_while_jobs_come(store: Store, ada: Person) -> None:
    instance = tiny(store, ada.caller).id
    there = [queued(store, ada.caller, instance).id for _ in range(25)][::-1]
    found: list[str] = []
    cursor = None
    while True:
        with store.database.read() as tx:
            part = jobs.listed(tx, ada.caller, ALL, cursor, 10)
        found += [job.id for job in part.items]
        queued(store, ada.caller, instance)
        cursor = part.next
        if cursor is None:
            break

    assert found == there


@pytest.mark.parametrize("cursor", ["x", "é", "W10=", "WzEuMCwgIlx1MDAwMCJd", "WzEsIDJd", "e30="])
def test_a_cursor_that_was_never_given_is_refused(store: Store, ada: Person, cursor: str) -> None:
    """Among them `[1.0, "\\0"]`, which PostgreSQL would choke on."""
    with store.database.read() as tx, pytest.raises(Invalid, match="cursor"):
        jobs.listed(tx, ada.caller, ALL, cursor, 10)


def test_jobs_are_listed_by_state_kind_instance_and_time(store: Store, ada: Person) -> None:
    one, other = (tiny(store, ada.caller).id for _ in range(2))
    first = queued(store, ada.caller, one).id
    second = queued(store, ada.caller, other).id
    cancelled(store, ada.caller, first)
    now = store.database.time()

    def found(**wanted: object) -> list[str]:
        with store.database.read() as tx:
            page = jobs.listed(tx, ada.caller, JobFilter(**wanted), None, 9)  # type: ignore[arg-type]
        return [job.id for job in page.items]

    assert found() == [second, first]
    assert found(states=("queued",)) == [second]
    assert found(states=("queued", "cancelled")) == [second, first]
    assert found(kinds=("replay",)) == []
    assert found(instance_id=one) == [first]
    assert found(span=Span(now - 600, now + 600)) == [second, first]
    assert found(span=Span(now + 600)) == []
    assert found(span=Span(until=now - 600)) == []


def test_many_submissions_at_once_stay_within_the_quota(store: Store) -> None:
    ada = person(store, organisation(store, quota=Quota(queued_jobs=5)))
    instance = tiny(store, ada.caller).id

    def submit(_: int) -> bool:
        try:
            queued(store, ada.caller, instance)
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(submit, range(20))) == 5


def test_many_instances_at_once_stay_within_the_quota(store: Store) -> None:
    ada = person(store, organisation(store, quota=Quota(instances=3)))

    def submit(_: int) -> bool:
        try:
            tiny(store, ada.caller)
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(submit, range(6))) == 3


MINUTE = Options(time_limit_s=60)
"""With these a job may take three minutes, and thus reserves 360 CPU seconds."""


def usage(store: Store, ada: Person) -> Usage:
    with store.database.read() as tx:
        return organisations.get(tx, ada.caller.organisation_id).usage


def test_cpu_time_is_counted_against_the_quota(store: Store) -> None:
    ada = person(store, organisation(store, quota=Quota(cpu_s_per_30_days=365)))
    instance = tiny(store, ada.caller).id
    queued(store, ada.caller, instance, options=MINUTE)
    claim = claimed(store)
    assert claim is not None
    assert published(store, claim, Outcome("cancelled", 5.0))
    queued(store, ada.caller, instance, options=MINUTE)
    claim = claimed(store)
    assert claim is not None
    assert published(store, claim, Outcome("cancelled", 5.0))

    words = "10 CPU seconds were used .* 0 are reserved .* at most 365; this job may use 360"
    with pytest.raises(QuotaExceeded, match=words):
        queued(store, ada.caller, instance, options=MINUTE)
    queued(store, ada.caller, instance, options=Options(time_limit_s=50))
    found = usage(store, ada)
    assert (found.cpu_s_last_30_days, found.cpu_s_reserved) == (10.0, 320.0)
    assert (found.queued_jobs, found.instances) == (1, 1)


def test_jobs_that_wait_or_run_have_reserved_the_most_they_may_use(store: Store) -> None:
    """One CPU second less than eight jobs need lets seven in, however many come at once."""
    ada = person(store, organisation(store, quota=Quota(cpu_s_per_30_days=8 * 360 - 1)))
    instance = tiny(store, ada.caller).id

    def submit(_: int) -> bool:
        try:
            queued(store, ada.caller, instance, options=MINUTE)
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(submit, range(20))) == 7
    claim = claimed(store)
    assert claim is not None
    assert usage(store, ada).cpu_s_reserved == 7 * 360
    assert not submit(0), "one that runs still holds what it may use"
    assert published(store, claim, Outcome("cancelled", 0.5))
    assert submit(0), "all but half a second of it is free again"
    assert not submit(0)


def test_a_job_without_a_limit_reserves_what_the_operator_lets_it_take(
    store: Store, ada: Person
) -> None:
    instance = tiny(store, ada.caller).id
    request = SolveRequest(kind="solve", instance_id=instance)
    with store.database.write() as tx:
        jobs.enqueue(tx, ada.caller, request, Settings(job_time_s=100))
    assert usage(store, ada).cpu_s_reserved == 200
    queued(store, ada.caller, instance)
    assert usage(store, ada).cpu_s_reserved == 200 + 2 * 7200
    assert Quota().cpu_s_per_30_days >= 300 * 2 * Settings().job_time_s


def test_jobs_that_are_cancelled_again_and_again_are_counted(store: Store) -> None:
    """None of them waits or has used anything; but each of them is kept."""
    ada = person(store, organisation(store, quota=Quota(jobs_per_day=3)))
    instance = tiny(store, ada.caller).id
    for _ in range(3):
        cancelled(store, ada.caller, queued(store, ada.caller, instance).id)
    assert usage(store, ada).jobs_last_day == 3

    with pytest.raises(QuotaExceeded, match="3 jobs were submitted in 24 hours, of at most 3"):
        queued(store, ada.caller, instance)


def test_lost_attempts_are_used_cpu_time(store: Store, ada: Person) -> None:
    """Whatever became of the worker; also while the job waits to be started again."""
    queued(store, ada.caller, tiny(store, ada.caller).id, options=MINUTE)
    for attempt in (1, 2):
        claim = claimed(store)
        assert claim is not None
        with store.database.write() as tx:
            claims.renew(tx, claim, 60, 7.0)
            if attempt == 1:
                requeue.lose(tx, claim, 5)
            else:
                requeue.give_back(tx, claim)
        assert usage(store, ada).cpu_s_last_30_days == 7.0 * attempt
    claim = claimed(store)
    assert claim is not None
    assert published(store, claim, Outcome("cancelled", 1.0))

    found = usage(store, ada)
    assert (found.cpu_s_last_30_days, found.cpu_s_reserved) == (15.0, 0.0)


def test_what_is_kept_is_counted_as_it_is_kept(store: Store) -> None:
    """Each content once, plans with their tables; then nothing more is taken, jobs neither."""
    ada = person(store, organisation(store, quota=Quota(stored_mb=1)))
    first = tiny(store, ada.caller)
    assert usage(store, ada).stored_mb == first.size_bytes / 2**20
    again = tiny(store, ada.caller)
    assert again.id != first.id
    assert usage(store, ada).stored_mb == first.size_bytes / 2**20
    planned(store, ada.caller)
    with_plan = usage(store, ada).stored_mb
    assert with_plan > first.size_bytes / 2**20

    def keep(size_bytes: int, file: str) -> None:
        examined = Examined("big", "", "0" * 64, size_bytes, {}, 1.0, ())
        with store.database.write() as tx:
            instances.add(tx, ada.caller, examined, file)

    with pytest.raises(QuotaExceeded, match=r"this takes 60.0 MiB unpacked, of at most 1 MiB"):
        keep(60 * 2**20, "a" * 64)
    keep(2**20 - int(with_plan * 2**20) - 1, "b" * 64)
    with pytest.raises(QuotaExceeded, match=r"1.0 MiB of instances and plans are kept"):
        keep(2**10, "c" * 64)
    queued(store, ada.caller, first.id)
    with store.database.write() as tx:
        tx.execute(update(plans_table).values(size_bytes=2**20))
    with pytest.raises(QuotaExceeded, match="of at most 1 MiB"):
        queued(store, ada.caller, first.id)


def test_what_ifs_and_jobs_of_one_instance_do_not_block_each_other(
    store: Store, ada: Person
) -> None:
    """A what-if refers to its parent while a job of the parent is being queued."""
    instance = tiny(store, ada.caller)
    origin = Origin(instance.id, ())

    def what_if(_: int) -> None:
        with store.database.write() as tx:
            file = instances.file_of(tx, instance.id, ada.caller)
            examined = instances.Examined(
                **{name: getattr(instance, name) for name in instances.Examined._fields}
            )
            child = instances.add(tx, ada.caller, examined, file, origin)
            jobs.enqueue(tx, ada.caller, SolveRequest(kind="solve", instance_id=child.id))

    with ThreadPoolExecutor(8) as pool:
        made = [pool.submit(what_if, number) for number in range(15)]
        made += [pool.submit(queued, store, ada.caller, instance.id) for _ in range(15)]
        for task in made:
            task.result()
    with store.database.read() as tx:
        assert len(jobs.listed(tx, ada.caller, ALL, None, 200).items) == 30


def test_an_instance_is_deleted_only_while_nothing_needs_it(store: Store, ada: Person) -> None:
    used, spare = tiny(store, ada.caller), tiny(store, ada.caller)
    queued(store, ada.caller, used.id)

    with store.database.write() as tx, pytest.raises(Conflict, match="a job is made of it"):
        instances.remove(tx, used.id, ada.caller)
    with store.database.write() as tx:
        instances.remove(tx, spare.id, ada.caller)
    with store.database.read() as tx, pytest.raises(NotFound):
        instances.get(tx, spare.id, ada.caller)


def test_deleting_and_submitting_at_once_leave_no_job_without_instance(
    store: Store, ada: Person
) -> None:
    for _ in range(10):
        instance = tiny(store, ada.caller).id

        def remove(instance: str = instance) -> bool:
            try:
                with store.database.write() as tx:
                    instances.remove(tx, instance, ada.caller)
            except (Conflict, NotFound):
                return False
            return True

        def submit(instance: str = instance) -> bool:
            try:
                queued(store, ada.caller, instance)
            except NotFound:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            gone = [pool.submit(remove) for _ in range(2)]
            begun = [pool.submit(submit) for _ in range(2)]
        removed = [task.result() for task in gone]
        assert sum(removed) <= 1
        assert any(removed) != any(task.result() for task in begun)


def test_another_organisation_sees_no_job(store: Store, ada: Person) -> None:
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    eve = person(store, organisation(store, "Another"), "admin").caller
    with store.database.write() as tx:
        for act in (
            lambda: jobs.get(tx, job.id, eve),
            lambda: jobs.events(tx, job.id, eve, 0),
            lambda: jobs.cancel(tx, eve, job.id),
            lambda: jobs.retry(tx, eve, job.id),
        ):
            with pytest.raises(NotFound):
                act()
        assert jobs.listed(tx, eve, ALL, None, 9).items == ()
        with pytest.raises((NotFound, Forbidden)):
            jobs.enqueue(tx, eve, SolveRequest(kind="solve", instance_id=job.instance_id))
