"""A disk that is full in the midst of a job: the plan waits for room, and is not lost."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.fault_rounds import nothing_is_left, quick, thaw
from tests.support.fleet import all_ended, attempts, changed, ended_once, process, states, until
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.settings import Settings
    from api.store import Store

WORKER = "api.work.worker"
SIZE_MB = 4


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A data folder on a small disk of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield quick(changed(settings, data_dir=disk / "data"))
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all the room there is."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return path


def ended_at_the_first_attempt(store: Store, settings: Settings) -> None:
    """Assert that the one job has its plan, and that it was solved once only."""
    assert states(store) == {"succeeded": 1}
    assert attempts(store) == [1]
    ended_once(store)
    nothing_is_left(store, settings)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_runner_waits_for_room(store: Store, settings: Settings) -> None:
    """Neither the plan nor a row of the database can be written for a while."""
    caller = person(store, organisation(store)).caller
    queued(store, caller, tiny(store, caller).id)

    with process(settings, WORKER):
        until(lambda: states(store)["running"] == 1)
        filler = fill(settings.data_dir)
        time.sleep(8.0)
        assert states(store)["running"] == 1
        filler.unlink()
        until(lambda: all_ended(store))
    ended_at_the_first_attempt(store, settings)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_waits_for_room(store: Store, settings: Settings, tmp_path: Path) -> None:
    """The plan is there, and its tables cannot be filed for longer than a lease."""
    caller = person(store, organisation(store)).caller
    queued(store, caller, tiny(store, caller).id)
    marker = tmp_path / "marker"

    with process(settings, WORKER, fault=f"worker.ended=freeze:{marker}") as worker:
        until(marker.exists)
        filler = fill(settings.data_dir)
        thaw([worker.pid])
        time.sleep(2 * settings.lease_s)
        assert states(store)["running"] == 1
        filler.unlink()
        until(lambda: all_ended(store))
    ended_at_the_first_attempt(store, settings)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_started_while_there_is_no_room(store: Store, settings: Settings) -> None:
    caller = person(store, organisation(store)).caller
    queued(store, caller, tiny(store, caller).id)

    with process(changed(settings, free_disk_mb=100), WORKER):
        time.sleep(4.0)

    assert states(store)["queued"] == 1
