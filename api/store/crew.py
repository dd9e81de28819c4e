"""The crew: all workers, and how organisations and short jobs share them.

Where there are several organisations, none has all workers, so that nobody waits for all of
another's jobs; and long jobs leave some workers to short ones. With one worker neither can hold:
then it is the next job that is another's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, or_, select

from api.store.tables import jobs, organisations

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from api.settings import Settings


class Crew(NamedTuple):
    """All workers that claim jobs of this database."""

    workers: int
    """How many there are."""
    short: int
    """How many of them take short jobs only; at most all but one."""


def crew_of(settings: Settings, *, served: bool) -> Crew | None:
    """The workers as the operator's settings tell of them; None where they do not.

    Args:
        settings: those of a worker.
        served: whether `serve` has started it, so that it knows of `LODESTONE_WORKERS`.
    """
    workers = settings.all_workers or (settings.workers if served else 0)
    return Crew(workers, min(settings.short_workers, workers - 1)) if workers else None


def next_organisation(
    connection: Connection, crew: Crew | None
) -> tuple[str, ColumnElement[bool]] | None:
    """The organisation whose turn it is, and the condition of its jobs that may be started."""
    running = _running(connection)
    if crew is not None and _several(connection):
        workers = max(crew.workers, sum(long + short for long, short in running.values()) + 1)
        of_one, for_long = max(1, workers - 1), workers - crew.short
        long_of_one = max(1, for_long - 1)
        long_run = sum(long for long, _ in running.values()) < for_long
    else:
        of_one = long_of_one = sum(map(sum, running.values())) + 1
        long_run = True
    full = [name for name, held in running.items() if sum(held) >= of_one]
    long_full = [name for name, (long, _) in running.items() if long >= long_of_one]
    fits: ColumnElement[bool] = jobs.c.is_short
    if long_run:
        fits = or_(fits, jobs.c.organisation_id.not_in(long_full))
    found = _first(connection, fits, full)
    return None if found is None else (found, fits)


def _running(connection: Connection) -> dict[str, tuple[int, int]]:
    """How many long and short jobs of each organisation run."""
    query = (
        select(jobs.c.organisation_id, jobs.c.is_short, func.count())
        .where(jobs.c.state == "running")
        .group_by(jobs.c.organisation_id, jobs.c.is_short)
    )
    found: dict[str, tuple[int, int]] = {}
    for organisation, is_short, number in connection.execute(query):
        long, short = found.get(organisation, (0, 0))
        found[organisation] = (long, short + number) if is_short else (long + number, short)
    return found


def _several(connection: Connection) -> bool:
    """Whether there is anybody to share with."""
    return len(connection.execute(select(organisations.c.id).limit(2)).all()) > 1


def _first(connection: Connection, fits: ColumnElement[bool], full: list[str]) -> str | None:
    """Among organisations with a job that fits: fewest running, then the one served longest ago."""
    running = (
        select(jobs.c.organisation_id, func.count().label("running"))
        .where(jobs.c.state == "running")
        .group_by(jobs.c.organisation_id)
        .subquery()
    )
    count: Any = func.coalesce(running.c.running, 0)
    has_one = select(jobs.c.id).where(
        jobs.c.state == "queued", jobs.c.organisation_id == organisations.c.id, fits
    )
    query = (
        select(organisations.c.id)
        .outerjoin(running, running.c.organisation_id == organisations.c.id)
        .where(
            has_one.exists(),
            count < organisations.c.running_jobs,
            organisations.c.id.not_in(full),
        )
        .order_by(count, organisations.c.served_at, organisations.c.id)
        .limit(1)
    )
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else str(found)
