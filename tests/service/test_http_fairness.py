"""The HTTP server between organisations: what one asks for is never all that there is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from api.http.threads import OF_ONE, THREADS, Threads
from api.store.database import POOL
from api.store.tables import organisations
from tests.service.fleet import until
from tests.service.people import tiny

if TYPE_CHECKING:
    import httpx

    from tests.service.application import Fund, Service


def test_requests_of_one_organisation_that_wait_leave_threads_to_the_others(
    service: Service, fund: Fund
) -> None:
    """Sixty submissions of one wait for a lock: more than there are threads and connections."""
    if service.store.database.embedded:
        pytest.skip("it has one writer at a time, whoever writes")
    instance = tiny(service.store, fund.analyst.caller).id
    wanted = {"kind": "solve", "instance_id": instance}
    row = select(organisations).where(organisations.c.id == fund.secretariat).with_for_update()

    def submit(_: int) -> httpx.Response:
        with service.client(fund.analyst) as client:
            return client.post("/v1/jobs", json=wanted)

    with ThreadPoolExecutor(60) as pool, service.client(fund.stranger) as other:
        with service.store.database.write() as tx:
            tx.execute(row)
            submitted = [pool.submit(submit, number) for number in range(60)]
            threads: Threads = service.app.state.threads
            until(lambda: threads.turns.waiting >= 60 - OF_ONE)
            for _ in range(20):
                assert other.get("/v1/jobs").status_code == 200
            assert not any(one.done() for one in submitted)
        assert {one.result().status_code for one in submitted} == {202}
    assert min(POOL, THREADS) > OF_ONE
