"""The drill: a back-up under load, a disaster, a restore elsewhere, and the service goes on there.

`LODESTONE_ROUNDS=100` plays more of them.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import httpx
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.resources.organisations import KeyRequest
from api.store import Store, keys
from optimizer import Options
from tests.service.test_faults_http import free_port
from tests.service.test_store_backup import restored
from tests.support.fault_rounds import nothing_is_left, quick
from tests.support.fleet import (
    alive,
    all_ended,
    changed,
    ended_once,
    environment,
    process,
    states,
    until,
)
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings
    from tests.support.people import Person

DRILLS = max(1, int(os.environ.get("LODESTONE_ROUNDS", "0")) // 20)
JOBS = 4


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Short leases."""
    return quick(settings)


def command(settings: Settings, *words: str, code: int = 0) -> str:
    """What a command of the operator writes."""
    done = CliRunner(env=environment(settings)).invoke(app, words)
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout


@pytest.mark.parametrize("drill", range(DRILLS))
def test_a_drill_of_back_up_and_restore(
    store: Store, settings: Settings, tmp_path: Path, drill: int
) -> None:
    ada = person(store, organisation(store), "admin")
    with store.database.write() as tx:
        leaked = keys.add(tx, ada.caller.user_id, KeyRequest())
    instance = tiny(store, ada.caller).id
    with process(settings, "api.cli", "serve"):
        for number in range(JOBS):
            queued(store, ada.caller, instance, options=Options(seed=number))
        until(lambda: states(store)["succeeded"] >= 1 + drill % 2 and states(store)["running"])
        copied = restored(store, tmp_path / "elsewhere")
        with store.database.write() as tx:
            keys.revoke(tx, leaked.id)
        queued(store, ada.caller, instance)
    until(lambda: not alive(settings))

    elsewhere = changed(quick(copied), port=free_port())
    assert "0 missing or damaged" in command(elsewhere, "database", "check")
    ended = command(elsewhere, "keys", "revoke", "--all")
    assert {leaked.id, ada.caller.key_id} == set(re.findall(r"key_\w+", ended))
    fresh = command(elsewhere, "keys", "create", ada.caller.user_id).strip()
    url = f"http://127.0.0.1:{elsewhere.port}"
    copy = Store(elsewhere)
    with process(elsewhere, "api.cli", "serve"):
        until(lambda: all_ended(copy))
        until(lambda: is_ready(url))
        everything_is_readable(url, fresh)
        for old in (ada.secret, leaked.secret):
            headers = {"Authorization": f"Bearer {old}"}
            assert httpx.get(f"{url}/v1/me", headers=headers).status_code == 401
        goes_on(copy, ada, instance)
    assert states(copy) == {"succeeded": JOBS + 1}
    ended_once(copy)
    until(lambda: not alive(elsewhere))
    nothing_is_left(copy, elsewhere)
    copy.close()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def everything_is_readable(url: str, secret: str) -> None:
    """Every instance and every plan with its tables, as a person with a new key sees them."""
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        plans = client.get("/v1/plans").json()["items"]
        assert len(plans) == JOBS
        for plan in plans:
            page = f"/v1/plans/{plan['id']}"
            for table in client.get(f"{page}/tables").json():
                assert client.get(f"{page}/tables/{table['name']}").status_code == 200
            assert client.get(f"{page}/report").status_code == 200
        for kept in client.get("/v1/instances").json()["items"]:
            assert client.get(f"/v1/instances/{kept['id']}/document").status_code == 200


def goes_on(store: Store, ada: Person, instance: str) -> None:
    """New work is done."""
    queued(store, ada.caller, instance)
    until(lambda: all_ended(store))
