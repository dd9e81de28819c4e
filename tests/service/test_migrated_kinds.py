"""Jobs of an older database get their request and result, and go on as if nothing had been."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from sqlalchemy import select

from api.errors import Conflict
from api.store import Store, claims, ends, jobs, keys
from api.store.migrations import _config, upgrade
from api.store.tables import jobs as table
from optimizer.plan import Options
from tests.service.test_migrated_proof import DOCUMENT, HASH, INSTANCE, ORG, PLAN, ROWS, USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.settings import Settings

DONE, COMPARED, WAITING, RUNNING = (f"job_{digit * 24}" for digit in "1234")
GONE = f"plan_{'9' * 24}"
OPTIONS = {"gap": 0.01, "worth_gap": 0.02, "time_limit_s": 60.0, "seed": 7}
REPLAYED = {
    "plan_id": PLAN,
    "same": False,
    "differs_in": ["choice"],
    "other_versions": {"highs": ["1.14", "1.15"]},
}


def row(identifier: str, kind: str, state: str, **more: Any) -> str:
    """A statement that adds a job to a database of version 0006."""
    values = {
        "id": identifier,
        "organisation_id": ORG,
        "kind": kind,
        "label": f"a {kind}",
        "instance_id": INSTANCE,
        "instance_hash": HASH,
        "options": json.dumps(OPTIONS),
        "priority": 7,
        "state": state,
        "submitted_by": USER,
        "created_at": 2.5,
    } | more
    written = ", ".join(repr(value) for value in values.values())
    return f"INSERT INTO jobs ({', '.join(values)}, cancel_requested) VALUES ({written}, FALSE)"


JOBS = (
    row(DONE, "solve", "stopped_with_plan", plan_id=GONE, ended_at=3.5),
    row(COMPARED, "replay", "succeeded", replay_plan_id=GONE, replayed=json.dumps(REPLAYED)),
    row(WAITING, "replay", "queued", replay_plan_id=PLAN),
    row(RUNNING, "solve", "running", attempt=1, worker="w", lease_until=9e9),
    # As a member of the fund has it: a draft, which nothing but a replay keeps.
    f"UPDATE plans SET review = 'draft', version = 1, document = '{DOCUMENT}'",
    "DELETE FROM reviews",
)


@pytest.fixture
def old(settings: Settings) -> Iterator[Store]:
    """A store that was one of version 0006, with jobs of each kind at each point."""
    store = Store(settings)
    with store.database.write() as tx:
        command.upgrade(_config(tx), "0001")
        for statement in ROWS.split(";\n"):
            tx.exec_driver_sql(statement.strip())
        command.upgrade(_config(tx), "0006")
        for statement in JOBS:
            tx.exec_driver_sql(statement)
    upgrade(store.database)
    yield store
    store.close()


def test_jobs_of_an_older_database_are_what_they_were(old: Store) -> None:
    with old.database.read() as tx:
        ada = keys.caller_of_subject(tx, "ada@provider")
        assert ada is not None
        found = {
            identifier: jobs.get(tx, identifier, ada).model_dump(mode="json")
            for identifier in (DONE, COMPARED, WAITING, RUNNING)
        }
        assert jobs.reading(tx, ada, PLAN) == WAITING
        assert jobs.reading(tx, ada, GONE) is None

    assert [one["replayed"] for one in found.values()] == [None, REPLAYED, None, None]
    assert [one["result"] for one in found.values()] == [None, REPLAYED, None, None]
    later = Options.model_validate(OPTIONS).model_dump(
        mode="json"
    )  # Options since then have defaults.
    assert all(one["options"] == later for one in found.values())
    assert [one["label"] for one in found.values()] == [
        "a solve",
        "a replay",
        "a replay",
        "a solve",
    ]
    assert found[DONE]["plan_id"] == GONE


def test_many_jobs_are_brought_over(settings: Settings) -> None:
    """More than are brought over at once."""
    store = Store(settings)
    with store.database.write() as tx:
        command.upgrade(_config(tx), "0001")
        for statement in ROWS.split(";\n"):
            tx.exec_driver_sql(statement.strip())
        command.upgrade(_config(tx), "0006")
        for number in range(1, 2002):
            tx.exec_driver_sql(row(f"job_{number:024x}", "solve", "cancelled", label=str(number)))
    upgrade(store.database)

    with store.database.read() as tx:
        requests = tx.execute(select(table.c.request, table.c.label)).all()
    store.close()
    assert len(requests) == 2002
    assert all(request["label"] == label for request, label in requests)


def test_a_replay_that_waited_is_run_and_keeps_its_plan(old: Store) -> None:
    with old.database.write() as tx:
        ada = keys.caller_of_subject(tx, "ada@provider")
        assert ada is not None
        with pytest.raises(Conflict, match=WAITING):
            ends.remove_plan(tx, ada, PLAN, 1)
        claimed = claims.claim(tx, "a worker", 60)
        assert claimed is not None
        assert (claimed.job_id, claimed.kind) == (WAITING, "replay")
        assert claimed.request == {
            "kind": "replay",
            "priority": 7,
            "label": "a replay",
            "plan_id": PLAN,
        }
        assert claims.plan_to_read(tx, PLAN)[0] == json.loads(DOCUMENT)


def test_jobs_that_ended_are_tried_again(old: Store) -> None:
    """A solve under its old options; the replay of a plan that is gone is refused."""
    with old.database.write() as tx:
        ada = keys.caller_of_subject(tx, "ada@provider")
        assert ada is not None
        again = jobs.retry(tx, ada, DONE)
        with pytest.raises(Conflict, match="deleted"):
            jobs.retry(tx, ada, COMPARED)

    same = (again.kind, again.label, again.priority, again.options.seed, again.retry_of)
    assert same == ("solve", "a solve", 7, 7, DONE)
    assert again.options.time_limit_s == 60
