"""What killed processes leave lies in one place, and is swept as soon as they are dead."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from optimizer.system.scratch import NEW, TEMPORARY, scratch, sweep, temporary
from tests.service.test_liveness import cancel, long_job
from tests.support.fault_rounds import quick
from tests.support.fleet import (
    ROOT,
    alive,
    all_ended,
    attempts,
    changed,
    children,
    ended_once,
    fails_without_solvers,
    kill,
    pids,
    process,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings
    from api.store import Store

WORKER = "api.work.worker"
SOLVER = "optimizer.highs.child"
HOLD = """
import sys, time
from pathlib import Path
from optimizer.system.scratch import scratch
with scratch(Path(sys.argv[1]), "held") as folder:
    (folder / "program").write_text("a tenant's")
    print("there", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Short leases."""
    return quick(settings)


def test_a_folder_is_swept_once_its_owner_is_dead_and_not_while_it_is_frozen(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"there\n"
    os.kill(owner.pid, signal.SIGSTOP)
    os.utime(tmp_path / "held", (0, 0))
    assert sweep(tmp_path, new_s=-1) == 0
    assert (tmp_path / "held" / "program").exists()
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_about_to_be_locked_is_left_alone(tmp_path: Path) -> None:
    new = tmp_path / f"{NEW}new"
    new.mkdir()
    other = tmp_path / "a file"
    other.touch()
    assert sweep(tmp_path) == 0
    os.utime(new, (0, 0))
    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == [other]
    with scratch(tmp_path, "mine") as folder:
        assert sweep(tmp_path, new_s=-1) == 0
        assert folder.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [other]


def test_a_killed_solve_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    """On the command line, where the system's temporary files are all there is."""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    code = "from optimizer.system.scratch import temporary\n"
    code += "with temporary() as f: print(f, flush=True)\n"
    held = code + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    killed = code.replace("print(f, flush=True)", "import os; os.kill(os.getpid(), 9)")
    options = {"env": environment, "cwd": ROOT, "check": False, "capture_output": True}
    subprocess.run([sys.executable, "-c", killed], **options)  # type: ignore[call-overload]
    assert [path.name[: len(TEMPORARY)] for path in tmp_path.iterdir()] == [TEMPORARY]
    (tmp_path / "lodestone-plan-kept").mkdir()
    subprocess.run([sys.executable, "-c", held], **options)  # type: ignore[call-overload]
    assert [path.name for path in tmp_path.iterdir()] == ["lodestone-plan-kept"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("victim", ["api.work.runner", SOLVER, WORKER])
def test_nothing_of_a_job_lies_elsewhere_nor_stays(
    store: Store,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    victim: str,
) -> None:
    """A runner, a solver or a worker is killed; the system's temporary files stay empty."""
    elsewhere = tmp_path / "tmp"
    elsewhere.mkdir()
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    job = long_job(store)
    with process(settings, "api.cli", "serve"):
        until(lambda: pids(settings, SOLVER))
        until(lambda: list(settings.scratch.glob(f"*/runner-*/{TEMPORARY}*/program.npz")))
        assert list(elsewhere.iterdir()) == []
        if victim == SOLVER:
            until(lambda: fails_without_solvers(store, settings))
        else:
            until(lambda: kill(settings, victim))
            until(lambda: attempts(store) == [2] and pids(settings, SOLVER))
        cancel(store, job)
        until(lambda: all_ended(store))
        until(lambda: not list(settings.scratch.glob(f"*/runner-*/{TEMPORARY}*")) or sweep_(store))
    until(lambda: not alive(settings))
    assert list(elsewhere.iterdir()) == []
    sweep(settings.scratch)
    assert list(settings.scratch.iterdir()) == []
    ended_once(store)


def sweep_(store: Store) -> bool:
    """What upkeep does every ten minutes."""
    sweep(store.settings.scratch)
    return False


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_solver_serves_two_jobs(store: Store, settings: Settings) -> None:
    """Solvers stay for further programs of their job, whose data they could remember, and for no
    other: each job has a runner of its own, and solvers end with it."""
    settings = changed(settings, workers=1)
    seen: list[set[int]] = []
    runners: list[int] = []
    with process(settings, WORKER):
        for _ in range(2):
            job = long_job(store)
            until(lambda: parents(settings, SOLVER))
            runners += parents(settings, SOLVER)
            seen.append(set(pids(settings, SOLVER)))
            cancel(store, job)
            until(lambda: all_ended(store))
            until(lambda: not seen[-1] & set(pids(settings, SOLVER)))
    assert len(set(runners)) == 2
    assert all(seen)
    ended_once(store)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_frozen_solver_is_noticed_and_its_job_goes_on(store: Store, settings: Settings) -> None:
    """The worker and the runner are healthy, and wait for what will never come."""
    settings = changed(settings, hang_s=5.0, workers=1)
    job = long_job(store)
    with process(settings, "api.cli", "serve"):
        until(lambda: parents(settings, SOLVER))
        runner = parents(settings, SOLVER)[0]
        frozen: set[int] = set()
        # A search is several solves: whichever of its solvers comes is frozen as well.
        until(lambda: freeze(children(runner), frozen) or attempts(store) == [2])
        assert frozen
        until(lambda: not frozen & set(pids(settings, SOLVER)))
        cancel(store, job)
        until(lambda: all_ended(store))
    ended_once(store)


def parents(settings: Settings, words: str) -> list[int]:
    """Processes that have started one whose command contains some words."""
    started = set(pids(settings, words))
    return [pid for pid in pids(settings, "api.work.runner") if started & set(children(pid))]


def freeze(found: list[int], frozen: set[int]) -> None:
    """Stop solvers that follow their parent already, which is a thread of theirs; note which.

    One that is stopped before it does would outlive its parent for as long as it is stopped.
    """
    for pid in found:
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            if len(os.listdir(f"/proc/{pid}/task")) > 1:
                os.kill(pid, signal.SIGSTOP)
                frozen.add(pid)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_another_place_can_be_named(store: Store, settings: Settings, tmp_path: Path) -> None:
    near = changed(settings, scratch_dir=str(tmp_path / "near"))
    job = long_job(store)
    with process(near, WORKER):
        until(lambda: list((tmp_path / "near").glob(f"*/runner-*/{TEMPORARY}*")))
        cancel(store, job)
        until(lambda: all_ended(store))
    until(lambda: not alive(settings))
    sweep(near.scratch)
    assert list(near.scratch.iterdir()) == []
    assert not settings.scratch.exists()
    with temporary() as folder:
        assert folder.name.startswith(TEMPORARY)
