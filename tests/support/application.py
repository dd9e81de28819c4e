"""The application on a real socket, in a thread of the test, and plans to look at."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from api.http.app import create_app
from api.http.server import server_of
from api.reading import Readers
from api.settings import Settings
from api.store import claims
from api.store.claims import FiledPlan, Outcome
from optimizer import load, solve
from optimizer.plan.document import document_of
from optimizer.plan.files import frames_of
from tests.support.people import Person, organisation, person, queued, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.store import Store
    from optimizer import Plan


class Service(NamedTuple):
    """A running application."""

    store: Store
    url: str
    app: Any

    def client(self, person: Person | None = None, **headers: str) -> httpx.Client:
        """A client with a person's key."""
        known = {"Authorization": f"Bearer {person.secret}"} if person else {}
        return httpx.Client(base_url=self.url, headers=known | headers, timeout=60)


class Fund(NamedTuple):
    """A secretariat with its people, a member, a sponsor, and a stranger of another fund."""

    secretariat: str
    admin: Person
    analyst: Person
    viewer: Person
    member: Person
    sponsor: Person
    stranger: Person


@contextmanager
def running(store: Store, readers: Readers | None = None) -> Iterator[Service]:
    """Serve a store on a free port of 127.0.0.1."""
    ready, port = threading.Event(), [0]

    def announce(number: int) -> None:
        port[0] = number
        ready.set()

    app = create_app(store, readers)
    settings = store.settings.model_copy(update={"port": 0})
    server = server_of(app, settings, announce)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(30)
        yield Service(store, f"http://127.0.0.1:{port[0]}", app)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    """Reading processes for all tests of this process."""
    folder: Path = tmp_path_factory.mktemp("readers")
    pool = Readers(Settings(data_dir=folder, readers=1, view_readers=1))
    yield pool
    pool.close()


@pytest.fixture
def service(store: Store, readers: Readers) -> Iterator[Service]:
    """The application over an empty store."""
    with running(store, readers) as found:
        yield found


@pytest.fixture
def fund(store: Store) -> Fund:
    """People of two funds."""
    secretariat = organisation(store)
    member = organisation(store, "Member", "member", secretariat)
    sponsor = organisation(store, "Sponsor", "sponsor", secretariat, projects=("pit",))
    other = organisation(store, "Another fund")
    return Fund(
        secretariat,
        admin=person(store, secretariat, "admin"),
        analyst=person(store, secretariat),
        viewer=person(store, secretariat, "viewer"),
        member=person(store, member, "admin"),
        sponsor=person(store, sponsor, "admin"),
        stranger=person(store, other, "admin"),
    )


@pytest.fixture(scope="session")
def solved() -> Plan:
    """The plan of the bundled instance `tiny`."""
    return solve(load("instances/tiny"))


def planned(
    store: Store, owner: Person, plan: Plan, *, label: str = "", instance_id: str = ""
) -> str:
    """The identifier of a plan that a job of its owner has published."""
    from io import BytesIO

    from api.resources.plans import ChosenProject, TableInfo

    instance_id = instance_id or tiny(store, owner.caller).id
    job = queued(store, owner.caller, instance_id, label=label)
    tables = []
    for name, frame in frames_of(plan):
        target = BytesIO()
        frame.to_parquet(target, engine="pyarrow", compression="zstd", index=False)
        content = target.getvalue()
        sha256 = store.files.put(content)
        tables.append(
            TableInfo(
                name=name,
                rows=len(frame),
                columns=tuple(frame.columns),
                size_bytes=len(content),
                sha256=sha256,
            )
        )
    chosen = tuple(
        ChosenProject(project=project, start_year=year, fund_musd=1.0, private_musd=0.0)
        for project, year in plan.chosen
    )
    filed = FiledPlan(document_of(plan), chosen, tuple(tables), 1.0)
    with store.database.write() as tx:
        claimed = claims.claim(tx, "test", 60)
        assert claimed is not None
        assert claimed.job_id == job.id
        assert claims.publish(tx, claimed, Outcome("succeeded", 1.0, filed))
    with store.database.read() as tx:
        from api.store import jobs

        found = jobs.get(tx, job.id, owner.caller).plan_id
    assert found is not None
    return found


def ended(store: Store, state: str = "failed") -> None:
    """End the job whose turn it is."""
    with store.database.write() as tx:
        claimed = claims.claim(tx, "test", 60)
        assert claimed is not None
        assert claims.publish(tx, claimed, Outcome(state, 1.0))  # type: ignore[arg-type]
