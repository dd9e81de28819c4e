"""The database: SQLite or PostgreSQL, by URL.

Enters: a URL. Leaves: transactions. `write()` is a transaction in which what was read stays true
(SQLite: BEGIN IMMEDIATE; PostgreSQL: rows that matter are locked by the statements).
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, create_engine, event, make_url, select, text
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.errors import DiskFull, Unavailable
from api.store.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    AtCommit = Callable[[Connection, list[Any]], None]

Transaction = Connection
"""What functions of the store work in; whoever calls them opens it."""
BUSY_S = 30.0
"""How long a transaction waits for another."""
POOL = 12
"""Connections of one process, at most."""
DAMAGED = "the database is damaged; restore a back-up"
AT_COMMIT = "lodestone_at_commit"
"""Where a connection keeps what is left for the end of its transaction."""
KEPT_ALIVE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": int(1000 * BUSY_S),
}
"""For PostgreSQL: a server that is gone without a word, as behind a cut cable, is noticed."""
LIMITS = f"-c lock_timeout={int(BUSY_S)}s -c idle_in_transaction_session_timeout={int(2 * BUSY_S)}s"
"""For PostgreSQL: a process that was stopped in mid-transaction must not hold up all others."""


class Database:
    """A database that all processes of the service share."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.embedded = self.engine.dialect.name == "sqlite"
        self._damaged = False
        self._writer = threading.Lock()
        """Held by who writes to the embedded database, or waits for another process that does."""

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; it commits at the end, unless something is raised.

        Raises:
            Unavailable: the database cannot be reached, or did not answer in time.
            DiskFull: there is no room.
        """
        with self._told(), self._in_line(), self.engine.connect() as connection:
            connection = connection.execution_options(lodestone_begin="BEGIN IMMEDIATE")
            with connection.begin():
                try:
                    yield connection
                    finish(connection)
                finally:
                    connection.info.pop(AT_COMMIT, None)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads.

        Raises:
            Unavailable: the database cannot be reached, or did not answer in time.
        """
        with self._told(), self.engine.connect() as connection:
            yield connection

    def time(self) -> float:
        """Seconds since 1970 by the database's clock."""
        with self.read() as connection:
            return float(connection.execute(select(now())).scalar_one())

    def backup(self, target: Path) -> None:
        """Copy the embedded database while it is in use, and verify the copy.

        Raises:
            FileExistsError: the target is there already.
            DiskFull: there is no room.
            Unavailable: the copy is damaged; it is not kept.
        """
        if target.exists():
            raise FileExistsError(17, "exists already", str(target))
        with self._told(), self.engine.connect() as connection:
            outside = connection.execution_options(lodestone_begin="")
            outside.execute(text("VACUUM INTO :target"), {"target": str(target)})
        copy = Database(f"sqlite:///{target.absolute()}")
        try:
            faults = copy.faults()
        finally:
            copy.close()
            for beside in ("-wal", "-shm"):
                target.with_name(target.name + beside).unlink(missing_ok=True)
        if faults:
            target.unlink()
            raise Unavailable(f"the copy is damaged and not kept: {faults[0]}")

    def faults(self) -> list[str]:
        """What is wrong inside the embedded database; nothing if it is sound.

        PostgreSQL looks after itself.
        """
        if not self.embedded:
            return []
        try:
            with self.engine.connect() as connection:
                found = [str(row[0]) for row in connection.execute(text("PRAGMA quick_check"))]
                lost = connection.execute(text("PRAGMA foreign_key_check")).all()
        except DatabaseError as trouble:
            return [str(trouble.orig)]
        broken = [words for words in found if words != "ok"]
        return broken + [f"a row of {row[0]} names a row of {row[2]} that is gone" for row in lost]

    def must_be_sound(self) -> None:
        """Refuse where this process has met damage, even if not everything is touched by it.

        Raises:
            Unavailable: it has.
        """
        if self._damaged:
            raise Unavailable(DAMAGED)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _in_line(self) -> Iterator[None]:
        """Wait for this process's other writers to the embedded database.

        SQLite has one writer at a time, and whoever finds it busy looks again after up to 0.1 s,
        whoever has come meanwhile.

        Raises:
            Unavailable: they do not end.
        """
        if not self.embedded:
            yield
            return
        if not self._writer.acquire(timeout=BUSY_S):
            raise Unavailable("the database does not answer", retry_after_s=2)
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in the service's words that the database is gone, busy or full."""
        try:
            yield
        except PoolTimeout as trouble:
            raise Unavailable(
                "every connection to the database is busy", retry_after_s=1
            ) from trouble
        except OperationalError as trouble:
            words = str(trouble.orig).lower()
            if "is full" in words or "no space" in words:
                raise DiskFull("the database has no room") from trouble
            raise Unavailable("the database does not answer", retry_after_s=2) from trouble
        except DBAPIError as trouble:
            words = str(trouble.orig).lower()
            if "malformed" in words or "not a database" in words:
                self._damaged = True
                raise Unavailable(DAMAGED) from trouble
            if trouble.connection_invalidated:
                raise Unavailable("the database does not answer", retry_after_s=2) from trouble
            raise


def at_commit(connection: Connection, do: AtCommit, item: object) -> None:
    """Have something done with an item as the last thing before the transaction commits.

    What every transaction locks must be locked last: nobody who holds it then waits for others.
    """
    connection.info.setdefault(AT_COMMIT, {}).setdefault(do, []).append(item)


def finish(connection: Connection) -> None:
    """Do now what was left for the end of the transaction."""
    for do, items in connection.info.pop(AT_COMMIT, {}).items():
        do(connection, items)


def alone(connection: Connection, name: str) -> None:
    """Wait until no other transaction holds this name, and hold it until this one ends.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(lock, {"name": name})


def driver_address(url: str) -> str:
    """SQLAlchemy's address of a PostgreSQL database as PostgreSQL's own."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url,
            hide_parameters=True,
            pool_size=POOL,
            max_overflow=0,
            pool_pre_ping=True,
            pool_timeout=BUSY_S,
            connect_args={"connect_timeout": 10, "options": LIMITS} | KEPT_ALIVE,
        )
    engine = create_engine(
        url, hide_parameters=True, pool_size=POOL, max_overflow=0, pool_timeout=BUSY_S
    )
    if engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def connected(driver: Any, _: Any) -> None:
        driver.isolation_level = None  # SQLAlchemy's "begin" event below begins instead.
        for pragma in (
            f"busy_timeout = {int(BUSY_S * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            driver.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        begin = connection.get_execution_options().get("lodestone_begin", "BEGIN")
        if begin:  # A backup is no transaction.
            connection.exec_driver_sql(begin)

    return engine
