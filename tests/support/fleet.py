"""The service's real processes: started for a test, watched, and surely ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from api.resources.jobs import ENDED
from api.store.tables import job_events, jobs, plans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.settings import Settings
    from api.store import Store

ROOT = Path(__file__).parents[2]
PATIENCE_S = 600.0
"""How long a busy machine may take: no test is judged by it, it ends those that hang."""


def environment(settings: Settings) -> dict[str, str]:
    """The variables that give a process these settings."""
    given = settings.model_dump(mode="json", exclude_unset=True)
    return {f"LODESTONE_{name.upper()}": str(value) for name, value in given.items()}


@contextlib.contextmanager
def process(
    settings: Settings, module: str, *arguments: str, fault: str = "", errors: Any = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the service in a session of its own; nothing of it is left at the end."""
    variables = os.environ | environment(settings) | {"LODESTONE_FAULT": fault}
    started = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=variables,
        cwd=ROOT,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait()
        assert started.stdout is not None
        started.stdout.close()


def until(happened: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Wait for something to happen."""
    deadline = time.monotonic() + patience_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def states(store: Store) -> Counter[str]:
    """How many jobs are in each state."""
    with store.database.read() as connection:
        return Counter(connection.execute(select(jobs.c.state)).scalars())


def all_ended(store: Store) -> bool:
    """Whether no job waits or runs."""
    return set(states(store)) <= set(ENDED)


def attempts(store: Store) -> list[int]:
    """How often each job has been started."""
    with store.database.read() as connection:
        return list(connection.execute(select(jobs.c.attempt)).scalars())


def state_of(store: Store, job: str) -> str:
    """The state of one job."""
    with store.database.read() as connection:
        return str(connection.execute(select(jobs.c.state).where(jobs.c.id == job)).scalar_one())


def alive(settings: Settings) -> dict[int, str]:
    """Processes that work on this data folder, found by their environment: id and command."""
    mark = f"LODESTONE_DATA_DIR={settings.data_dir}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if words:  # One that has ended, and is not waited for yet, has none.
                    found[int(folder.name)] = words
    return found


def pids(settings: Settings, words: str) -> list[int]:
    """Processes on this data folder whose command contains some words."""
    return [pid for pid, command in alive(settings).items() if words in command]


def children(pid: int) -> list[int]:
    """Processes that a process has started; none where it is gone."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, path.read_text().split())
    return found


def kill(settings: Settings, words: str, how: signal.Signals = signal.SIGKILL) -> int:
    """Send a signal to them; returns how many there were."""
    found = pids(settings, words)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
    return len(found)


def fails_without_solvers(store: Store, settings: Settings) -> bool:
    """Kill whatever solves, as one that has just answered is missed by nobody."""
    kill(settings, "optimizer.highs.child")
    return states(store)["failed"] == 1


def ended_once(store: Store) -> None:
    """Assert that every job has exactly one end, which is its last event, and at most one plan."""
    with store.database.read() as connection:
        for job in connection.execute(select(jobs)).all():
            query = (
                select(job_events)
                .where(job_events.c.job_id == job.id)
                .order_by(job_events.c.number)
            )
            events = connection.execute(query).all()
            ends = [e for e in events if e.type == "state" and e.data["state"] in ENDED]
            assert [e.number for e in events] == list(range(1, len(events) + 1))
            assert len(ends) == 1
            assert ends[0] == events[-1]
            assert ends[0].data["state"] == job.state
            made = connection.execute(select(plans.c.id).where(plans.c.job_id == job.id))
            assert list(made.scalars()) == ([job.plan_id] if job.plan_id else [])


def changed(settings: Settings, **values: object) -> Settings:
    """Settings of which some differ."""
    return type(settings)(**settings.model_dump(exclude_unset=True) | values)
