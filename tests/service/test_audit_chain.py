"""Whatever is altered, taken out or put in behind the service's back is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import JSON, Boolean, Double, delete, insert, select, update
from typer.testing import CliRunner

from api.cli.database import database
from api.errors import Conflict
from api.resources.plans import ReviewRequest
from api.store import audit, plans, proof
from api.store.tables import audit as log
from api.store.tables import audit_head, reviews
from api.store.tables import plans as plans_table
from tests.support.ended import planned
from tests.support.people import organisation, person

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

    from api.caller import Caller
    from api.settings import Settings
    from api.store import Store


@pytest.fixture
def signed(store: Store) -> str:
    """A plan that is signed off, each step in the audit log."""
    home = organisation(store)
    author, reviewer, signer = (person(store, home, "admin").caller for _ in range(3))
    plan = planned(store, author)
    ways = [(author, "in_review"), (reviewer, "reviewed"), (signer, "signed_off")]
    for version, (who, state) in enumerate(ways, start=1):
        judge(store, who, plan.id, state, version)
    assert found(store) == []
    return plan.id


def judge(store: Store, who: Caller, plan: str, state: str, version: int) -> None:
    with store.database.write() as tx:
        request = ReviewRequest(state=state, comment="as agreed")  # type: ignore[arg-type]
        plans.review(tx, who, plan, request, version)
        last = plans.steps(tx, plan, who)[-1]
        audit.record(tx, who, f"plan.{state}", plan, step=last.number, hash=last.hash)


def found(store: Store) -> list[str]:
    with store.database.read() as tx:
        return proof.faults(tx)


def other(column: Column[Any], value: Any) -> Any:
    """Another value that the column takes."""
    if isinstance(column.type, JSON):
        return {"altered": 1} if value != {"altered": 1} else {}
    if isinstance(column.type, Boolean):
        return not value
    if isinstance(value, int | float):
        return value + (100 if not isinstance(column.type, Double) else 0.001)
    return "altered" if value is None or len(value) < 60 else "0" * 64


def columns(table: Table, *, but: tuple[str, ...] = ()) -> list[str]:
    return [column.name for column in table.columns if column.name not in but]


def without_references(store: Store, table: Table, where: Any, values: dict[str, Any]) -> None:
    """An alteration by somebody who has the database, whatever its rules."""
    from sqlalchemy import text

    with store.database.engine.connect() as connection:
        connection = connection.execution_options(lodestone_begin="")
        if store.database.embedded:
            connection.execute(text("PRAGMA foreign_keys = OFF"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        connection.execute(update(table).where(where).values(**values))
        connection.commit()
        if store.database.embedded:
            connection.execute(text("PRAGMA foreign_keys = ON"))
        else:
            connection.execute(text("SET session_replication_role = DEFAULT"))
            connection.commit()


@pytest.mark.parametrize("name", columns(plans_table, but=("archived_at",)))
def test_an_altered_plan_is_found(store: Store, signed: str, name: str) -> None:
    """In whatever it says; whether it is in sight is nothing that anybody decides upon."""
    alter(store, plans_table, plans_table.c.id == signed, name)
    assert any(word.startswith("plan_") or signed in word for word in found(store)), name


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("name", columns(reviews))
def test_an_altered_step_is_found(store: Store, signed: str, name: str, number: int) -> None:
    alter(store, reviews, reviews.c.number == number, name)
    assert found(store), name


@pytest.mark.parametrize("name", columns(log))
def test_an_altered_entry_is_found(store: Store, signed: str, name: str) -> None:
    alter(store, log, log.c.number == 2, name)
    assert any("audit" in word for word in found(store)), name


@pytest.mark.parametrize("name", ["number", "hash"])
def test_an_altered_head_is_found(store: Store, signed: str, name: str) -> None:
    alter(store, audit_head, audit_head.c.id == 1, name)
    assert any("audit" in word for word in found(store)), name


def alter(store: Store, table: Table, where: Any, name: str) -> None:
    with store.database.read() as tx:
        value = tx.execute(select(table.c[name]).where(where)).scalar_one()
    without_references(store, table, where, {name: other(table.c[name], value)})


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_entry_taken_out_is_found(store: Store, signed: str, number: int) -> None:
    """Even the last one."""
    with store.database.write() as tx:
        tx.execute(delete(log).where(log.c.number == number))
    assert any("audit" in word for word in found(store))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_step_taken_out_is_found(store: Store, signed: str, number: int) -> None:
    with store.database.write() as tx:
        tx.execute(delete(reviews).where(reviews.c.number == number))
    assert any(signed in word for word in found(store))


def test_a_whole_review_taken_out_is_found(store: Store, signed: str) -> None:
    with store.database.write() as tx:
        tx.execute(delete(reviews))
        blank = {"review": "draft", "submitted_by": None, "version": 1}
        tx.execute(update(plans_table).values(**blank))
    assert any("audit log tells" in word for word in found(store))
    with store.database.write() as tx:
        tx.execute(delete(plans_table))
    assert any("audit log tells" in word for word in found(store))


def test_an_entry_put_in_is_found(store: Store, signed: str) -> None:
    with store.database.write() as tx:
        row = tx.execute(select(log).where(log.c.number == 2)).one()
        tx.execute(insert(log).values(**dict(row._mapping) | {"number": 9}))
    assert any("audit" in word for word in found(store))


def test_a_step_put_in_is_found(store: Store, signed: str) -> None:
    with store.database.write() as tx:
        row = tx.execute(select(reviews).where(reviews.c.number == 3)).one()
        tx.execute(insert(reviews).values(**dict(row._mapping) | {"number": 4}))
    assert any(signed in word for word in found(store))


def test_a_plan_altered_during_its_review_is_not_signed(store: Store) -> None:
    home = organisation(store)
    author, reviewer = (person(store, home, "admin").caller for _ in range(2))
    plan = planned(store, author).id
    judge(store, author, plan, "in_review", 1)
    with store.database.write() as tx:
        tx.execute(update(plans_table).values(assumed_share=0.0))
    with pytest.raises(Conflict, match="altered"):
        judge(store, reviewer, plan, "reviewed", 2)
    with store.database.read() as tx, pytest.raises(Conflict, match="altered"):
        plans.decision_record(tx, plan, author)


def test_entries_at_once_are_one_chain(store: Store) -> None:
    """And what is not committed is not in it."""
    who = person(store, organisation(store), "admin").caller

    def act(number: int) -> None:
        with store.database.write() as tx:
            for part in range(3):
                audit.record(tx, who, "plan.read", who.user_id, number=number, part=part)
            if number % 5 == 0:
                raise ZeroDivisionError

    def tried(number: int) -> bool:
        try:
            act(number)
        except ZeroDivisionError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(tried, range(40)))
    assert done == 32
    assert found(store) == []
    with store.database.read() as tx:
        assert audit.head(tx)[0] == 3 * done
        entries = audit.entries(tx, who.organisation_id, None, 200).items
    assert [one.number for one in entries] == list(range(3 * done, 0, -1))


def test_the_operator_s_check_finds_it(
    store: Store, settings: Settings, signed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODESTONE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("LODESTONE_DATABASE_URL", settings.database_url)
    sound = CliRunner().invoke(database, ["check"])
    assert sound.exit_code == 0, sound.output
    with store.database.write() as tx:
        tx.execute(update(plans_table).values(chosen=[]))
    altered = CliRunner().invoke(database, ["check"])
    assert altered.exit_code == 1
    assert f"{signed}: its choice is not what step 3 says" in altered.stderr
