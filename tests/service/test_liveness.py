"""What hangs is noticed, ended and followed by another; what is healthy is left alone."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import update

from api import patience
from api.patience import Patience
from api.store import processes
from api.store.tables import jobs
from api.work import posts
from api.work.notifier import Notifier
from api.work.pulse import HUNG
from api.work.upkeep import Reaper
from benchmarks.generate import Size, generate
from optimizer import Options
from tests.service.test_faults_http import free_port
from tests.support.fault_rounds import quick, thaw
from tests.support.fleet import (
    all_ended,
    attempts,
    changed,
    ended_once,
    kill,
    pids,
    process,
    state_of,
    states,
    until,
)
from tests.support.people import kept, organisation, person, queued, tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.settings import Settings
    from api.store import Store

WORKER = "api.work.worker"
SERVER = "api.http.server"
HANG_S = 6.0


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A service in which silence is noticed soon."""
    return changed(quick(settings), hang_s=HANG_S)


def beating(store: Store, kind: str) -> set[int]:
    """Ids of the processes of a kind that have beaten lately."""
    with store.database.read() as tx:
        found = processes.living(tx)
    return {one.pid for one in found if one.kind == kind and one.silent_s < HANG_S}


def known(store: Store) -> set[int]:
    """Ids of all processes that the table names."""
    with store.database.read() as tx:
        return {one.pid for one in processes.living(tx)}


def working_on(store: Store, job: str) -> list[int]:
    """Ids of the processes that say that they run a job."""
    with store.database.read() as tx:
        return [one.pid for one in processes.living(tx) if job in one.doing]


def tallied(store: Store, name: str) -> int:
    """How often something was counted."""
    with store.database.read() as tx:
        return processes.tallied(tx).get(name, 0)


def long_job(store: Store) -> str:
    """A job that searches until it is told to stop."""
    caller = person(store, organisation(store)).caller
    submitted = kept(store, caller, generate(Size(60, 12, 6)))
    return queued(store, caller, submitted.id, options=Options(gap=0, worth_gap=0)).id


def cancel(store: Store, job: str) -> None:
    with store.database.write() as tx:
        tx.execute(update(jobs).where(jobs.c.id == job).values(cancel_requested=True))


def freeze(store: Store, pid: int) -> None:
    """Stop a process, not in the midst of a transaction: it must not take others with it."""
    with store.database.write():
        os.kill(pid, signal.SIGSTOP)


def replaced(store: Store, kind: str, frozen: int) -> bool:
    """Whether a frozen process is gone, from the machine and the table, and another beats."""
    gone = not os.path.exists(f"/proc/{frozen}") and frozen not in known(store)
    return gone and len(beating(store, kind)) >= 1


def test_server_and_workers_beat_and_are_forgotten_at_their_end(
    store: Store, settings: Settings
) -> None:
    with process(settings, "api.cli", "serve") as service:
        until(lambda: len(beating(store, "worker")) == 2 and len(beating(store, "server")) == 1)
        assert beating(store, "worker") == set(pids(settings, WORKER))
        assert beating(store, "server") == set(pids(settings, SERVER))
        service.send_signal(signal.SIGTERM)
        service.wait(60)
    assert known(store) == set()


def test_a_frozen_idle_worker_is_replaced(store: Store, settings: Settings) -> None:
    with process(settings, "api.cli", "serve"):
        until(lambda: len(beating(store, "worker")) == 2)
        frozen, healthy = sorted(beating(store, "worker"))
        freeze(store, frozen)
        until(lambda: replaced(store, "worker", frozen) and len(beating(store, "worker")) == 2)
        assert healthy in beating(store, "worker")
        assert tallied(store, "hung.worker") == 1
        kill(settings, WORKER)
        until(lambda: tallied(store, "died.worker") == 2)


def test_a_frozen_worker_with_a_job_is_replaced_and_the_job_goes_on(
    store: Store, settings: Settings
) -> None:
    job = long_job(store)
    with process(settings, "api.cli", "serve"):
        until(lambda: len(working_on(store, job)) == 1 and len(beating(store, "worker")) == 2)
        frozen = working_on(store, job)[0]
        freeze(store, frozen)
        until(lambda: attempts(store) == [2] and states(store)["running"] == 1)
        until(lambda: replaced(store, "worker", frozen))
        cancel(store, job)
        until(lambda: all_ended(store))
    ended_once(store)
    assert tallied(store, processes.TAKEN_BACK) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_frozen_server_is_replaced_and_answers(store: Store, settings: Settings) -> None:
    settings = changed(settings, port=free_port())
    with process(settings, "api.cli", "serve"):
        until(lambda: len(beating(store, "server")) == 1)
        frozen = pids(settings, SERVER)[0]
        freeze(store, frozen)
        until(lambda: replaced(store, "server", frozen))
        assert httpx.get(f"http://127.0.0.1:{settings.port}/livez").status_code == 200
        assert tallied(store, "hung.server") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_supervisor_that_was_stopped_itself_forgives(store: Store, settings: Settings) -> None:
    """The whole machine is suspended for longer than anybody may be silent, and wakes up."""
    with process(settings, "api.cli", "serve") as service:
        until(lambda: len(beating(store, "worker")) == 2 and len(beating(store, "server")) == 1)
        everybody = pids(settings, WORKER) + pids(settings, SERVER)
        with store.database.write():
            for pid in (service.pid, *everybody):
                os.kill(pid, signal.SIGSTOP)
        with pytest.raises(AssertionError, match="in time"):
            until(lambda: False, 2 * HANG_S)
        thaw([service.pid, *everybody])
        until(lambda: len(beating(store, "worker")) == 2 and len(beating(store, "server")) == 1)
        assert sorted(pids(settings, WORKER) + pids(settings, SERVER)) == sorted(everybody)
        assert tallied(store, "hung.worker") == 0


def test_a_child_that_ends_at_once_is_started_ever_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(posts.MODULES, "worker", "api.nowhere")
    post, pauses = posts.Post("worker", HANG_S), []
    for _ in range(3):
        post.start()
        until(post.vacated)
        pauses.append(post.pause_s)
    assert pauses == [1.0, 2.0, 4.0]
    assert not post.hung


def test_patience_counts_only_the_time_awake(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(patience.time, "monotonic", lambda: clock[0])
    waiting = Patience(3.0)

    clock[0] += 3600
    assert not waiting.is_over(), "whoever slept for an hour has looked once"
    for _ in range(2):
        clock[0] += 1
        assert not waiting.is_over()
    clock[0] += 0.5
    assert waiting.is_over()
    waiting.renew()
    clock[0] += 1
    assert not waiting.is_over()


def test_all_leases_run_out_at_once_and_no_job_is_taken_away(
    store: Store, settings: Settings
) -> None:
    """The clock jumps an hour ahead, again and again: healthy workers keep their jobs."""
    job, looking = long_job(store), Reaper(store)
    with process(settings, WORKER), process(settings, WORKER):
        until(lambda: state_of(store, job) == "running" and len(beating(store, "worker")) == 2)
        for _ in range(5):
            jumped = moved(store, job, -3600.0)
            assert looking.look() == 0  # As the other worker does, at some moment of its own.
            until(lambda before=jumped: lease_of(store, job) > before + 1800)
        cancel(store, job)
        until(lambda: all_ended(store))
    assert attempts(store) == [1]
    ended_once(store)


def test_a_clock_set_back_keeps_no_dead_workers_job(store: Store, settings: Settings) -> None:
    """Its lease is good for another hour: nobody waits for more than ten leases of its own."""
    job, short = long_job(store), changed(settings, lease_s=0.5)
    with process(short, WORKER) as dying:
        until(lambda: state_of(store, job) == "running")
        with process(short, WORKER):
            os.kill(dying.pid, signal.SIGKILL)
            moved(store, job, 3600.0)
            until(lambda: attempts(store) == [2])
            cancel(store, job)
            until(lambda: all_ended(store))
    ended_once(store)


def moved(store: Store, job: str, by_s: float) -> float:
    """Have a job's lease run out sooner or later, as a clock that jumps does; returns when."""
    with store.database.write() as tx:
        lease = jobs.c.lease_until
        change = update(jobs).where(jobs.c.id == job).values(lease_until=lease + by_s)
        return float(tx.execute(change.returning(lease)).scalar_one())


def lease_of(store: Store, job: str) -> float:
    with store.database.read() as tx:
        query = jobs.select().where(jobs.c.id == job)
        return float(tx.execute(query).one().lease_until or 0.0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_whose_upkeep_hangs_ends_for_another(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Its own loop is well: jobs would be run, and nothing lost would ever be taken back."""
    short, marker = changed(settings, hang_s=0.5), tmp_path / "marker"
    with process(short, WORKER, fault=f"upkeep.round=hang:{marker}") as worker:
        until(marker.exists)
        assert worker.wait(60) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_systemd_hears_that_it_is_ready_lives_and_ends(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with process(settings, "api.cli", "serve") as service:
            heard(listener, lambda words: {"READY=1", "WATCHDOG=1"} <= words)
            heard(listener, lambda words: "STATUS=3 of 3 processes live" in words)
            service.send_signal(signal.SIGTERM)
            heard(listener, lambda words: "STOPPING=1" in words)
            service.wait(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with process(settings, WORKER):
            heard(listener, lambda words: {"READY=1", "WATCHDOG=1"} <= words)


def heard(listener: socket.socket, wanted: Callable[[set[str]], bool]) -> None:
    """Wait for a message."""
    while not wanted(set(listener.recv(4096).decode().split("\n"))):
        pass


def test_nobody_is_told_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    Notifier().tell("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    notifier = Notifier()
    assert "NOTIFY_SOCKET" not in os.environ
    notifier.tell("READY=1")


def test_a_worker_whose_loop_hangs_loses_its_job(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Its thread would renew the lease for ever: it renews for a loop that comes round only."""
    caller = person(store, organisation(store)).caller
    queued(store, caller, tiny(store, caller).id)
    marker = tmp_path / "marker"
    with process(settings, WORKER, fault=f"worker.ended=hang:{marker}") as hung:
        until(marker.exists)
        with process(settings, WORKER):
            until(lambda: all_ended(store))
        assert hung.wait(60) == HUNG
    assert attempts(store) == [2]
    ended_once(store)
