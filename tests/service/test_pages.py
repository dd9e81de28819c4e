"""What a browser sees: where to go, and the API's own page, without anything from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from api.store import Store
from tests.support.application import running

if TYPE_CHECKING:
    from pathlib import Path

    from api.reading import Readers
    from api.settings import Settings
    from tests.support.application import Service

ELSEWHERE = re.compile(r"""(?:src|href)=["'](?:https?:)?//""")
CHROMIUM = shutil.which("chromium")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
FLAGS += ("--disable-background-networking", "--disable-component-update", "--disable-sync")


def test_the_start_says_where_to_go(service: Service) -> None:
    with service.client() as client:
        places = client.get("/").json()
        answers = {place: client.get(place) for place in places.values() if place.startswith("/")}

    assert {"/docs", "/v1/openapi.json", "/livez", "/readyz"} <= set(answers)
    assert all(answer.status_code in (200, 503) for answer in answers.values())


def test_the_page_loads_nothing_from_elsewhere(service: Service) -> None:
    with service.client() as client:
        page = client.get("/docs")
        parts = re.findall(r'(?:src|href)="(/docs/[^"]+)"', page.text)
        found = {part: client.get(part) for part in parts}

    assert not ELSEWHERE.search(page.text)
    assert len(found) == 3
    for part, answer in found.items():
        assert answer.status_code == 200, part
        assert answer.headers["Content-Type"].partition(";")[0] in ("text/javascript", "text/css")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "http" not in policy


def test_its_parts_are_sent_small_and_once(service: Service) -> None:
    path = "/docs/swagger-ui-bundle.js"
    with service.client() as client:
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        small = client.get(path, headers={"Accept-Encoding": "gzip"})
        again = client.get(path, headers={"If-None-Match": small.headers["ETag"]})

    assert plain.content == small.content
    assert int(small.headers["Content-Length"]) < len(plain.content) / 2
    assert again.status_code == 304


def test_there_is_nothing_else_below_it(service: Service) -> None:
    with service.client() as client:
        for name in ("../app.py", "%2e%2e%2fapp.py", "favicon.png", "redoc.standalone.js", "x/y"):
            assert client.get(f"/docs/{name}").status_code == 404, name


def test_strangers_are_counted(store: Store, settings: Settings, readers: Readers) -> None:
    few = Store(settings.model_copy(update={"strangers_per_minute": 5}))
    with running(few, readers) as service, service.client() as client:
        answers = [client.get("/docs").status_code for _ in range(8)]
    few.close()

    assert answers == [200] * 5 + [429] * 3


@pytest.mark.skipif(CHROMIUM is None, reason="needs the browser chromium")
def test_a_browser_shows_every_route(service: Service, tmp_path: Path) -> None:
    """Under the page's own policy: what it forbids would leave the page empty."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path}", "--dump-dom"]
    command += ["--virtual-time-budget=20000", f"{service.url}/docs"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=300).stdout

    for operations in service.app.openapi()["paths"].values():
        for operation in operations.values():
            assert operation["summary"] in shown
