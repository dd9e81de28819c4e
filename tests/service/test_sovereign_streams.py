"""Whoever is shut out hears nothing more, not even on what was open already."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from api.errors import Unauthenticated
from api.http.routes import events
from api.store import keys
from api.store.tables import keys as keys_table
from api.store.tables import users
from tests.support.people import person, queued, tiny

if TYPE_CHECKING:
    from api.store import Store
    from tests.support.application import Fund, Service
    from tests.support.people import Person

ENDS = ("revoked", "expired", "deactivated")


def shut_out(store: Store, who: Person, how: str) -> None:
    key = keys_table.c.id == who.caller.key_id
    with store.database.write() as tx:
        if how == "revoked":
            assert who.caller.key_id is not None
            keys.revoke(tx, who.caller.key_id)
        elif how == "expired":
            tx.execute(update(keys_table).where(key).values(expires_at=1.0))
        else:
            one = users.c.id == who.caller.user_id
            tx.execute(update(users).where(one).values(active=False))


@pytest.mark.parametrize("how", ENDS)
def test_a_stream_ends_with_its_key(
    service: Service, fund: Fund, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the next heartbeat, while the job goes on; a colleague's goes on too."""
    monkeypatch.setattr(events, "PING_S", 0.1)
    job = queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
    other = person(service.store, fund.secretariat, "viewer", "Other")
    path = f"/v1/jobs/{job.id}/events"
    headers = {"Accept": "text/event-stream"}
    with (
        service.client(fund.viewer) as client,
        service.client(other) as colleague,
        client.stream("GET", path, headers=headers) as stream,
        colleague.stream("GET", path, headers=headers) as beside,
    ):
        lines, others = stream.iter_lines(), beside.iter_lines()
        assert any(line.startswith(":") for line in lines), "a heartbeat"
        shut_out(service.store, fund.viewer, how)
        for _ in lines:
            pass  # It ends by itself; a client that still hears would wait for ever.
        assert any(line.startswith(":") for line in others)


@pytest.mark.parametrize("how", ENDS)
def test_a_long_poll_tells_nothing_to_whom_is_shut_out(
    service: Service, fund: Fund, how: str
) -> None:
    job = queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
    answers = []

    def poll() -> None:
        with service.client(fund.viewer) as client:
            answers.append(client.get(f"/v1/jobs/{job.id}", params={"wait": 30}))

    waiting = threading.Thread(target=poll)
    waiting.start()
    while not service.app.state.hub.open:
        time.sleep(0.01)
    shut_out(service.store, fund.viewer, how)
    with service.client(fund.analyst) as client:
        assert client.post(f"/v1/jobs/{job.id}/cancel").status_code == 200
    waiting.join(60)
    assert [answer.status_code for answer in answers] == [401]
    assert job.id not in answers[0].text


def test_a_token_that_ends_ends_its_streams(store: Store, fund: Fund) -> None:
    now = store.database.time()
    caller = dataclasses.replace(fund.viewer.caller, key_id=None, until=now + 600)
    with store.database.read() as tx:
        keys.must_still_be(tx, caller)
        with pytest.raises(Unauthenticated):
            keys.must_still_be(tx, dataclasses.replace(caller, until=now - 1))
