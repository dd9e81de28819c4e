"""Writers of one process: those that wait for one another hold nothing that others need."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from api.errors import Unavailable
from api.store import database
from api.store.database import POOL
from api.store.tables import organisations
from tests.support.people import organisation

if TYPE_CHECKING:
    from api.store import Store


def test_writers_that_wait_hold_no_connections(store: Store) -> None:
    """More of them than there are connections wait for one that writes, and reads go on."""
    if not store.database.embedded:
        pytest.skip("there, those that write other rows do not wait")
    begun = threading.Barrier(2 * POOL + 1)

    def add(number: int) -> str:
        begun.wait()
        return organisation(store, f"Fund {number}")

    with ThreadPoolExecutor(2 * POOL) as pool:
        with store.database.write() as tx:
            added = [pool.submit(add, number) for number in range(2 * POOL)]
            begun.wait()
            for _ in range(20):
                with store.database.read() as connection:
                    assert not connection.execute(select(organisations.c.id)).all()
            assert not tx.execute(select(organisations.c.id)).all()
            assert not any(one.done() for one in added)
        names = {one.result() for one in added}
    with store.database.read() as connection:
        assert set(connection.execute(select(organisations.c.id)).scalars()) == names


def test_a_writer_that_does_not_end_is_not_waited_for_for_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not store.database.embedded:
        pytest.skip("PostgreSQL has a limit of its own")
    monkeypatch.setattr(database, "BUSY_S", 0.01)
    with ThreadPoolExecutor(1) as pool, store.database.write(), pytest.raises(Unavailable):
        pool.submit(organisation, store).result()
    assert organisation(store)
