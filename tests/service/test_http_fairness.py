"""The HTTP server between organisations: what one asks for is never all that there is."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from api import handling
from api.errors import TooManyRequests
from api.http.event_hub import Hub
from api.http.owners import Owners
from api.http.threads import OF_ONE, THREADS
from api.store import Store, keys
from api.store.database import POOL
from api.store.tables import audit_head, organisations
from api.turns import Places, Turns
from tests.support.application import running
from tests.support.fleet import until
from tests.support.people import person, queued, tiny

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Connection

    from api.caller import Caller
    from api.reading import Readers
    from api.settings import Settings
    from tests.support.application import Fund, Service


def test_requests_of_one_organisation_that_wait_leave_threads_to_the_others(
    service: Service, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty submissions of one wait for a lock: more than there are threads and connections."""
    monkeypatch.setattr(handling, "LONG_S", 3600)
    instance = tiny(service.store, fund.analyst.caller).id
    wanted = {"kind": "solve", "instance_id": instance}
    row = select(organisations).where(organisations.c.id == fund.secretariat).with_for_update()

    def submit(_: int) -> httpx.Response:
        with service.client(fund.analyst) as client:
            return client.post("/v1/jobs", json=wanted)

    with ThreadPoolExecutor(60) as pool, service.client(fund.stranger) as other:
        other.get("/v1/jobs")  # That the key is in use has been noted.
        with service.store.database.write() as tx:
            tx.execute(row)
            submitted = [pool.submit(submit, number) for number in range(60)]
            until(lambda: service.app.state.turns.waiting >= 60 - handling.OF_ONE)
            for _ in range(20):
                assert other.get("/v1/jobs").status_code == 200
            assert not any(one.done() for one in submitted)
        assert {one.result().status_code for one in submitted} == {202}
    assert min(POOL, THREADS) > OF_ONE


def test_all_keys_of_an_organisation_share_a_limit(
    store: Store, settings: Settings, readers: Readers, fund: Fund
) -> None:
    """Nine keys, each within its own limit; another organisation is asked nothing of it."""
    few = Store(settings.model_copy(update={"requests_per_minute": 3}))
    home = fund.secretariat
    with running(few, readers) as service:
        answers = []
        for _ in range(9):
            with service.client(person(store, home)) as client:
                answers += [client.get("/v1/me") for _ in range(3)]
        with service.client(fund.stranger) as client:
            assert client.get("/v1/me").status_code == 200
    few.close()
    assert [answer.status_code for answer in answers] == [200] * 24 + [429] * 3
    assert "at most 24 requests in a minute" in answers[-1].json()["detail"]
    assert answers[-1].headers["Retry-After"]


def test_streams_of_one_organisation_leave_connections_to_the_others(
    store: Store, settings: Settings, fund: Fund
) -> None:
    hub = Hub(Store(settings.model_copy(update={"connections": 64})))
    other = fund.stranger.caller
    with ExitStack() as opened:
        for number in range(32):
            caller = replace(fund.admin.caller, key_id=f"key_{number}")
            opened.enter_context(hub.listening(caller, "job"))
        with pytest.raises(TooManyRequests, match="32 streams of your organisation"):
            opened.enter_context(hub.listening(fund.analyst.caller, "job"))
        with hub.listening(other, "another"):
            assert hub.open == 33
    assert hub.open == 0
    with hub.listening(fund.analyst.caller, "job"):
        assert hub.open == 1


def test_few_requests_of_one_organisation_are_computed_at_once(
    service: Service, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that only wait hold no place: more of them than there are places, and one is read."""
    job = queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
    with ThreadPoolExecutor(2 * handling.OF_ONE) as pool, service.client(fund.analyst) as client:
        path, wait = f"/v1/jobs/{job.id}", {"wait": 30}

        def waiting(_: int) -> int:
            with service.client(fund.analyst) as own:
                return own.get(path, params=wait).status_code

        waits = [pool.submit(waiting, number) for number in range(2 * handling.OF_ONE)]
        until(lambda: service.app.state.hub.open == 2 * handling.OF_ONE)
        assert client.get("/v1/me").status_code == 200
        assert client.post(f"{path}/cancel").status_code == 200
        assert [one.result() for one in waits] == [200] * len(waits)


def test_whoever_comes_waits_for_no_lookup_of_anothers_keys(
    service: Service, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two dozen requests of one hang while its key is looked up, all from the same address."""
    held, looked_up = threading.Event(), list[str]()
    looking_up = keys.caller_of

    def caller_of(connection: Connection, text: str) -> Caller | None:
        if text == fund.analyst.secret:
            looked_up.append(text)
            held.wait()
        return looking_up(connection, text)

    def ask(_: int) -> int:
        with service.client(fund.analyst) as client:
            return client.get("/v1/me").status_code

    newcomer = person(service.store, fund.stranger.caller.organisation_id)
    assert ask(0) == 200
    monkeypatch.setattr(keys, "caller_of", caller_of)
    with ThreadPoolExecutor(24) as pool:
        asked = [pool.submit(ask, number) for number in range(24)]
        try:
            until(lambda: looked_up and service.app.state.turns.waiting)
            for one in (fund.stranger, newcomer):
                with service.client(one) as client:
                    assert client.get("/v1/me").status_code == 200
            assert len(looked_up) < len(asked)
        finally:
            held.set()
        assert [one.result() for one in asked] == [200] * 24


def test_a_key_that_is_remembered_opens_nothing_when_it_has_ended(
    service: Service, fund: Fund
) -> None:
    with service.client(fund.analyst) as client, service.client(fund.admin) as admin:
        assert client.get("/v1/me").status_code == 200
        ada = fund.analyst.caller
        path = f"/v1/organisations/{ada.organisation_id}/users/{ada.user_id}/keys/{ada.key_id}"
        assert admin.delete(path).status_code == 200
        assert [client.get("/v1/me").status_code for _ in range(2)] == [401, 401]


def test_owners_are_remembered_in_a_bounded_number() -> None:
    owners = Owners(most=2)
    for secret in ("one", "two", "one", "three"):
        owners.note(secret, f"org of {secret}")

    known = [owners.owner_of(secret, otherwise="") for secret in ("one", "two", "three")]
    assert known == ["org of one", "", "org of three"]
    owners.forget("one")
    assert owners.owner_of("one", otherwise="an address") == "an address"


def test_a_request_that_takes_long_does_not_hold_up_its_organisation(
    service: Service, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writes wait for a lock, as many as there are places; what only reads is answered."""
    monkeypatch.setattr(handling, "LONG_S", 0.0)
    instance = tiny(service.store, fund.analyst.caller).id

    def download(_: int) -> int:
        with service.client(fund.analyst) as client:
            return client.get(f"/v1/instances/{instance}/document").status_code

    head = select(audit_head).with_for_update()
    with ThreadPoolExecutor(handling.OF_ONE) as pool, service.client(fund.analyst) as client:
        assert client.get("/v1/me").status_code == 200
        with service.store.database.write() as tx:
            tx.execute(head)
            asked = [pool.submit(download, number) for number in range(handling.OF_ONE)]
            until(lambda: service.app.state.threads.turns.held == handling.OF_ONE)
            assert client.get("/v1/me").status_code == 200
            assert not any(one.done() for one in asked)
        assert {one.result() for one in asked} == {200}


def test_a_request_gives_its_place_back_while_it_waits() -> None:
    async def one() -> list[int]:
        turns = Turns(Places(10, 1, 1, "requests"))
        first, second = handling.Handled(turns, "one"), handling.Handled(turns, "one")
        held = []
        await first.begin()
        handling.HANDLED.set(first)
        async with handling.aside():
            await second.begin()
            held.append(turns.held)
            second.end()
        held.append(turns.held)
        first.end()
        await first.begin()  # The answer is on its way: it needs no place any more.
        held.append(turns.held)
        return held

    assert asyncio.run(one()) == [1, 1, 0]
