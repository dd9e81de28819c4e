"""Secrets that lie sealed: keys of the environment, their change, and a wrong one at the start."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from api.errors import Invalid
from api.resources.webhooks import WebhookRequest
from api.sealing import VARIABLE, Sealer, Unopened, sealer_of
from api.store import webhooks
from api.store.tables import webhooks as table
from api.work.supervisor import seal
from tests.support.fleet import ROOT, environment
from tests.support.people import organisation, person

if TYPE_CHECKING:
    from api.settings import Settings
    from api.store import Store

TEXT = "whsec_something"


def made() -> str:
    """A key as `openssl rand -base64 32` writes it."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def test_without_a_key_nothing_is_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " , ")
    sealer = sealer_of()

    assert not sealer.has_key
    assert sealer.sealed(TEXT) == TEXT == sealer.opened(TEXT)
    assert sealer.is_newest(TEXT)


def test_what_is_sealed_is_opened_with_its_key_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = made(), made()
    monkeypatch.setenv(VARIABLE, old)
    before = sealer_of()
    monkeypatch.setenv(VARIABLE, f"{new}, {old}")
    both = sealer_of()
    kept = before.sealed(TEXT)

    assert TEXT not in kept
    assert before.opened(kept) == both.opened(kept) == TEXT
    assert (before.is_newest(kept), both.is_newest(kept)) == (True, False)
    assert not before.is_newest(TEXT)
    assert both.is_newest(both.sealed(TEXT))
    altered = kept[:-4] + ("AAA=" if not kept.endswith("AAA=") else "BBB=")
    for sealer, text in ((Sealer(), kept), (before, both.sealed(TEXT)), (both, altered)):
        with pytest.raises(Unopened):
            sealer.opened(text)


@pytest.mark.parametrize("key", ["short", "é" * 43, base64.b64encode(b"x" * 31).decode(), "="])
def test_a_key_that_is_none_is_named_and_not_shown(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"{made()},{key}")
    with pytest.raises(Invalid, match="key 2") as trouble:
        sealer_of()
    assert key not in str(trouble.value).replace("base64", "") or key == "="


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize("key", [None, "another", "no key"])
def test_a_wrong_key_is_said_at_the_start(
    store: Store, settings: Settings, command: str, key: str | None
) -> None:
    ada = person(store, organisation(store), "admin")
    with store.database.write() as tx:
        request = WebhookRequest(url="https://hooks.example.org/")
        webhooks.add(tx, ada.caller, request, Sealer([Fernet(Fernet.generate_key())]))
    given = {} if key is None else {VARIABLE: made() if key == "another" else key}
    ended = subprocess.run(
        [sys.executable, "-m", "api.cli", command],
        env=os.environ | environment(settings) | given | {"LODESTONE_PORT": "0"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith(f"lodestone: {VARIABLE}")
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_a_key_seals_what_lay_open_at_the_next_start(store: Store) -> None:
    ada = person(store, organisation(store), "admin")
    with store.database.write() as tx:
        hook = webhooks.add(tx, ada.caller, WebhookRequest(url="https://hooks.example.org/"))
    store.sealer = Sealer([Fernet(Fernet.generate_key())])
    seal(store)
    with store.database.write() as tx:
        kept = tx.execute(select(table)).one().secret
    assert kept.startswith("sealed:")
    assert store.sealer.opened(kept) == hook.secret


def test_a_start_without_a_key_warns(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.sealer = Sealer()
    seal(store)
    assert VARIABLE in caplog.text
