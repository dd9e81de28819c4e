"""Jobs run by a real worker: each state that a job can end in."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from api.acts import contents
from api.kinds import ReplayRequest
from api.reading.plans import reported
from api.store import jobs, plans, reports
from api.work.upkeep import named
from benchmarks.generate import Size, generate
from optimizer import Options, load
from optimizer.system.scratch import sweep
from tests.support.fleet import alive, all_ended, changed, ended_once, process, state_of, until
from tests.support.people import kept, organisation, person, queued, tiny

if TYPE_CHECKING:
    from pathlib import Path

    from api.caller import Caller
    from api.resources.jobs import Job
    from api.settings import Settings
    from api.store import Store

WORKER = "api.work.worker"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A little time for everything."""
    return changed(settings, lease_s=4.0, stop_s=4.0)


@pytest.fixture
def caller(store: Store) -> Caller:
    """An analyst."""
    return person(store, organisation(store)).caller


def seen(store: Store, caller: Caller, job: Job) -> Job:
    """A job as it is now."""
    with store.database.read() as connection:
        return jobs.get(connection, job.id, caller)


def hard(store: Store, caller: Caller) -> Job:
    """A job whose first plan comes soon and whose proof would take minutes."""
    submitted = kept(store, caller, generate(Size(60, 12, 6)))
    return queued(store, caller, submitted.id, options=Options(gap=0, worth_gap=0))


def searching(store: Store, caller: Caller, job: Job) -> bool:
    """Whether a job has a portfolio and goes on searching."""
    progress = seen(store, caller, job).progress
    return progress is not None and progress.incumbent is not None


def words_come_with_the_plan(store: Store, caller: Caller, plan_id: str, folder: Path) -> None:
    """Assert that both reports are kept, and are what reading the plan's files again would say."""
    found = contents.open_whole(store, caller, plan_id, "report")
    bundle = contents.bundle(store, found)
    for number, seen_too in enumerate((True, False)):
        with store.database.read() as connection:
            text = reports.kept(connection, plan_id, with_instance=seen_too)
        instance = bundle.instance if seen_too else None
        assert text == reported(folder / str(number), bundle._replace(instance=instance))


def test_a_queued_job_ends_with_a_plan_and_a_replay_finds_it_again(
    store: Store, settings: Settings, caller: Caller, tmp_path: Path
) -> None:
    job = queued(store, caller, tiny(store, caller).id)

    with process(settings, WORKER):
        until(lambda: all_ended(store))
        job = seen(store, caller, job)
        assert job.state == "succeeded"
        assert job.plan_id is not None
        with store.database.write() as tx:
            plan = plans.get(tx, job.plan_id, caller)
            again = jobs.enqueue(tx, caller, ReplayRequest(kind="replay", plan_id=plan.id))
        until(lambda: all_ended(store))

    words_come_with_the_plan(store, caller, plan.id, tmp_path)
    assert plan.certified
    assert plan.proof.objective == pytest.approx(44.768, rel=1e-3)
    assert plan.chosen[0].fund_musd > 0
    assert job.cpu_s > 1
    replayed = seen(store, caller, again).replayed
    assert replayed is not None
    assert replayed.same
    assert replayed.plan_id == plan.id
    ended_once(store)
    assert named(store) == store.files.all()
    until(lambda: not alive(settings))
    sweep(settings.scratch, new_s=0)
    assert not list(settings.scratch.iterdir())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_proof_that_there_is_no_plan_is_kept(
    store: Store, settings: Settings, caller: Caller
) -> None:
    """A mine must be built, and there is no money."""
    impossible = load("instances/tiny").changed(budget_factor=0, fix_in=["pit"])
    job = queued(store, caller, kept(store, caller, impossible).id)

    with process(settings, WORKER):
        until(lambda: all_ended(store))

    job = seen(store, caller, job)
    assert job.state == "infeasible"
    with store.database.read() as connection:
        plan = plans.get(connection, job.plan_id or "", caller)
    assert not plan.found
    assert plan.proof.status == "infeasible"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cancelled_search_keeps_its_best_plan(
    store: Store, settings: Settings, caller: Caller
) -> None:
    job = hard(store, caller)

    with process(settings, WORKER):
        until(lambda: searching(store, caller, job))
        with store.database.write() as tx:
            jobs.cancel(tx, caller, job.id)
        until(lambda: all_ended(store))

    job = seen(store, caller, job)
    assert job.state == "stopped_with_plan"
    with store.database.read() as connection:
        assert plans.get(connection, job.plan_id or "", caller).found
    ended_once(store)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_job_that_has_no_time_or_no_memory_fails_and_says_so(
    store: Store, settings: Settings, caller: Caller
) -> None:
    short = hard(store, caller)
    with process(changed(settings, job_time_s=0.2), WORKER):
        until(lambda: all_ended(store))
    narrow = queued(store, caller, tiny(store, caller).id)
    with process(changed(settings, job_memory_mb=400), WORKER):
        until(lambda: all_ended(store))

    for job, reason in ((short, "no_plan_in_time"), (narrow, "memory")):
        error = seen(store, caller, job).error
        assert error is not None
        assert error.reason == reason
    ended_once(store)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_job_keeps_what_it_is_asked_to_or_says_why_not(
    store: Store, settings: Settings, caller: Caller
) -> None:
    instance = tiny(store, caller).id
    small = queued(store, caller, instance, options=Options(keep="marked"))
    wrong = queued(store, caller, instance, options=Options(keep=("licencing",)))
    with process(settings, WORKER):
        until(lambda: all_ended(store))

    plan_id, error = seen(store, caller, small).plan_id, seen(store, caller, wrong).error
    assert plan_id is not None
    whole = contents.open_whole(store, caller, plan_id, "tables").stored
    assert whole.raw["kept"] == ["nominal"]
    assert error is not None
    assert error.reason == "instance"
    assert "'licencing' is no scenario of tiny; it has embargo, nominal" in error.detail


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_job_says_how_firm_its_plan_is(store: Store, settings: Settings, caller: Caller) -> None:
    asked = Options(firm=True, firm_draws=50)
    job = queued(store, caller, tiny(store, caller).id, options=asked)
    with process(settings, WORKER):
        until(lambda: all_ended(store))

    plan_id = seen(store, caller, job).plan_id
    assert plan_id is not None
    cases = contents.open_whole(store, caller, plan_id, "tables").stored.raw["proof"]["firm"]
    assert [one["case"] for one in cases][::4] == ["half_salvage", "failures"]
    assert cases[-1]["worth"] == pytest.approx(14.496, abs=1e-6)


def test_a_worker_that_must_go_gives_its_job_back(
    store: Store, settings: Settings, caller: Caller
) -> None:
    job = queued(store, caller, tiny(store, caller).id)

    with process(changed(settings, stop_s=0.5), WORKER) as worker:
        until(lambda: state_of(store, job.id) == "running")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0

    assert state_of(store, job.id) == "queued"
    until(lambda: not alive(settings))
    with store.database.read() as connection:
        last = jobs.events(connection, job.id, caller, 0)[-1]
    assert last.data == {"state": "queued", "because": "the worker was stopped"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_damaged_instance_file_fails_its_job(
    store: Store, settings: Settings, caller: Caller
) -> None:
    job = queued(store, caller, tiny(store, caller).id)
    for name in store.files.all():
        store.files.place(name).write_bytes(b"{}")

    with process(settings, WORKER):
        until(lambda: all_ended(store))

    error = seen(store, caller, job).error
    assert error is not None
    assert error.reason == "storage"


def test_anothers_short_job_waits_for_no_long_one(
    store: Store, settings: Settings, caller: Caller
) -> None:
    """Two workers, and two jobs of one organisation that would take minutes each."""
    first, second = hard(store, caller), hard(store, caller)
    other = person(store, organisation(store, "Another")).caller
    both = changed(settings, all_workers=2)

    with process(both, WORKER), process(both, WORKER):
        until(lambda: searching(store, caller, first))
        job = queued(store, other, tiny(store, other).id, options=Options(time_limit_s=60))
        until(lambda: seen(store, other, job).ended)
        assert seen(store, other, job).state == "succeeded"
        assert state_of(store, first.id) == "running"
        assert state_of(store, second.id) == "queued"
        with store.database.write() as tx:
            for one in (second, first):
                jobs.cancel(tx, caller, one.id)
        until(lambda: all_ended(store))
    ended_once(store)
