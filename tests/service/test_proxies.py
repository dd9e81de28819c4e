"""The proxies' files of docs/deployment, before a running service; where the proxy is installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from api.store import Store
from tests.support.application import running
from tests.support.fleet import ROOT
from tests.support.people import queued, tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from api.reading import Readers
    from api.settings import Settings
    from tests.support.application import Fund, Service

FILES = ROOT / "docs" / "deployment"
NAME = "fund.example"
STARTS_S = 60


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def nginx(folder: Path, port: int, upstream: int) -> list[str]:
    """The command that runs nginx with the documented file, on a port of its own, without TLS."""
    text = (FILES / "nginx.conf").read_text()
    site, _, _ = text.partition("server {\n    listen 80;")
    site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    site = site.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    site = "\n".join(line for line in site.splitlines() if " ssl_" not in line)
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid;\nerror_log stderr;\nevents {{}}\ndaemon off;\n"
        f"http {{\naccess_log off;\nclient_body_temp_path {folder}/body;\n"
        f"proxy_temp_path {folder}/proxy;\nfastcgi_temp_path {folder}/f;\n"
        f"uwsgi_temp_path {folder}/u;\nscgi_temp_path {folder}/s;\n"
        f"include {folder}/site.conf;\n}}\n"
    )
    return ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", "stderr"]


def caddy(folder: Path, port: int, upstream: int) -> list[str]:
    """The command that runs Caddy with the documented file, on a port of its own, without TLS."""
    text = (FILES / "Caddyfile").read_text()
    text = text.replace(f"\n{NAME} {{", f"\nhttp://{NAME}:{port} {{")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    text = text.replace("{\n\tservers", "{\n\tadmin off\n\tauto_https off\n\tservers", 1)
    (folder / "Caddyfile").write_text(text)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@contextmanager
def proxied(
    command: Callable[[Path, int, int], list[str]], folder: Path, service: Service
) -> Iterator[str]:
    """A proxy before a service, and its address."""
    port, upstream = free_port(), int(service.url.rpartition(":")[2])
    environment = {"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"}
    with subprocess.Popen(
        command(folder, port, upstream), env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + STARTS_S
        while True:
            try:
                httpx.get(f"{url}/livez", headers={"Host": NAME})
                break
            except httpx.TransportError:
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.1)
        try:
            yield url
        finally:
            process.terminate()


@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_the_documented_proxy_serves_everything_but_measurements(  # noqa: PLR0913 - fixtures
    proxy: Callable[[Path, int, int], list[str]],
    store: Store,
    settings: Settings,
    readers: Readers,
    fund: Fund,
    tmp_path: Path,
) -> None:
    if shutil.which(proxy.__name__, path="/usr/sbin:/usr/bin:/bin") is None:
        pytest.skip(f"{proxy.__name__} is not installed")
    behind = Store(
        settings.model_copy(
            update={"proxies": ("127.0.0.1/32",), "hosts": (NAME,), "strangers_per_minute": 3}
        )
    )
    with running(behind, readers) as service, proxied(proxy, tmp_path, service) as url:
        headers = {"Host": NAME, "Authorization": f"Bearer {fund.analyst.secret}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            assert client.get("/v1/me").status_code == 200
            assert client.get("/metrics").status_code == 404
            large = client.post(
                "/v1/instances",
                content=b" " * (32 * 2**20 + 1),
                headers={"Content-Type": "application/json"},
            )
            assert large.status_code == 413
            job = queued(store, fund.analyst.caller, tiny(store, fund.analyst.caller).id)
            with client.stream("GET", f"/v1/jobs/{job.id}/events") as stream:
                lines = stream.iter_lines()
                assert "event: state" in (next(lines), next(lines))  # Before the job has ended.
                client.post(f"/v1/jobs/{job.id}/cancel")
                assert any("cancelled" in line for line in lines)
        forged = [
            httpx.get(
                f"{url}/v1/me", headers={"Host": NAME, "X-Forwarded-For": f"192.0.2.{n}"}
            ).status_code
            for n in range(5)
        ]
        assert forged[-1] == 429  # The caller's own word for his address counts for nothing.
        other = httpx.get(f"{service.url}/v1/me", headers={"Host": "evil.example"})
        assert other.status_code == 400
    behind.close()
