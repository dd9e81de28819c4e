"""What an operator measures of the whole service; nothing in it names a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from api.store import jobs as submitted
from api.store import processes
from api.store.clock import now
from api.store.tables import deliveries, jobs

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.store.processes import Heard


class Measures(NamedTuple):
    """The service at a moment."""

    jobs: dict[str, int]
    """How many are in each state that has any."""
    oldest_queued_s: float
    """Since when the oldest waiting job has been there; 0 where none waits."""
    heard: dict[str, Heard]
    """Processes by kind."""
    tallied: dict[str, int]
    """What has happened, how often."""
    deliveries: dict[str, int]
    """Messages to webhooks, by state."""
    oldest_due_s: float
    """Since when the first message that should have been sent waits; 0 where none does."""


def measured(connection: Connection, hang_s: float) -> Measures:
    """Everything at once.

    Args:
        connection: a transaction.
        hang_s: how long a process that lives may be silent.
    """
    waiting = select(func.min(jobs.c.created_at)).where(jobs.c.state == "queued")
    due = select(func.min(deliveries.c.next_at)).where(deliveries.c.state == "waiting")
    states = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    ages = select(
        now() - waiting.scalar_subquery(),
        now() - due.scalar_subquery(),
    )
    oldest_queued_s, oldest_due_s = connection.execute(ages).one()
    return Measures(
        jobs=submitted.by_state(connection),
        oldest_queued_s=max(0.0, oldest_queued_s or 0.0),
        heard=processes.heard(connection, hang_s),
        tallied=processes.tallied(connection),
        deliveries={state: count for state, count in connection.execute(states)},
        oldest_due_s=max(0.0, oldest_due_s or 0.0),
    )
