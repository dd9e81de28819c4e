"""Measure a noisy neighbour: how one organisation's requests fare while another does its worst.

    python -m benchmarks.neighbour [--requests 100]

`lodestone serve` runs as its users run it: once with the limit of requests a minute lifted, so that
the machinery is seen bare, and once as it is shipped. One organisation reads and submits in a
steady rhythm: first alone, then beside each kind of noise that another one can make with all the
keys that pay, then beside all of them together, and alone again. Each noise is another
organisation's, so that each has a whole minute's requests to spend. What counts is the ratio of the
99th percentiles in one run. Writes benchmarks/neighbour.md.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np

from api.http.rates import KEYS_WORTH
from api.resources.organisations import KeyRequest, OrganisationRequest, Quota, UserRequest
from api.settings import Settings
from api.store import Store, keys, organisations
from api.store.migrations import upgrade
from benchmarks.measure import machine
from benchmarks.noises import NICENESS, NOISES, Neighbour, made
from benchmarks.service import served
from optimizer import load

REPORT = Path(__file__).with_name("neighbour.md")
PAUSE_S = 0.02
SETTLED_S = 3.0
"""Noise before the measurement begins."""
TARGET = 3.0
LIFTED = 1_000_000
"""Requests a minute that nobody reaches."""
ALONE = "nothing"
AGAIN = "nothing again"
JSON = {"Content-Type": "application/json"}


class Member(NamedTuple):
    """An organisation with as many keys as pay."""

    organisation: str
    keys: tuple[str, ...]

    def headers(self, number: int = 0) -> dict[str, str]:
        """What a request of it carries."""
        return {"Authorization": f"Bearer {self.keys[number % len(self.keys)]}"}


class Row(NamedTuple):
    """How the quiet organisation fared beside a noise."""

    noise: str
    read: list[float]
    """Seconds of each."""
    submit: list[float]
    told: dict[int, int]
    """Answers to the neighbour, by status."""


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description="Measures one organisation beside a noisy one.")
    parser.add_argument("--requests", type=int, default=100)
    given = parser.parse_args()
    lifted = served_rows(given.requests, LIFTED)
    shipped = served_rows(given.requests, Settings().requests_per_minute)
    text = report(given.requests, lifted, shipped)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def served_rows(requests: int, per_minute: int) -> list[Row]:
    """What is measured at a service of its own."""
    with tempfile.TemporaryDirectory(prefix="lodestone-") as folder:
        settings = Settings(data_dir=Path(folder), port=0, requests_per_minute=per_minute)
        store = Store(settings)
        upgrade(store.database)
        quiet, *noisy = [member(store, number) for number in range(1 + len(NOISES))]
        store.close()
        with served(settings) as url:
            return asyncio.run(measured(url, quiet, noisy, requests))


def member(store: Store, number: int) -> Member:
    """An organisation with an analyst's keys."""
    with store.database.write() as tx:
        quota = Quota(queued_jobs=10_000, jobs_per_day=1_000_000)
        request = OrganisationRequest(name=f"Fund {number}", kind="secretariat", quota=quota)
        identifier = organisations.add(tx, request, None)
        user = organisations.add_user(tx, identifier, UserRequest(name="A", role="analyst"))
        found = [keys.add(tx, user.id, KeyRequest()).secret for _ in range(KEYS_WORTH)]
    return Member(identifier, tuple(found))


async def measured(url: str, quiet: Member, noisy: list[Member], requests: int) -> list[Row]:
    """A row for each noise, and for none before and after them."""
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        _, plan = await solved(client, quiet)
        for number in range(2):  # Processes start with the first requests.
            read, submit = await asked(client, quiet.headers(number), plan, requests)
        rows = [Row(ALONE, read, submit, {})]
        for number, (name, one) in enumerate(zip(NOISES, noisy, strict=True), 2):
            neighbour = Neighbour(url, *one, *await solved(client, one))
            with made(name, neighbour):
                await asyncio.sleep(SETTLED_S)
                read, submit = await asked(client, quiet.headers(number), plan, requests)
            rows.append(Row(name, read, submit, neighbour.answers))
            await ended(client, one)
        await asyncio.sleep(2 * SETTLED_S)
        read, submit = await asked(client, quiet.headers(1), plan, requests)
        return [*rows, Row(AGAIN, read, submit, {})]


async def solved(client: httpx.AsyncClient, one: Member) -> tuple[str, str]:
    """The bundled instance `tiny` and its plan, for an organisation."""
    document = load("instances/tiny").model_dump_json()
    answer = await client.post("/v1/instances", content=document, headers=one.headers() | JSON)
    instance = str(answer.raise_for_status().json()["id"])
    body = {"kind": "solve", "instance_id": instance}
    headers = one.headers() | {"Prefer": "wait=60"}
    answer = await client.post("/v1/jobs", json=body, headers=headers)
    return instance, str(answer.raise_for_status().json()["plan_id"])


async def asked(
    client: httpx.AsyncClient, headers: dict[str, str], plan: str, requests: int
) -> tuple[list[float], list[float]]:
    """Seconds of reads and of submissions in a steady rhythm."""
    document = load("instances/tiny").model_dump_json().encode()
    paths = ["/v1/jobs", f"/v1/plans/{plan}", f"/v1/plans/{plan}/tables/choice"]
    read, submit = [], []
    for number in range(requests):
        read.append(await once(client, headers, paths[number % len(paths)]))
        submit.append(await once(client, headers, "/v1/instances", document))
        await asyncio.sleep(PAUSE_S)
    return read, submit


async def once(
    client: httpx.AsyncClient, headers: dict[str, str], path: str, content: bytes | None = None
) -> float:
    """Read something, or submit a content, which must succeed; the seconds that it took."""
    method = "POST" if content else "GET"
    began = time.monotonic()
    answer = await client.request(method, path, content=content, headers=headers | JSON)
    took = time.monotonic() - began
    if answer.is_error:
        raise RuntimeError(f"{answer.status_code} {answer.text}")
    return took


async def ended(client: httpx.AsyncClient, one: Member) -> None:
    """Cancel what an organisation has queued, and wait until it has ended."""
    turn = 0
    while True:
        left = 0
        for state in ("queued", "running"):
            query = {"state": state, "limit": 100}
            answer = await client.get("/v1/jobs", params=query, headers=one.headers(turn))
            turn += 1
            if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                left += 1
                continue
            for job in answer.raise_for_status().json()["items"]:
                left += 1
                await client.post(f"/v1/jobs/{job['id']}/cancel", headers=one.headers(turn))
        if not left:
            return
        await asyncio.sleep(0.5)


def report(requests: int, lifted: list[Row], shipped: list[Row]) -> str:
    """What came of it, as Markdown."""
    return f"""# One organisation beside a noisy one

Written by `python -m benchmarks.neighbour --requests {requests}` on {machine()}.
Ratios are to the 99th percentile alone, at the beginning of the same table; the target is at most
{TARGET:g}. The quiet organisation reads and submits {requests} times each beside every noise, so
that the 99th percentile is the second largest of them or nearly so. The neighbour has
{KEYS_WORTH} keys. It is a process of its own on the same machine, {NICENESS} steps nicer than the
service and than the quiet one, whose times are then the service's and not those of a client that is
busy with the noise; it still takes what processor time is left.

## The limit of requests a minute lifted

{table(lifted)}

## As shipped

{Settings().requests_per_minute:,} requests of a key in a minute. Each noise is made by another
organisation, which has its whole minute before it.

{table(shipped)}
"""


def table(rows: list[Row]) -> str:
    """Rows as a table of Markdown."""
    alone = [float(np.quantile(seconds, 0.99)) for seconds in (rows[0].read, rows[0].submit)]
    lines = [
        "| the neighbour does | read, ms (p50, p99) | ratio | submission, ms (p50, p99) | ratio"
        " | the neighbour was told |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [row.noise]
        for seconds, usual in zip((row.read, row.submit), alone, strict=True):
            middle, worst = np.quantile(seconds, (0.5, 0.99))
            cells += [f"{1000 * middle:.0f}, {1000 * worst:.0f}", f"{worst / usual:.1f}"]
        told = ", ".join(f"{count:,} × {status}" for status, count in sorted(row.told.items()))
        lines.append("| " + " | ".join([*cells, told or "–"]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
