"""Commands other than `serve` and `database upgrade` work on what is there, and make nothing."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.store import Store
from api.store.bootstrap import FIRST_KEY, first_key, kept
from api.store.migrations import upgrade
from tests.support.fleet import process

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings

ORGANISATION, USER, KEY = "org_" + "0" * 24, "usr_" + "0" * 24, "key_" + "0" * 24
COMMANDS = [
    ["worker"],
    ["database", "check"],
    ["database", "backup", "copy.sqlite"],
    ["keys", "organisations"],
    ["keys", "add-organisation", "Fund", "--kind", "secretariat"],
    ["keys", "users", ORGANISATION],
    ["keys", "add-user", ORGANISATION, "Ada"],
    ["keys", "create", USER],
    ["keys", "list", ORGANISATION],
    ["keys", "revoke", KEY],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_is_made_where_there_is_no_database(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip in the name of the folder is told, with the name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LODESTONE_DATA_DIR", "typo")
    monkeypatch.delenv("LODESTONE_DATABASE_URL", raising=False)
    done = CliRunner().invoke(app, command)

    assert done.exit_code == 1, done.output
    assert "typo" in done.stderr
    assert "LODESTONE_DATA_DIR" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS[1:3] + COMMANDS[3:5], ids=" ".join)
def test_a_database_without_tables_is_left_without(
    command: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LODESTONE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("LODESTONE_DATABASE_URL", settings.database_url)
    empty = Store(settings)
    with empty.database.read():
        pass
    empty.close()
    done = CliRunner().invoke(app, command)

    assert done.exit_code in (1, 2)
    assert "database upgrade" in done.stderr or "pg_dump" in done.stderr
    assert not (tmp_path / "copy.sqlite").exists()


def test_the_first_key_is_in_a_file_for_its_owner_alone(settings: Settings) -> None:
    """Whatever the umask is; it opens the service, works for a day, and is said nowhere else."""
    store = Store(settings)
    upgrade(store.database)
    key = first_key(store)
    assert key is not None
    before = os.umask(0)
    try:
        path = kept(key, settings)
    finally:
        os.umask(before)
    store.close()

    assert path == settings.data_dir / FIRST_KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == key.secret + "\n"
    assert (key.expires_at - key.created_at).days == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_serve_says_where_the_first_key_is_and_not_what_it_is(settings: Settings) -> None:
    settings = settings.model_copy(update={"port": 0, "workers": 0})
    with process(settings, "api.cli", "serve", errors=subprocess.STDOUT) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline().decode()]
        while "listening" not in lines[-1]:
            assert lines[-1], lines
            lines.append(server.stdout.readline().decode())
    said = "".join(lines)
    assert str(settings.data_dir / FIRST_KEY) in said
    assert not re.search(r"ldst_[0-9a-f]{24}_", said)
    assert (settings.data_dir / FIRST_KEY).read_text().startswith("ldst_")
