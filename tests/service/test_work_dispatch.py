"""Tickets: procrastinate tells workers of jobs, and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from api.errors import Conflict
from api.store import Store, jobs
from api.work import dispatch
from tests.support.fleet import all_ended, changed, ended_once, process, states, until
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.settings import Settings

WORKER = "api.work.worker"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Workers hear of jobs through procrastinate."""
    return changed(settings, dispatcher="procrastinate", lease_s=3.0, stop_s=4.0)


@pytest.fixture(autouse=True)
def _no_connection_is_left() -> Iterator[None]:
    yield
    dispatch.forget()


def waiting_tickets(store: Store) -> int:
    """Tickets that wait."""
    with store.database.read() as connection:
        query = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        return int(connection.execute(query).scalar_one())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_is_refused(store: Store) -> None:
    with pytest.raises(Conflict, match="needs PostgreSQL"):
        dispatch.prepare(store)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_job_has_one_ticket_at_most_and_the_sweep_writes_missing_ones(store: Store) -> None:
    dispatch.prepare(store)
    dispatch.prepare(store)
    caller = person(store, organisation(store)).caller
    instance = tiny(store, caller).id
    first, second = (queued(store, caller, instance) for _ in range(2))

    dispatch.notify(store, first.id)
    dispatch.notify(store, first.id)
    assert waiting_tickets(store) == 1
    assert dispatch.sweep(store) == 1
    assert dispatch.sweep(store) == 0
    assert waiting_tickets(store) == 2

    with store.database.write() as tx:
        jobs.cancel(tx, caller, second.id)
    assert dispatch.sweep(store) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_workers_run_jobs_with_and_without_tickets_once(store: Store, settings: Settings) -> None:
    dispatch.prepare(store)
    caller = person(store, organisation(store)).caller
    instance = tiny(store, caller).id
    dispatch.notify(store, queued(store, caller, instance).id)
    queued(store, caller, instance)

    with process(settings, WORKER) as one, process(settings, WORKER):
        until(lambda: all_ended(store))
        until(lambda: waiting_tickets(store) == 0)
        one.terminate()
        assert one.wait(10) == 0

    assert states(store)["succeeded"] == 2
    ended_once(store)
    with store.database.read() as connection:
        assert connection.execute(text("SELECT max(attempt) FROM jobs")).scalar_one() == 1
