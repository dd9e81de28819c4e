"""Around every request: its log line, its measurements, the headers of its answer, its last net."""

from __future__ import annotations

import re
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect

from api.errors import ServiceError, Unavailable
from api.http.problems import problem_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.http.metrics import Metrics

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Of every answer, unless it says otherwise itself."""
GONE = 499
"""Status in logs and measurements of a request whose sender has gone before its body was taken."""
INNERMOST = 12
"""Frames of a failure that are logged."""
FULL = Unavailable("there is too little memory for this at the moment", retry_after_s=10)
SANE_ID = re.compile(r"[A-Za-z0-9._\-]{8,64}\Z")

log = structlog.get_logger()


def sane_id(text: str) -> bool:
    """Whether a caller's own request number may stand in our logs."""
    return SANE_ID.match(text) is not None


class Requests:
    """Stands around the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell about it when it has been answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except ClientDisconnect:
            status = status or GONE
        except Exception as trouble:
            log.error("request failed", route=route_of(scope), **_where(trouble))
            if status:
                raise  # Half an answer is out; the connection must break.
            full = isinstance(trouble, MemoryError)
            await problem_of(FULL if full else ServiceError())(scope, receive, answer)
        finally:
            self._tell(scope, status, time.perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route, caller = route_of(scope), scope.get("state", {}).get("caller")
        self._metrics.answered(scope["method"], route, status, seconds)
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(1000 * seconds, 1),
            organisation_id=caller.organisation_id if caller else None,
            user_id=caller.user_id if caller else None,
            key_id=caller.key_id if caller else None,
        )


def _where(trouble: Exception) -> dict[str, object]:
    """What went wrong and where; the exception's message may quote what was sent."""
    frames = traceback.extract_tb(trouble.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(trouble).__name__, "trace": places[-INNERMOST:]}


def route_of(scope: Scope) -> str:
    """The template of the request's path, `unmatched` where no route has it."""
    return str(getattr(scope.get("route"), "path", None) or "unmatched")
