"""Measure a noisy neighbour: how one organisation's requests fare while another does its worst.

    python -m benchmarks.neighbour [--requests 200]

`lodestone serve` runs as its users run it, with its own limits. One organisation reads and submits
in a steady rhythm: first alone, then beside each kind of noise that another one with an ordinary
key can make, then beside all of them together. What counts is the ratio of the 99th percentiles in
one run. Writes benchmarks/neighbour.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np

from api.settings import Settings
from api.store import Store
from api.store.migrations import upgrade
from benchmarks.measure import machine
from benchmarks.service import Tenant, dawdle, people, served, watch
from optimizer import load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Noise = Callable[["Neighbour"], Awaitable[None]]

REPORT = Path(__file__).with_name("neighbour.md")
PAUSE_S = 0.02
SETTLED_S = 3.0
"""Noise before the measurement begins."""
AT_ONCE = 24
"""Requests that the neighbour has under way."""
ROWS = 30_000
TARGET = 3.0
JSON = {"Content-Type": "application/json"}


class Neighbour:
    """The organisation that makes noise: its address, key, instances and plan."""

    def __init__(self, url: str, tenant: Tenant, plan: str) -> None:
        self.url, self.tenant, self.plan = url, tenant, plan
        self.answers: dict[int, int] = {}

    async def again(self, method: str, path: str, content: bytes | None, kind: str) -> None:
        """Send one request again and again until cancelled, without a pause."""
        headers = self.tenant.headers | {"Content-Type": kind}
        async with httpx.AsyncClient(base_url=self.url, timeout=120) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    answer = await client.request(method, path, content=content, headers=headers)
                    self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1
                    if answer.status_code in (429, 503):
                        await asyncio.sleep(0.1)  # Far less than it is told, as somebody rude does.


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description="Measures one organisation beside a noisy one.")
    parser.add_argument("--requests", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lodestone-") as folder:
        settings = Settings(data_dir=Path(folder), port=0, requests_per_minute=1_000_000)
        store = Store(settings)
        upgrade(store.database)
        quiet, noisy = people(store, 1000)[:2]
        with served(settings) as url:
            rows = asyncio.run(measured(url, quiet, noisy, given.requests))
        store.close()
    text = report(rows, given.requests)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


async def measured(
    url: str, quiet: Tenant, noisy: Tenant, requests: int
) -> list[tuple[str, dict[str, list[float]], str]]:
    """Seconds by what was asked, alone and beside each noise, with what the neighbour was told."""
    limits = httpx.Limits(max_connections=50)
    async with (
        httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client,
        httpx.AsyncClient(base_url=url, timeout=120, headers=quiet.headers) as own,
    ):
        plan = await solved(client, quiet)
        neighbour = Neighbour(url, noisy, await solved(client, noisy))
        await asked(own, plan, requests)  # Processes start with the first requests.
        rows = [("nothing", await asked(own, plan, requests), "")]
        for name, noise in NOISES.items():
            neighbour.answers = {}
            task = asyncio.create_task(noise(neighbour))  # type: ignore[arg-type]
            await asyncio.sleep(SETTLED_S)
            seconds = await asked(own, plan, requests)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await ended(client, noisy)
            told = ", ".join(f"{n} × {status}" for status, n in sorted(neighbour.answers.items()))
            rows.append((name, seconds, told))
        await asyncio.sleep(2 * SETTLED_S)
        rows.append(("nothing again", await asked(own, plan, requests), ""))
    return rows


async def solved(client: httpx.AsyncClient, tenant: Tenant) -> str:
    """The plan of the bundled instance `tiny`, for an organisation."""
    document = load("instances/tiny").model_dump_json()
    answer = await client.post("/v1/instances", content=document, headers=tenant.headers | JSON)
    tenant.instance = answer.raise_for_status().json()["id"]
    body = {"kind": "solve", "instance_id": tenant.instance}
    answer = await client.post(
        "/v1/jobs", json=body, headers=tenant.headers | {"Prefer": "wait=60"}
    )
    return str(answer.raise_for_status().json()["plan_id"])


async def asked(client: httpx.AsyncClient, plan: str, requests: int) -> dict[str, list[float]]:
    """Seconds of reads and of submissions in a steady rhythm."""
    document = load("instances/tiny").model_dump_json().encode()
    reads = ["/v1/jobs", f"/v1/plans/{plan}", f"/v1/plans/{plan}/tables/choice"]
    seconds: dict[str, list[float]] = {"read": [], "submit": []}
    for number in range(requests):
        await once(client, seconds["read"], reads[number % len(reads)])
        if number % 2:
            await once(client, seconds["submit"], "/v1/instances", document)
        await asyncio.sleep(PAUSE_S)
    return seconds


async def once(
    client: httpx.AsyncClient, seconds: list[float], path: str, content: bytes | None = None
) -> None:
    """Read something, or submit a content, which must succeed; its seconds are noted."""
    began = time.monotonic()
    answer = await client.request("POST" if content else "GET", path, content=content, headers=JSON)
    seconds.append(time.monotonic() - began)
    if answer.is_error:
        raise RuntimeError(f"{answer.status_code} {answer.text}")


async def ended(client: httpx.AsyncClient, tenant: Tenant) -> None:
    """Cancel what the neighbour has queued, and wait until it has ended."""
    while True:
        left = 0
        for state in ("queued", "running"):
            query = {"state": state, "limit": 100}
            answer = await client.get("/v1/jobs", params=query, headers=tenant.headers)
            for job in answer.raise_for_status().json()["items"]:
                left += 1
                await client.post(f"/v1/jobs/{job['id']}/cancel", headers=tenant.headers)
        if not left:
            return
        await asyncio.sleep(0.5)


async def uploads(neighbour: Neighbour) -> None:
    """Zips of little weight and many rows."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        zones = "".join(f"z{number},zone {number}\n" for number in range(ROWS))
        target.writestr("zones.csv", "id,name\n" + zones)
        for path in sorted(Path("instances/tiny").iterdir()):
            if path.name != "zones.csv" and path.suffix in (".csv", ".toml"):
                target.writestr(path.name, path.read_text())
    many = packed.getvalue()
    await asyncio.gather(
        *(neighbour.again("POST", "/v1/instances", many, "application/zip") for _ in range(AT_ONCE))
    )


async def reports(neighbour: Neighbour) -> None:
    """Reports and comparisons of a plan."""
    paths = [f"/v1/plans/{neighbour.plan}/{what}" for what in ("report", "archive", "document")]
    await asyncio.gather(
        *(neighbour.again("GET", paths[n % 3], None, "text/plain") for n in range(AT_ONCE))
    )


async def bodies(neighbour: Neighbour) -> None:
    """The largest job requests that are read at all, none of them good."""
    unknown = b",".join(b'"k%d":1' % number for number in range(20_000))
    body = b'{"kind":"solve","instance_id":"ins_000000000000000000000000",' + unknown + b"}"
    await asyncio.gather(
        *(neighbour.again("POST", "/v1/jobs", body, "application/json") for _ in range(AT_ONCE))
    )


async def jobs(neighbour: Neighbour) -> None:
    """Long jobs, more than there are workers."""
    async with httpx.AsyncClient(base_url=neighbour.url, timeout=120) as client:
        headers = neighbour.tenant.headers
        document = load("instances/rare-earths").model_dump_json()
        answer = await client.post("/v1/instances", content=document, headers=headers | JSON)
        options = {"gap": 0.0, "worth_gap": 0.0, "time_limit_s": 600}
        instance = answer.raise_for_status().json()["id"]
        body = {"kind": "solve", "instance_id": instance, "options": options}
        for _ in range(AT_ONCE):
            answer = await client.post("/v1/jobs", json=body, headers=headers)
            status = answer.status_code
            neighbour.answers[status] = neighbour.answers.get(status, 0) + 1
    await asyncio.Event().wait()


async def streams(neighbour: Neighbour) -> None:
    """Event streams of a job that waits or has ended, and requests a byte a second."""
    neighbour.tenant.jobs = neighbour.tenant.jobs or ["job_000000000000000000000000"]
    await asyncio.gather(
        *(watch(neighbour.url, neighbour.tenant, number) for number in range(200)),
        *(dawdle(neighbour.url) for _ in range(100)),
    )


async def everything(neighbour: Neighbour) -> None:
    """All of it at once."""
    await asyncio.gather(*(noise(neighbour) for noise in (uploads, reports, bodies, jobs, streams)))


NOISES: dict[str, Noise] = {
    f"{AT_ONCE} uploads of {ROWS:,} rows at a time": uploads,
    f"{AT_ONCE} reports, archives, workbooks at a time": reports,
    f"{AT_ONCE} job requests of 200 KiB at a time": bodies,
    f"{AT_ONCE} long jobs for two workers": jobs,
    "200 event streams and 100 dawdlers": streams,
    "all of these": everything,
}


def report(rows: list[tuple[str, dict[str, list[float]], str]], requests: int) -> str:
    """What came of it, as Markdown."""
    alone = {kind: np.quantile(rows[0][1][kind], 0.99) for kind in ("read", "submit")}
    lines = [
        "# One organisation beside a noisy one",
        "",
        f"Written by `python -m benchmarks.neighbour --requests {requests}` on {machine()}.",
        "`lodestone serve` has its defaults but for requests a minute. Ratios are to the",
        f"99th percentile alone, at the beginning; the target is at most {TARGET:g}.",
        "",
        "| the neighbour does | read, ms (p50, p99) | ratio | submission, ms (p50, p99) | ratio"
        " | the neighbour was told |",
        "|---|---|---|---|---|---|",
    ]
    for name, seconds, told in rows:
        cells = [name]
        for kind in ("read", "submit"):
            middle, worst = np.quantile(seconds[kind], (0.5, 0.99))
            cells += [f"{1000 * middle:.0f}, {1000 * worst:.0f}", f"{worst / alone[kind]:.1f}"]
        lines.append("| " + " | ".join([*cells, told or "–"]) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
