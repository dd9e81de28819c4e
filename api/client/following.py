"""The events of a job, each once and in order, whatever happens on the way.

Events come as a stream (server-sent events), which is resumed where it broke off. Where streams do
not get through, for a proxy keeps them back, they come in pages instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import httpx_sse

from api.client.calls import read
from api.resources.base import Page
from api.resources.jobs import ENDED, JobEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.client.connection import Connection

SILENCE_S = 45.0
"""How long a stream may say nothing; the service sends a sign of life every 15 s."""
MOST_BROKEN = 3
"""Streams in a row that bring nothing, after which only pages are asked for."""
WAIT_S = 10
"""How long the service holds a request for a page's worth of news."""


def followed(connection: Connection, job_id: str, after: int = 0) -> Iterator[JobEvent]:
    """Events of a job from the one after `after` to its end.

    Raises:
        ServiceRefused: there is no such job, or the service stayed away longer than the patience.
    """
    broken = 0
    while True:
        if broken < MOST_BROKEN:
            broken += 1
            for event in _streamed(connection, job_id, after):
                broken, after = 0, event.number
                yield event
                if is_end(event):
                    return
        for event in _page(connection, job_id, after):
            after = event.number
            yield event
            if is_end(event):
                return


def is_end(event: JobEvent) -> bool:
    """Whether this is a job's last event."""
    return event.type == "state" and event.data.get("state") in ENDED


def _streamed(connection: Connection, job_id: str, after: int) -> Iterator[JobEvent]:
    """What a stream brings until it ends or breaks."""
    asked = httpx_sse.connect_sse(
        connection.http,
        "GET",
        f"/v1/jobs/{job_id}/events",
        headers={"Last-Event-ID": str(after)},
        timeout=SILENCE_S,
    )
    try:
        with asked as source:
            if not source.response.is_success:
                return  # Asking for a page tells why.
            for message in source.iter_sse():
                if not message.data:  # A sign of life, which httpx_sse makes an event of.
                    continue
                event = read(JobEvent, message.data)
                if event.number > after:
                    after = event.number
                    yield event
    except (httpx.TransportError, httpx_sse.SSEError):
        return


def _page(connection: Connection, job_id: str, after: int) -> tuple[JobEvent, ...]:
    """The next events; waits for some where there are none yet."""
    path, how = f"/v1/jobs/{job_id}/events", {"Accept": "application/json"}
    for wait_s in (WAIT_S, 0):
        answer = connection.get(path, params={"after": after, "limit": 200}, headers=how)
        found = read(Page[JobEvent], answer.content).items
        if found or not wait_s:
            break
        connection.get(f"/v1/jobs/{job_id}", params={"wait": wait_s})
    return found
