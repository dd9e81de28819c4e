"""Whatever dies, and wherever it does: every accepted job ends once, and nothing is left behind.

`LODESTONE_ROUNDS=200` plays so many seeded rounds on each database instead of a few chosen ones.
"""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from api.store import processes
from api.store.tables import jobs
from tests.support.fault_rounds import (
    Fault,
    fault_of,
    nothing_is_left,
    quick,
    served_again_and_again,
    survives,
    thaw,
)
from tests.support.fleet import (
    alive,
    all_ended,
    attempts,
    changed,
    ended_once,
    fails_without_solvers,
    kill,
    pids,
    process,
    states,
    until,
)
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings
    from api.store import Store

WORKER = "api.work.worker"
ROUNDS = int(os.environ.get("LODESTONE_ROUNDS", "0"))
CHOSEN = (
    ("sqlite", Fault(victim="supervisor", after_s=4.0)),
    ("postgresql", Fault(point="worker.before_commit")),
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Short leases."""
    return quick(settings)


@pytest.mark.skipif(ROUNDS > 0, reason="the seeded rounds are played instead")
@pytest.mark.parametrize(("database_url", "fault"), CHOSEN, indirect=["database_url"])
def test_after_a_death_every_job_ends_once(
    store: Store, settings: Settings, fault: Fault, tmp_path: Path
) -> None:
    survives(store, settings, fault, tmp_path)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_seeded_round(store: Store, settings: Settings, seed: int, tmp_path: Path) -> None:
    survives(store, settings, fault_of(seed), tmp_path)


def doing(store: Store, pid: int) -> str:
    """What a process says that it does."""
    with store.database.read() as connection:
        return next(one.doing for one in processes.living(connection) if one.pid == pid)


def submitted(store: Store, count: int = 1) -> None:
    """Jobs that wait."""
    caller = person(store, organisation(store)).caller
    instance = tiny(store, caller).id
    for _ in range(count):
        queued(store, caller, instance)


def test_a_worker_frozen_past_its_lease_publishes_nothing(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """It goes on with a result of its own while another runs the job: only the latest counts."""
    submitted(store)
    first, second = tmp_path / "first", tmp_path / "second"

    with process(settings, WORKER, fault=f"worker.ended=freeze:{first}") as late:
        until(first.exists)
        patient = changed(settings, lease_s=60.0)
        with process(patient, WORKER, fault=f"worker.started=freeze:{second}") as other:
            until(second.exists)
            thaw([late.pid])
            until(lambda: doing(store, late.pid) == "waits for jobs")
            assert late.poll() is None
            assert states(store) == {"running": 1}
            thaw([other.pid])
            until(lambda: all_ended(store))
    ended_once(store)
    assert attempts(store) == [2]


def test_a_worker_frozen_in_the_midst_of_a_transaction_holds_nobody_up(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """It holds a lock that all others wait for, until the supervisor ends it."""
    submitted(store, 2)
    marker = tmp_path / "marker"
    with served_again_and_again(settings, f"worker.before_commit=freeze:{marker}"):
        until(lambda: all_ended(store))
    assert marker.exists()
    ended_once(store)
    until(lambda: not alive(settings))
    nothing_is_left(store, settings)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_job_survives_a_database_that_is_away(store: Store, settings: Settings) -> None:
    """Somebody locks the database for longer than a lease; nothing is lost, nothing is done twice.

    The lock outlasts the time that SQLite itself waits.
    """
    submitted(store)
    with process(settings, WORKER):
        until(lambda: states(store)["running"] == 1)
        other = sqlite3.connect(settings.data_dir / "lodestone.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(2 * settings.lease_s + 2)
        other.execute("ROLLBACK")
        other.close()
        until(lambda: all_ended(store))
    ended_once(store)
    assert attempts(store) == [1]


def test_a_clock_that_jumps_loses_nothing(store: Store, settings: Settings) -> None:
    """All times of a running job are suddenly an hour old: it is taken back, and ends once."""
    submitted(store)
    with process(settings, WORKER), process(settings, WORKER):
        until(lambda: states(store)["running"] == 1)
        with store.database.write() as tx:
            tx.execute(
                update(jobs).values(
                    lease_until=jobs.c.lease_until - 3600, created_at=jobs.c.created_at - 3600
                )
            )
        until(lambda: all_ended(store))
    ended_once(store)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_death_of_the_solver_ends_the_job_once(store: Store, settings: Settings) -> None:
    submitted(store)
    with process(settings, WORKER):
        until(lambda: fails_without_solvers(store, settings))
    ended_once(store)
    assert states(store)["failed"] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_runner_that_is_killed_again_and_again_fails_its_job(
    store: Store, settings: Settings
) -> None:
    submitted(store)
    with process(changed(settings, max_attempts=2), WORKER):
        for _ in range(2):
            until(lambda: pids(settings, "optimizer.highs.child"))
            kill(settings, "api.work.runner")
            until(lambda: not pids(settings, "optimizer.highs.child"))
        until(lambda: all_ended(store))
    ended_once(store)
    with store.database.read() as connection:
        assert connection.execute(jobs.select()).one().error["reason"] == "worker_lost"
    until(lambda: not alive(settings))
