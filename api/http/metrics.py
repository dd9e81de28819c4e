"""Measurements for Prometheus: requests, jobs, open streams; no tenant's name among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.resources.jobs import ENDED
from api.store import jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from api.http.hub import Hub
    from api.store import Store

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
STATES = ("queued", "running", *ENDED)


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
        """Jobs by state, and open streams."""
        with self._store.database.read() as connection:
            counts = jobs.by_state(connection)
        found = GaugeMetricFamily("lodestone_jobs", "Jobs by state", labels=["state"])
        for state in STATES:
            found.add_metric([state], counts.get(state, 0))
        yield found
        yield GaugeMetricFamily("lodestone_jobs_waiting", "Queued jobs", counts.get("queued", 0))
        yield GaugeMetricFamily(
            "lodestone_streams_open", "Event streams and long polls", self._hub.open
        )
