"""What a noisy organisation does to the service, in a process of its own.

Enters: the address of a service, and an organisation with keys, an instance and a plan. Leaves: the
answers that it was given, by status. The process is nicer than the service and than whoever is
measured: on a machine of its own, as a neighbour's is, it would take nothing of their processors.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import json
import multiprocessing
import os
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import httpx

from benchmarks.service import Tenant, dawdle, watch
from optimizer import load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from multiprocessing.connection import Connection

    Noise = Callable[["Neighbour"], Awaitable[None]]

NICENESS = 5
"""More than the service's own; its reading processes and solvers have 10."""
AT_ONCE = 24
"""Requests that the neighbour has under way."""
ROWS = 30_000
RUDE_S = 0.1
"""When one that was told to come back comes back: far too soon."""
STREAMS, DAWDLERS = 200, 100


@dataclass
class Neighbour:
    """The organisation that makes noise."""

    url: str
    organisation: str
    keys: tuple[str, ...]
    """As many as pay."""
    instance: str
    plan: str
    answers: dict[int, int] = field(default_factory=dict)
    """How many it was given of each status."""

    async def made(self, request: Request) -> str:
        """What a request makes, sent until it is taken: its own others are in its way."""
        async with httpx.AsyncClient(base_url=self.url, timeout=120) as client:
            for key in itertools.cycle(self.keys):
                answer = await client.request(
                    request.method,
                    request.path,
                    content=request.content,
                    headers={"Authorization": f"Bearer {key}", "Content-Type": request.kind},
                )
                self.note(answer.status_code)
                if answer.is_success:
                    return str(answer.json()["id"])
                await asyncio.sleep(RUDE_S)
        raise AssertionError

    async def flood(self, *requests: Request) -> None:
        """Keep so many requests under way, each sent again and again without a pause."""
        async with asyncio.TaskGroup() as group:
            for number in range(AT_ONCE):
                key = self.keys[number % len(self.keys)]
                group.create_task(self._again(requests[number % len(requests)], key))

    def note(self, status: int) -> None:
        """Count an answer."""
        self.answers[status] = self.answers.get(status, 0) + 1

    async def _again(self, request: Request, key: str) -> None:
        """Send a request on a connection of its own, without what a client of ours would cost."""
        place = urlsplit(self.url)
        sent = request.sent(place.netloc, key)
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(place.hostname, place.port)
                with contextlib.closing(writer):
                    while True:
                        writer.write(sent)
                        status = await _answered(reader)
                        self.note(status)
                        if status in (429, 503):
                            await asyncio.sleep(RUDE_S)


async def _answered(reader: asyncio.StreamReader) -> int:
    """The status of an answer, which is read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    await reader.readexactly(int(length[1]) if length else 0)
    return int(head[9:12])


class Request(NamedTuple):
    """A request, whoever sends it."""

    method: str
    path: str
    content: bytes = b""
    kind: str = "text/plain"

    def sent(self, host: str, key: str) -> bytes:
        """What goes over the wire."""
        head = (
            f"{self.method} {self.path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n"
            f"Authorization: Bearer {key}\r\nContent-Type: {self.kind}\r\n"
            f"Content-Length: {len(self.content)}\r\n\r\n"
        )
        return head.encode() + self.content


async def uploads(neighbour: Neighbour) -> None:
    """Zips of little weight and many rows."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        zones = "".join(f"z{number},zone {number}\n" for number in range(ROWS))
        target.writestr("zones.csv", "id,name\n" + zones)
        for path in sorted(Path("instances/tiny").iterdir()):
            if path.name != "zones.csv" and path.suffix in (".csv", ".toml"):
                target.writestr(path.name, path.read_text())
    await neighbour.flood(Request("POST", "/v1/instances", packed.getvalue(), "application/zip"))


async def downloads(neighbour: Neighbour) -> None:
    """The report and the archive of a plan, and its instance as a workbook."""
    paths = [f"/v1/plans/{neighbour.plan}/{what}" for what in ("report", "archive")]
    paths.append(f"/v1/instances/{neighbour.instance}/workbook")
    await neighbour.flood(*(Request("GET", path) for path in paths))


async def bodies(neighbour: Neighbour) -> None:
    """The largest job requests that are read at all, none of them good."""
    unknown = b",".join(b'"k%d":1' % number for number in range(20_000))
    body = b'{"kind":"solve","instance_id":"ins_000000000000000000000000",' + unknown + b"}"
    await neighbour.flood(Request("POST", "/v1/jobs", body, "application/json"))


async def jobs(neighbour: Neighbour) -> None:
    """Long jobs, more than there are workers."""
    await long_jobs(neighbour, AT_ONCE)
    await asyncio.Event().wait()


async def streams(neighbour: Neighbour) -> None:
    """Event streams of a job that runs, and requests that come a byte a second."""
    running = await long_jobs(neighbour, 1)
    tenants = [Tenant(neighbour.organisation, key, jobs=running) for key in neighbour.keys]
    async with asyncio.TaskGroup() as group:
        for number in range(STREAMS):
            group.create_task(watch(neighbour.url, tenants[number % len(tenants)], number))
        for _ in range(DAWDLERS):
            group.create_task(dawdle(neighbour.url))


async def long_jobs(neighbour: Neighbour, count: int) -> list[str]:
    """Queue jobs that end when they are cancelled, however often it takes; their identifiers."""
    document = load("instances/rare-earths").model_dump_json().encode()
    options = {"gap": 0.0, "worth_gap": 0.0, "time_limit_s": 600}
    upload = Request("POST", "/v1/instances", document, "application/json")
    wanted = {"kind": "solve", "instance_id": await neighbour.made(upload), "options": options}
    request = Request("POST", "/v1/jobs", json.dumps(wanted).encode(), "application/json")
    return [await neighbour.made(request) for _ in range(count)]


async def everything(neighbour: Neighbour) -> None:
    """All of it at once."""
    async with asyncio.TaskGroup() as group:
        for noise in (uploads, downloads, bodies, jobs, streams):
            group.create_task(noise(neighbour))


NOISES: dict[str, Noise] = {
    f"{AT_ONCE} uploads of {ROWS:,} rows at a time": uploads,
    f"{AT_ONCE} reports, archives, workbooks at a time": downloads,
    f"{AT_ONCE} job requests of 200 KiB at a time": bodies,
    f"{AT_ONCE} long jobs for three workers": jobs,
    f"{STREAMS} event streams and {DAWDLERS} dawdlers": streams,
    "all of these": everything,
}


@contextlib.contextmanager
def made(name: str, neighbour: Neighbour) -> Iterator[None]:
    """Have a noise made while the context lasts; the neighbour has its answers afterwards.

    Raises:
        RuntimeError: the noise ended before its time.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_make, args=(theirs, name, neighbour))
    process.start()
    try:
        ours.recv()
        yield
        ours.send("enough")
        answers, trouble = ours.recv()
    finally:
        process.terminate()
        process.join()
    if trouble:
        raise RuntimeError(f"{name}: {trouble}")
    neighbour.answers = answers


def _make(pipe: Connection, name: str, neighbour: Neighbour) -> None:
    os.nice(NICENESS)
    asyncio.run(_until_enough(pipe, NOISES[name], neighbour))


async def _until_enough(pipe: Connection, noise: Noise, neighbour: Neighbour) -> None:
    pipe.send("begun")
    task = asyncio.ensure_future(noise(neighbour))
    await asyncio.to_thread(pipe.recv)
    trouble = ""
    if task.done():
        trouble = repr(task.exception())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    pipe.send((neighbour.answers, trouble))
