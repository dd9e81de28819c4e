"""Changes of the database's tables, version by version (Alembic).

`upgrade` brings a database to the newest version; the service does so when it starts. A released
version is never edited: a change is a new file in `versions`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.errors import Conflict
from api.store.database import alone

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.store.database import Database


def upgrade(database: Database) -> None:
    """Bring the tables to the newest version; processes that start at once do it one by one.

    Raises:
        Conflict: the database is of a newer Lodestone than this one.
    """
    with database.write() as connection:
        alone(connection, "migrations")
        scripts = ScriptDirectory.from_config(_config(connection))
        version = current(connection)
        if version is not None and version not in {
            entry.revision for entry in scripts.walk_revisions()
        }:
            raise Conflict(
                f"the database has version {version}, which this Lodestone does not know"
            )
        if version != scripts.get_current_head():
            command.upgrade(_config(connection), "head")


def current(connection: Connection) -> str | None:
    """Version of the tables; None for an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The version that this Lodestone works with."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
