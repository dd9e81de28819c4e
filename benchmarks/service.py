"""Measure the service: many jobs of several organisations, while others watch and dawdle.

    python -m benchmarks.service [--jobs 1000] [--workers 4] [--streams 200] [--dawdlers 100]

`lodestone serve` runs as its users run it. Five organisations queue equally many solves of `tiny`,
one organisation after the other, so that a first-come-first-served queue would be unfair. While the
workers solve, jobs are submitted and listed in a steady rhythm, event streams of waiting jobs stay
open, and dawdlers send their request a byte a second. Writes benchmarks/service.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np

from api.resources.organisations import KeyRequest, OrganisationRequest, Quota, UserRequest
from api.settings import Settings
from api.store import Store, keys, organisations
from api.store.migrations import upgrade
from api.store.tables import job_events, jobs
from benchmarks.measure import machine
from optimizer import load

REPORT = Path(__file__).with_name("service.md")
ORGANISATIONS = 5
PAUSE_S = 0.05
"""Between two requests that are measured."""


@dataclass
class Tenant:
    """An organisation with its key and what it has submitted."""

    organisation: str
    key: str
    instance: str = ""
    jobs: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """What its requests carry."""
        return {"Authorization": f"Bearer {self.key}"}


@dataclass
class Measured:
    """Seconds that requests took, by kind."""

    submit: list[float] = field(default_factory=list)
    listing: list[float] = field(default_factory=list)
    quiet: list[float] = field(default_factory=list)
    """Lists before anything else went on."""


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description="Measures the service under load.")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--dawdlers", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lodestone-") as folder:
        settings = Settings(
            data_dir=Path(folder), port=0, workers=given.workers, requests_per_minute=1_000_000
        )
        store = Store(settings)
        upgrade(store.database)
        tenants = people(store, given.jobs)
        with served(settings) as url:
            began = time.monotonic()
            measured = asyncio.run(load_of(url, tenants, given))
            took = time.monotonic() - began
        text = report(store, tenants, measured, given, took)
        store.close()
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def people(store: Store, jobs_in_all: int) -> list[Tenant]:
    """The organisations, each with an analyst's key."""
    tenants = []
    for number in range(ORGANISATIONS):
        with store.database.write() as tx:
            quota = Quota(queued_jobs=2 * jobs_in_all + 1000, jobs_per_day=1_000_000)
            request = OrganisationRequest(name=f"Fund {number}", kind="secretariat", quota=quota)
            identifier = organisations.add(tx, request, None)
            user = organisations.add_user(tx, identifier, UserRequest(name="A", role="analyst"))
            tenants.append(Tenant(identifier, keys.add(tx, user.id, KeyRequest()).secret))
    return tenants


class served:  # noqa: N801 - reads as the context that it is
    """The service of these settings; its value is its address."""

    def __init__(self, settings: Settings) -> None:
        given = settings.model_dump(mode="json", exclude_unset=True)
        variables = {f"LODESTONE_{name.upper()}": str(value) for name, value in given.items()}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | variables,
            text=True,
        )

    def __enter__(self) -> str:
        """Wait until it listens."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "listening on" in line:
                return line.split("listening on ")[1].strip()
        raise RuntimeError("the service did not start")

    def __exit__(self, *_: object) -> None:
        """End it in good order."""
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


async def load_of(url: str, tenants: list[Tenant], given: argparse.Namespace) -> Measured:
    """Put everything on the service at once, until all jobs have ended."""
    measured = Measured()
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        document = load("instances/tiny").model_dump_json()
        for tenant in tenants:
            headers = tenant.headers | {"Content-Type": "application/json"}
            answer = await client.post("/v1/instances", content=document, headers=headers)
            tenant.instance = answer.raise_for_status().json()["id"]
        for _ in range(50):
            await listed(client, tenants[0], measured.quiet)
        for tenant in tenants:
            for _ in range(given.jobs // len(tenants)):
                await submit(client, tenant, measured)
        watchers = [
            asyncio.create_task(watch(url, tenants[n % len(tenants)], n))
            for n in range(given.streams)
        ]
        dawdlers = [asyncio.create_task(dawdle(url)) for _ in range(given.dawdlers)]
        await until_ended(client, tenants, measured)
        for task in watchers + dawdlers:
            task.cancel()
        await asyncio.gather(*watchers, *dawdlers, return_exceptions=True)
    return measured


async def submit(client: httpx.AsyncClient, tenant: Tenant, measured: Measured) -> None:
    """Queue one job."""
    body = {"kind": "solve", "instance_id": tenant.instance}
    began = time.monotonic()
    answer = await client.post("/v1/jobs", json=body, headers=tenant.headers)
    measured.submit.append(time.monotonic() - began)
    tenant.jobs.append(answer.raise_for_status().json()["id"])


async def until_ended(client: httpx.AsyncClient, tenants: list[Tenant], measured: Measured) -> None:
    """List and submit, cancelling what is submitted, until no other job is left."""
    round_trip = 0
    while True:
        tenant = tenants[round_trip % len(tenants)]
        round_trip += 1
        await listed(client, tenant, measured.listing)
        extra = Tenant(tenant.organisation, tenant.key, tenant.instance)
        await submit(client, extra, measured)
        cancel = f"/v1/jobs/{extra.jobs[0]}/cancel"
        await client.post(cancel, headers=tenant.headers)
        if round_trip % 20 == 0 and not await any_left(client, tenants):
            return
        await asyncio.sleep(PAUSE_S)


async def any_left(client: httpx.AsyncClient, tenants: list[Tenant]) -> bool:
    """Whether a job waits or runs."""
    for tenant in tenants:
        for state in ("queued", "running"):
            query = {"state": state, "limit": 1}
            answer = await client.get("/v1/jobs", params=query, headers=tenant.headers)
            if answer.raise_for_status().json()["items"]:
                return True
    return False


async def listed(client: httpx.AsyncClient, tenant: Tenant, seconds: list[float]) -> None:
    """List the jobs of an organisation, and note how long it took."""
    began = time.monotonic()
    (await client.get("/v1/jobs", headers=tenant.headers)).raise_for_status()
    seconds.append(time.monotonic() - began)


async def watch(url: str, tenant: Tenant, number: int) -> None:
    """Keep the event stream of a job open, reading what comes."""
    job = tenant.jobs[-1 - number // ORGANISATIONS % len(tenant.jobs)]
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(
        f"GET /v1/jobs/{job}/events HTTP/1.1\r\nHost: {place.netloc}\r\n"
        f"Accept: text/event-stream\r\nAuthorization: Bearer {tenant.key}\r\n\r\n".encode()
    )
    try:
        while await reader.read(65536):
            pass
    finally:
        writer.close()


async def dawdle(url: str) -> None:
    """Send a request a byte a second."""
    place = urlsplit(url)
    while True:
        _, writer = await asyncio.open_connection(place.hostname, place.port)
        try:
            for byte in b"POST /v1/jobs HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n":
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(1)
        except OSError:
            continue
        finally:
            writer.close()


def report(
    store: Store, tenants: list[Tenant], measured: Measured, given: argparse.Namespace, took: float
) -> str:
    """What came of it, as Markdown."""
    wanted = {job: tenant.organisation for tenant in tenants for job in tenant.jobs}
    with store.database.read() as connection:
        rows = [row for row in connection.execute(jobs.select()) if row.id in wanted]
        events = connection.execute(
            job_events.select().where(job_events.c.type == "state").order_by(job_events.c.at)
        ).all()
    states = Counter(row.state for row in rows)
    ends = Counter(
        event.job_id
        for event in events
        if event.job_id in wanted and event.data["state"] not in ("queued", "running")
    )
    started = [
        wanted[event.job_id]
        for event in events
        if event.job_id in wanted and event.data["state"] == "running"
    ]
    lines = [
        "# The service under load",
        "",
        f"Written by `python -m benchmarks.service --jobs {given.jobs} --workers {given.workers} "
        f"--streams {given.streams} --dawdlers {given.dawdlers}` on {machine()}.",
        "",
        "| what | result |",
        "|---|---|",
        f"| jobs of {len(tenants)} organisations | {len(rows)} |",
        f"| ended | {', '.join(f'{count} {state}' for state, count in sorted(states.items()))} |",
        f"| ended exactly once | {sum(count == 1 for count in ends.values())} |",
        f"| starts | {len(started)} |",
        f"| furthest that two organisations were apart in jobs started | {apart(started)} |",
        f"| time from the first submission to the last end | {took:.0f} s |",
        f"| event streams open meanwhile, dawdling requests | {given.streams}, {given.dawdlers} |",
        f"| list of jobs, nothing else going on | {shown(measured.quiet)} |",
        f"| list of jobs while solving | {shown(measured.listing)} |",
        f"| submission of a job while solving | {shown(measured.submit)} |",
    ]
    return "\n".join(lines) + "\n"


def apart(started: list[str]) -> int:
    """The largest difference between two organisations in jobs started, while all have some."""
    share = Counter(started)
    count = dict.fromkeys(share, 0)
    furthest = 0
    for organisation in started:
        count[organisation] += 1
        if any(count[name] == share[name] for name in count):
            break
        furthest = max(furthest, max(count.values()) - min(count.values()))
    return furthest


def shown(seconds: list[float]) -> str:
    """Median and 99th percentile of times."""
    middle, worst = (1000 * float(np.quantile(seconds, share)) for share in (0.5, 0.99))
    return f"p50 {middle:.0f} ms, p99 {worst:.0f} ms ({len(seconds)} requests)"


if __name__ == "__main__":
    main()
