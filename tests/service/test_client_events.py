"""The client follows a job through long silence: signs of life are no events."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from api.client import Client
from api.http.routes import events
from tests.support.application import ended
from tests.support.people import queued, tiny

if TYPE_CHECKING:
    import pytest

    from api.resources.jobs import JobEvent
    from tests.support.application import Fund, Service


def test_signs_of_life_are_no_events(
    service: Service, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server says that it lives ten times before the job begins, and once more before it ends.

    The stream that brings the end is the first one: nothing has broken it.
    """
    monkeypatch.setattr(events, "PING_S", 0.05)
    analyst = fund.analyst
    job = queued(service.store, analyst.caller, tiny(service.store, analyst.caller).id)
    heard: list[JobEvent] = []
    trouble: list[BaseException] = []

    def follow() -> None:
        try:
            with Client(service.url, analyst.secret) as client:
                heard.extend(client.events(job.id))
        except BaseException as found:
            trouble.append(found)

    listener = threading.Thread(target=follow)
    listener.start()
    time.sleep(1.0)
    ended(service.store, "failed")
    listener.join(30)

    assert trouble == []
    assert [event.data["state"] for event in heard] == ["queued", "running", "failed"]
