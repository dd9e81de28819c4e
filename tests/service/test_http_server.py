"""The server as a real process: it starts, streams, and ends at once when told to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import httpx
import httpx_sse
import pytest

from tests.support.people import organisation, person, queued, tiny
from tests.support.processes import children, runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.settings import Settings
    from api.store import Store

LONGEST_POLL_S = 60
"""As long as a poll may last: one that a stop does not end would hold the server up."""

Server = tuple[subprocess.Popen[str], str]


@pytest.fixture
def server(store: Store, settings: Settings) -> Iterator[Server]:
    """A server process over the test's store, and its address."""
    environment = os.environ | {
        "LODESTONE_DATA_DIR": str(settings.data_dir),
        "LODESTONE_DATABASE_URL": settings.database_url,
        "LODESTONE_FREE_DISK_MB": "0",
        "LODESTONE_PORT": "0",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "api.http.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
        assert address, line
        yield process, address[1]
        process.kill()


def test_sigterm_ends_streams_and_long_polls_at_once(store: Store, server: Server) -> None:
    process, url = server
    ada = person(store, organisation(store))
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    client = httpx.Client(
        base_url=url, headers={"Authorization": f"Bearer {ada.secret}"}, timeout=60
    )
    answers: list[int] = []

    def poll() -> None:
        answers.append(
            client.get(f"/v1/jobs/{job.id}", params={"wait": LONGEST_POLL_S}).status_code
        )

    poller = threading.Thread(target=poll)
    poller.start()
    path = f"/v1/jobs/{job.id}/events"
    with httpx_sse.connect_sse(client, "GET", path) as source:
        events = source.iter_sse()
        assert next(events).id == "1"
        while "lodestone_streams_open 2.0" not in client.get("/metrics").text:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert list(events) == []
    poller.join()
    client.close()

    assert process.wait(LONGEST_POLL_S / 2) == 0
    assert answers == [200]


def test_the_server_ends_with_its_supervisor_s_pipe(server: Server) -> None:
    process, _ = server
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0


def test_its_readers_end_with_it_however_it_dies(store: Store, server: Server) -> None:
    process, url = server
    ada = person(store, organisation(store))
    headers = {"Authorization": f"Bearer {ada.secret}", "Content-Type": "application/json"}
    answer = httpx.post(f"{url}/v1/instances", content=b"{}", headers=headers, timeout=60)
    assert answer.status_code == 422
    readers = children(process.pid)
    assert readers
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while any(runs(pid) for pid in readers):
        assert time.monotonic() < deadline, "a reading process outlives the server"
        time.sleep(0.1)
