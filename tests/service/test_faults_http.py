"""The HTTP server dies in the midst of a submission; its sender tries again with the same key."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.fault_rounds import quick, served_again_and_again
from tests.support.fleet import PATIENCE_S, all_ended, changed, ended_once, states, until
from tests.support.people import organisation, person, tiny

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings
    from api.store import Store


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def insist(url: str, body: dict[str, str], headers: dict[str, str]) -> httpx.Response:
    """Post until there is an answer."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            return httpx.post(url, json=body, headers=headers, timeout=10)
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("there is no answer")


@pytest.mark.parametrize(
    ("database_url", "point"),
    [("sqlite", "api.after_commit"), ("postgresql", "api.before_commit")],
    indirect=["database_url"],
)
def test_a_submission_cut_short_is_made_once(
    store: Store, settings: Settings, tmp_path: Path, point: str
) -> None:
    settings = changed(quick(settings), port=free_port())
    someone = person(store, organisation(store))
    body = {"kind": "solve", "instance_id": tiny(store, someone.caller).id}
    headers = {"Authorization": f"Bearer {someone.secret}", "Idempotency-Key": "once"}
    marker = tmp_path / "marker"

    with served_again_and_again(settings, f"{point}=kill:{marker}"):
        answer = insist(f"http://127.0.0.1:{settings.port}/v1/jobs", body, headers)
        assert answer.status_code == 202, answer.text
        until(lambda: all_ended(store))

    assert marker.exists()
    assert states(store) == {"succeeded": 1}
    ended_once(store)
