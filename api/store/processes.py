"""Servers and workers as they tell of themselves: who lives, since when, doing what.

A row is written by the process it tells of and taken away by it at its end, by its supervisor when
it has died, or by anybody once it has been silent for long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import delete, func, insert, not_, select, update

from api.store.clock import now
from api.store.database import alone
from api.store.tables import processes, tallies

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

ProcessKind = Literal["server", "worker"]
KINDS: tuple[ProcessKind, ...] = ("server", "worker")
TAKEN_BACK = "jobs_taken_back"
HUNG = "hung"
DIED = "died"
UPKEEP = "upkeep_failed"
"""What is counted; of processes with the kind after a point."""


class Living(NamedTuple):
    """A process and its last sign of life."""

    id: str
    kind: str
    host: str
    pid: int
    doing: str
    age_s: float
    """Time since its start."""
    silent_s: float
    """Time since its last beat."""


class Heard(NamedTuple):
    """What is known of all processes of a kind."""

    alive: int
    silent_s: float | None
    """Time since the last beat of any of them; None where there is none."""


def beat(connection: Connection, living: Living) -> None:
    """Note a sign of life; the first makes the row, its times are the database's."""
    told = {"doing": living.doing, "beat_at": now()}
    here = processes.c.id == living.id
    if connection.execute(update(processes).where(here).values(**told)).rowcount:
        return
    connection.execute(
        insert(processes).values(
            id=living.id,
            kind=living.kind,
            host=living.host,
            pid=living.pid,
            started_at=now() - living.age_s,
            **told,
        )
    )


def forget(connection: Connection, identifiers: Collection[str]) -> None:
    """Drop processes that have ended."""
    connection.execute(delete(processes).where(processes.c.id.in_(identifiers)))


def forget_silent(connection: Connection, for_s: float) -> int:
    """Drop processes that have not beaten for so long; returns how many. One that lives returns.

    A beat of a future that a clock set back has left is no better than an old one.
    """
    lately = (now() - processes.c.beat_at).between(-for_s, for_s)
    return connection.execute(delete(processes).where(not_(lately))).rowcount


def living(connection: Connection) -> list[Living]:
    """Every process that is known, oldest first."""
    silent = (now() - processes.c.beat_at).label("silent_s")
    age = (now() - processes.c.started_at).label("age_s")
    query = select(processes, age, silent).order_by(processes.c.started_at, processes.c.id)
    rows = connection.execute(query).mappings()
    return [Living(**{name: row[name] for name in Living._fields}) for row in rows]


def heard(connection: Connection, within_s: float) -> dict[str, Heard]:
    """How many of each kind have beaten within so long, and when the last did."""
    found: dict[str, Heard] = {kind: Heard(0, None) for kind in KINDS}
    silent = now() - processes.c.beat_at
    alive = func.count().filter(silent.between(-within_s, within_s))
    query = select(processes.c.kind, alive, func.min(silent)).group_by(processes.c.kind)
    for kind, count, silent_s in connection.execute(query):
        found[kind] = Heard(count, max(0.0, silent_s))
    return found


def tally(connection: Connection, name: str, by: int = 1) -> None:
    """Count something that has happened."""
    here = tallies.c.name == name
    more = update(tallies).where(here).values(count=tallies.c.count + by)
    if not by or connection.execute(more).rowcount:
        return
    alone(connection, "tallies")  # Two processes may count the first one at once.
    if not connection.execute(more).rowcount:
        connection.execute(insert(tallies).values(name=name, count=by))


def tallied(connection: Connection) -> dict[str, int]:
    """How often everything has happened that ever was counted."""
    return {name: count for name, count in connection.execute(select(tallies))}
