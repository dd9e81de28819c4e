"""One round of a fault test: jobs are submitted, something is killed, and all must end well."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from api.work.upkeep import named
from optimizer.system.scratch import sweep
from tests.support.fleet import alive, all_ended, changed, ended_once, kill, process, until
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.settings import Settings
    from api.store import Store

PROCESSES = {
    "api": "api.http.server",
    "supervisor": "api.cli serve",
    "worker": "api.work.worker",
    "runner": "api.work.runner",
    "solver": "optimizer.highs.child",
}
"""Words of the command of each kind of process."""
POINTS = (
    "worker.claimed",
    "worker.started",
    "worker.heartbeat",
    "worker.ended",
    "worker.filed",
    "worker.before_commit",
    "worker.after_commit",
    "runner.loaded",
    "runner.solving",
    "runner.solved",
    "runner.saved",
    "supervisor.started",
)
JOBS = 2


class Fault(NamedTuple):
    """What goes wrong in a round."""

    point: str = ""
    """Die at this named point …"""
    victim: str = ""
    """… or have all processes of this kind killed …"""
    after_s: float = 0.0
    """… so long after the start."""


def fault_of(seed: int) -> Fault:
    """The fault of a round, by its seed."""
    chance = random.Random(seed)
    if chance.random() < 0.5:
        return Fault(point=chance.choice(POINTS))
    return Fault(victim=chance.choice(sorted(PROCESSES)), after_s=chance.uniform(0.5, 9.0))


def quick(settings: Settings) -> Settings:
    """Settings of a service in which faults are noticed soon."""
    return changed(settings, lease_s=2.0, hang_s=15.0, stop_s=3.0, port=0, workers=2)


def survives(store: Store, settings: Settings, fault: Fault, folder: Path) -> None:
    """Play one round, and assert what must hold after any fault.

    Every job has ended exactly once, with at most one plan; no process and no file is left over.
    """
    caller = person(store, organisation(store)).caller
    instance = tiny(store, caller).id
    for _ in range(JOBS):
        queued(store, caller, instance)
    marker = folder / "marker"
    order = f"{fault.point}=kill:{marker}" if fault.point else ""
    with served_again_and_again(settings, order):
        if fault.victim:
            time.sleep(fault.after_s)
            kill(settings, PROCESSES[fault.victim])
        until(lambda: all_ended(store))
    until(lambda: not alive(settings))
    assert marker.exists() == bool(fault.point)
    ended_once(store)
    nothing_is_left(store, settings)


def nothing_is_left(store: Store, settings: Settings) -> None:
    """Assert that a collection leaves the files that rows name, all of them, and no others."""
    store.files.collect(lambda: named(store), keep_s=-1)
    assert store.files.all() == named(store)
    for name in store.files.all():
        store.files.get(name)
    assert not list(store.files.parts.iterdir())
    sweep(settings.scratch, new_s=-1)
    assert not list(settings.scratch.glob("*"))


@contextlib.contextmanager
def served_again_and_again(settings: Settings, fault: str = "") -> Iterator[None]:
    """`lodestone serve`, started again when it dies, and asked to end at the end."""
    done = threading.Event()
    codes: list[int] = []

    def keep() -> None:
        while not done.is_set():
            with process(settings, "api.cli", "serve", fault=fault) as service:
                while service.poll() is None and not done.is_set():
                    time.sleep(0.05)
                if done.is_set() and service.poll() is None:
                    service.send_signal(signal.SIGTERM)
                    codes.append(service.wait(settings.stop_s + 10))

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
    assert codes in ([0], [])


def thaw(pids: list[int]) -> None:
    """Let frozen processes go on."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
