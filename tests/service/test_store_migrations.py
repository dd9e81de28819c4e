"""Migrations make exactly the tables that the store uses, once, whoever begins."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text, update

from api.errors import Conflict
from api.store import Store
from api.store.bootstrap import first_key
from api.store.migrations import current, newest, upgrade
from api.store.tables import metadata

if TYPE_CHECKING:
    from api.settings import Settings

UPGRADE = """
from api.settings import Settings
from api.store import Store
from api.store.migrations import upgrade
store = Store(Settings())
upgrade(store.database)
store.close()
"""


def test_migrations_make_the_tables_of_the_store(store: Store) -> None:
    with store.database.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert current(tx) == newest()
        names = set(inspect(tx).get_table_names())
    assert names == set(metadata.tables) | {"alembic_version"}


def test_a_column_that_no_migration_makes_is_noticed(store: Store) -> None:
    """The comparison above can fail."""
    with store.database.write() as tx:
        tx.execute(text("ALTER TABLE jobs DROP COLUMN cpu_s"))
        assert compare_metadata(MigrationContext.configure(tx), metadata) != []


def test_upgrading_again_changes_nothing(store: Store) -> None:
    key = first_key(store)
    upgrade(store.database)

    assert key is not None
    assert first_key(store) is None


def test_processes_that_start_at_once_upgrade_once(settings: Settings) -> None:
    environment = {
        "LODESTONE_DATA_DIR": str(settings.data_dir),
        "LODESTONE_DATABASE_URL": settings.database_url,
        "PYTHONPATH": ".",
    }
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE], env=environment, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in begun:
        _, words = process.communicate(timeout=60)
        assert process.returncode == 0, words
    opened = Store(settings)
    with opened.database.read() as tx:
        assert current(tx) == newest()
    opened.close()


def test_many_at_once_make_one_first_key(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: first_key(store), range(8)))

    assert sum(key is not None for key in made) == 1


def test_a_database_of_a_newer_lodestone_is_refused(store: Store) -> None:
    with store.database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Conflict, match="9999"):
        upgrade(store.database)


def test_what_is_not_committed_is_not_there(store: Store) -> None:
    first_key(store)
    table = metadata.tables["organisations"]

    def failing() -> None:
        with store.database.write() as tx:
            tx.execute(update(table).values(name="changed"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    with store.database.read() as tx:
        assert tx.execute(table.select()).one().name == "Secretariat"
