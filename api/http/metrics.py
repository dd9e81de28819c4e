"""Measurements for Prometheus, of this server and of the whole service; no tenant is named.

While the database is away there is what this process knows by itself, and that the database is.
docs/deployment/alerts.yaml has the alerts that go with them, docs/runbook.md what to do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from api.errors import Unavailable
from api.resources.jobs import ENDED
from api.store import processes
from api.store.measures import measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from api.http.event_hub import Hub
    from api.store import Store
    from api.store.measures import Measures

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
STATES = ("queued", "running", *ENDED)
UNSENT = ("waiting", "dead")


class Metrics:
    """What this process measures."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_State(store, hub))
        self._requests = Counter(
            "lodestone_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "lodestone_request_seconds",
            "Time from a request's arrival to the end of its answer",
            ("method", "route"),
            registry=self._registry,
        )

        self._failures = Counter(
            "lodestone_failures",
            "Requests that failed by our own fault; the log says more",
            registry=self._registry,
        )

    def failed(self) -> None:
        """Count a failure of ours."""
        self._failures.inc()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _State(Collector):
    """What is looked up when it is asked for; Prometheus wants an object with `collect`."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self._store = store
        self._hub = hub

    def describe(self) -> Iterator[Metric]:
        """Nothing: the names need not be known before they are asked for."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Everything, or what is known without the database."""
        yield _gauge("lodestone_streams_open", "Event streams and long polls", self._hub.open)
        yield _gauge(
            "lodestone_disk_free_bytes",
            "Free space where results, database and scratch files lie",
            self._store.free_bytes(),
        )
        needed = self._store.settings.free_disk_mb * 2**20
        yield _gauge("lodestone_disk_needed_bytes", "Free space that new work needs", needed)
        settings = self._store.settings
        expected = settings.all_workers or max(1, settings.workers)
        yield _gauge("lodestone_workers_expected", "Workers that should live, at least", expected)
        try:
            with self._store.database.read() as connection:
                found = measured(connection, self._store.settings.hang_s)
        except Unavailable:
            yield _gauge("lodestone_database_up", "Whether the database answers", 0)
            return
        yield _gauge("lodestone_database_up", "Whether the database answers", 1)
        yield from _of_jobs(found)
        yield from _of_processes(found)
        yield from _of_messages(found)


def _of_jobs(found: Measures) -> Iterator[Metric]:
    by_state = GaugeMetricFamily("lodestone_jobs", "Jobs by state", labels=["state"])
    for state in STATES:
        by_state.add_metric([state], found.jobs.get(state, 0))
    yield by_state
    yield _gauge("lodestone_jobs_waiting", "Queued jobs", found.jobs.get("queued", 0))
    yield _gauge(
        "lodestone_oldest_queued_seconds",
        "Since when the oldest queued job has been there",
        found.oldest_queued_s,
    )
    yield CounterMetricFamily(
        "lodestone_jobs_taken_back",
        "Jobs taken from workers that were lost",
        found.tallied.get(processes.TAKEN_BACK, 0),
    )


def _of_processes(found: Measures) -> Iterator[Metric]:
    yield _gauge("lodestone_workers_alive", "Workers that beat", found.heard["worker"].alive)
    silent = GaugeMetricFamily(
        "lodestone_seconds_since_beat",
        "Since the last beat of any process of a kind; infinite where there is none",
        labels=["kind"],
    )
    restarts = CounterMetricFamily(
        "lodestone_restarts",
        "Processes that a supervisor replaced, because they hung or had died",
        labels=["kind", "reason"],
    )
    for kind, heard in found.heard.items():
        silent.add_metric([kind], math.inf if heard.silent_s is None else heard.silent_s)
        for reason in (processes.HUNG, processes.DIED):
            restarts.add_metric([kind, reason], found.tallied.get(f"{reason}.{kind}", 0))
    yield silent
    yield restarts
    yield CounterMetricFamily(
        "lodestone_upkeep_failures",
        "Rounds of upkeep that failed by our own fault",
        found.tallied.get(processes.UPKEEP, 0),
    )


def _of_messages(found: Measures) -> Iterator[Metric]:
    unsent = GaugeMetricFamily(
        "lodestone_deliveries", "Messages to webhooks that are not delivered", labels=["state"]
    )
    for state in UNSENT:
        unsent.add_metric([state], found.deliveries.get(state, 0))
    yield unsent
    yield _gauge(
        "lodestone_oldest_due_delivery_seconds",
        "Since when the first message that should have been sent waits",
        found.oldest_due_s,
    )


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value)
