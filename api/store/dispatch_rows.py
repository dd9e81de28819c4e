"""Tickets: procrastinate's jobs in our database, each carrying word of one of ours.

A ticket's queueing lock is the identifier of its job, so that no job has two that wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrastinate.schema import SchemaManager
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOCK = 4914874


def make_tables(connection: Connection) -> None:
    """Make procrastinate's tables where there are none; processes that start at once wait."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    if connection.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar() is None:
        connection.exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))


def jobs_without(connection: Connection, limit: int) -> tuple[str, ...]:
    """Queued jobs that no ticket waits for, in the order in which they may be served."""
    query = text(
        "SELECT jobs.id FROM jobs WHERE jobs.state = 'queued' AND NOT EXISTS ("
        "  SELECT 1 FROM procrastinate_jobs"
        "  WHERE queueing_lock = jobs.id AND status = 'todo'"
        ") ORDER BY jobs.priority DESC, jobs.created_at LIMIT :limit"
    )
    return tuple(connection.execute(query, {"limit": limit}).scalars())


def drop_stalled(connection: Connection, older_than_s: float) -> int:
    """Drop tickets in the hands of workers that are dead; the sweep writes new ones.

    Args:
        connection: a transaction.
        older_than_s: age of a worker's last heartbeat from which it counts as dead.

    Returns:
        How many there were.
    """
    query = text(
        "DELETE FROM procrastinate_jobs WHERE status = 'doing' AND ("
        "  worker_id IS NULL OR worker_id IN ("
        "    SELECT id FROM procrastinate_workers"
        "    WHERE last_heartbeat < now() - make_interval(secs => :age)))"
    )
    return connection.execute(query, {"age": older_than_s}).rowcount
