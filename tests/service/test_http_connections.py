"""Connections: slow heads, slow bodies, unread answers and too many of all end; others go on."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from api.http import connections
from api.http.flight import Flight
from api.store import Store
from tests.support.application import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.reading import Readers
    from api.settings import Settings
    from tests.support.application import Fund, Service

HEAD = b"GET /livez HTTP/1.1\r\nHost: x\r\n"
LONG_S = 60.0
"""Longer than anything here takes, on however busy a machine."""


@contextmanager
def connected(service: Service) -> Iterator[socket.socket]:
    """A bare connection to the service."""
    port = int(service.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=LONG_S) as found:
        yield found


def rest(one: socket.socket) -> bytes:
    """All that comes until the service closes the connection."""
    parts = []
    try:
        while part := one.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def test_a_connection_that_says_nothing_ends(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.2)
    with connected(service) as one:
        assert rest(one) == b""


@pytest.mark.parametrize("first", [b"G", HEAD, HEAD + b"X-A: "])
def test_a_head_that_does_not_end_is_not_waited_for(
    first: bytes, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.2)
    with connected(service) as one:
        one.sendall(first)
        assert rest(one).startswith(b"HTTP/1.1 408 ")


def test_a_byte_now_and_then_moves_no_deadline(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes go on until the service ends it; were the time moved, this would never end."""
    monkeypatch.setattr(connections, "HEAD_S", 1.0)
    with connected(service) as one:
        one.sendall(HEAD + b"X-A: ")
        one.settimeout(0.05)
        answer = b""
        for _ in range(int(LONG_S / 0.05)):
            try:
                one.sendall(b"a")
                answer = one.recv(65536)
            except TimeoutError:
                continue
            except ConnectionError:
                break
            break
        else:
            pytest.fail("the connection goes on")
        assert answer in (b"", connections.TIMEOUT)


def test_the_second_head_of_a_connection_has_a_deadline_too(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    with connected(service) as one:
        one.sendall(HEAD + b"\r\n")
        while b"ok" not in one.recv(65536):
            pass
        one.sendall(HEAD)
        assert rest(one).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_trickles_ends(
    service: Service, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BODY_S", 0.3)
    head = (
        f"POST /v1/instances HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {fund.analyst.secret}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )
    with connected(service) as one:
        one.sendall(head.encode())
        answer = rest(one)
    assert answer.startswith(b"HTTP/1.1 408 ")
    with service.client(fund.analyst) as client:
        assert client.get("/v1/me").status_code == 200


def test_a_large_body_has_the_time_that_its_size_needs(
    service: Service, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part moves the deadline by its bytes, so that an upload over a slow line comes through:
    at this rate a byte is worth a second."""
    monkeypatch.setattr(connections, "BODY_S", 1.0)
    monkeypatch.setattr(connections, "BODY_BYTES_PER_S", 1.0)
    body = json.dumps({"name": "x" * 200}).encode()
    head = (
        f"POST /v1/instances HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {fund.analyst.secret}\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with connected(service) as one:
        one.sendall(head.encode() + body[:100])
        one.settimeout(3.0)
        with pytest.raises(TimeoutError):
            one.recv(1)
        one.settimeout(LONG_S)
        one.sendall(body[100:])
        assert rest(one).startswith(b"HTTP/1.1 422 ")


def send_on(one: socket.socket, request: bytes) -> None:
    """Ask again and again, and read nothing."""
    for _ in range(int(LONG_S / 0.01)):
        one.sendall(request)
        time.sleep(0.01)


def test_an_answer_that_nobody_reads_is_given_up(
    service: Service, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests in a row whose answers are left: the service stops answering into a full pipe."""
    monkeypatch.setattr(connections, "SEND_S", 0.3)
    request = f"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\nX-Request-ID: {'a' * 20}\r\n\r\n"
    with connected(service) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with pytest.raises(ConnectionError):
            send_on(one, request.encode())


def few(store: Store, settings: Settings, **values: int | tuple[str, ...]) -> Store:
    return Store(settings.model_copy(update=values))


def test_those_that_wait_for_nothing_go_when_there_are_too_many(
    store: Store, settings: Settings, readers: Readers, fund: Fund
) -> None:
    """Far more connections than there may be: each new one is served, the oldest have gone."""
    small = few(store, settings, connections=64, connections_per_address=32)
    with running(small, readers) as service, ExitStack() as opened:
        silent = [opened.enter_context(connected(service)) for _ in range(100)]
        for one in silent[::2]:
            try:
                one.sendall(HEAD)
            except ConnectionError:
                continue
        for _ in range(5):
            with service.client(fund.analyst) as client:
                assert client.get("/v1/me").status_code == 200
        assert rest(silent[0]) == b""
    small.close()


def test_a_request_that_is_answered_is_not_cut_off_for_others(
    store: Store, settings: Settings, readers: Readers, fund: Fund
) -> None:
    """An event stream stays through any number of later connections."""
    from tests.support.people import queued, tiny

    small = few(store, settings, connections=64, connections_per_address=16)
    with running(small, readers) as service, service.client(fund.analyst) as client:
        job = queued(store, fund.analyst.caller, tiny(store, fund.analyst.caller).id)
        with client.stream("GET", f"/v1/jobs/{job.id}/events") as stream, ExitStack() as opened:
            lines = stream.iter_lines()
            assert next(lines)
            for _ in range(60):
                opened.enter_context(connected(service))
            with service.client(fund.analyst) as other:
                assert other.delete(f"/v1/jobs/{job.id}").status_code == 409
                other.post(f"/v1/jobs/{job.id}/cancel")
            assert any("cancelled" in line for line in lines)
    small.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /livez HTTP/1.1\nHost: x\n\n",
        b"GET /livez HTTP/1.1\r\nHost: x\nX-A: 1\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n  folded\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\tfolded\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: 1\rX-B: 2\r\n\r\n",
    ],
)
def test_heads_that_servers_read_differently_are_refused(head: bytes, service: Service) -> None:
    with connected(service) as one:
        for byte in head[:-1], head[-1:]:
            one.sendall(byte)
        assert rest(one).startswith(b"HTTP/1.1 400 ")


def test_a_body_of_two_lengths_is_refused_and_its_connection_ends(service: Service) -> None:
    with connected(service) as one:
        one.sendall(
            b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        answer = rest(one)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_strangers_cannot_change_their_address(
    store: Store, settings: Settings, readers: Readers
) -> None:
    """X-Forwarded-For is believed from the proxies of the settings, and from nobody else."""
    for proxies, statuses in (((), {401, 429}), (("127.0.0.0/8",), {401})):
        small = few(store, settings, strangers_per_minute=2, proxies=proxies)
        with running(small, readers) as service, service.client() as client:
            found = {
                client.get("/v1/me", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
                for n in range(6)
            }
        small.close()
        assert found == statuses


def test_measurements_are_for_the_networks_of_the_settings(
    store: Store, settings: Settings, readers: Readers, service: Service
) -> None:
    assert httpx.get(f"{service.url}/metrics").status_code == 200
    small = few(store, settings, metrics_networks=("10.9.0.0/16",))
    with running(small, readers) as other:
        assert httpx.get(f"{other.url}/metrics").status_code == 404
    small.close()


def test_bodies_in_flight_have_room_for_others() -> None:
    """One organisation may hold half of it, and all together no more than all of it."""
    flight = Flight(100)
    with flight.carrying("one") as one, flight.carrying("two") as two:
        assert one(50)
        assert not one(1)
        assert two(40)
        assert two(10)
        with flight.carrying("three") as three:
            assert not three(1)
        assert flight.held == 100
    assert flight.held == 0
    assert flight.has_room("one", 50)


def test_too_many_bodies_at_once_are_told_to_come_back(
    store: Store, settings: Settings, readers: Readers, fund: Fund
) -> None:
    small = few(store, settings, max_body_bytes=2**20, bodies_mb=1)
    body = b'{"name": "' + b"x" * (2**20 - 20) + b'"}'
    with running(small, readers) as service, ExitStack() as opened:
        head = (
            f"POST /v1/instances HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {fund.analyst.secret}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with service.client(fund.analyst) as client:
            for number in range(1000):
                if number % 20 == 0:  # The one before has come too late, and is refused itself.
                    slow = opened.enter_context(connected(service))
                    slow.sendall(head.encode() + body[: 2**19])
                answer = client.post(
                    "/v1/instances", content=body, headers={"Content-Type": "application/json"}
                )
                if answer.status_code == 503:
                    break
            assert answer.status_code == 503
            assert answer.headers["Retry-After"]
        with service.client(fund.member) as client:
            assert client.get("/v1/me").status_code == 200
    small.close()


def test_the_server_asks_for_files_and_limits_its_memory() -> None:
    """In a process of its own, with the soft limit that systemd gives."""
    program = (
        "import resource\n"
        "from api.http.connections import allow_files\n"
        "from api.http.server import _limit_memory\n"
        "allow_files(4096)\n"
        "_limit_memory(4096)\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], "
        "resource.getrlimit(resource.RLIMIT_AS)[0])\n"
    )
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    before = (
        "import resource; "
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard})); exec({program!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", before], capture_output=True, text=True, check=True
    )
    files, memory = map(int, done.stdout.split())
    assert files == min(4096, hard)
    assert memory == 4096 * 2**20
