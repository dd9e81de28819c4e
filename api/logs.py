"""Logs: one JSON object per line on standard error, without secrets.

Enters: events of our own and of the libraries that use Python's logging. Leaves: lines. Whatever
looks like a secret is cut out of every text of an event, wherever it stands.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from structlog.typing import EventDict, Processor

log: structlog.stdlib.BoundLogger = structlog.get_logger("lodestone")

CUT = "[secret]"
SECRETS = (
    (re.compile(r"\bldst_[\w\-]+"), f"ldst_{CUT}"),
    (re.compile(r"\bwhsec_[\w+/=\-]+"), f"whsec_{CUT}"),
    (re.compile(r"\b(bearer|basic)\s+[^\s'\",;]+", re.IGNORECASE), rf"\1 {CUT}"),
    (re.compile(r"\beyJ[\w\-]+\.[\w\-]+(\.[\w\-]*)?"), CUT),
    (re.compile(r"(\w://[^\s:/@]*:)[^\s'\"]*@"), rf"\1{CUT}@"),
    (
        re.compile(
            r"(\b\w*(?:password|passwd|secret|token|api_?key)['\"]?\s*[=:]\s*)"
            r"('[^']*'|\"[^\"]*\"|[^\s,;&]+)",
            re.IGNORECASE,
        ),
        rf"\1{CUT}",
    ),
)
"""What secrets look like, and what is left of them: our keys, webhooks' secrets, credentials of a
request, tokens of identity providers, passwords in addresses and settings."""
SECRET_NAMES = re.compile(r"password|passwd|secret|token|authorization|cookie|api_?key", re.I)
"""Fields whose value is never shown."""
QUIET = ("alembic", "httpx", "httpcore", "asyncio")
"""Libraries that tell too much: httpx the full address of each request."""
DEEPEST = 8
FLOODING = ("asyncio", "uvicorn")
"""Libraries that write a line for whatever a stranger does."""
SAME_LINES = 5
"""Equal lines of one of them in a period …"""
PERIOD_S = 60.0
"""… after which the next period's first tells how many were left out."""
MOST_KINDS = 1000
"""Different lines that are counted."""


def configure() -> None:
    """Write every log of this process to standard error from now on."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = ToStandardError()
    handler.addFilter(Repeats())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _of_this_process,
                redacted,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


class ToStandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the time: that of the start may be closed since."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Standard error as it is now."""
        return sys.stderr


class Repeats(logging.Filter):
    """Leaves out what a library says again and again, so that nobody fills the disk with it."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is written."""
        if not record.name.startswith(FLOODING):
            return True
        what = (record.name, str(record.msg)[:200])
        moment = time.monotonic()
        began, count = self._seen.get(what, (moment, 0))
        if moment - began >= PERIOD_S:
            if count > SAME_LINES:
                record.left_out = count - SAME_LINES
            began, count = moment, 0
        self._seen[what] = (began, count + 1)
        if len(self._seen) > MOST_KINDS:
            self._seen.pop(next(iter(self._seen)))
        return count < SAME_LINES


def redacted(_: Any, __: str, event: EventDict) -> EventDict:
    """The event with every secret cut out (a structlog processor)."""
    return {without_secrets(name): _shown(name, value, DEEPEST) for name, value in event.items()}


def without_secrets(text: str) -> str:
    """A text with whatever looks like a secret cut out."""
    for pattern, left in SECRETS:
        text = pattern.sub(left, text)
    return text


def _shown(name: object, value: Any, depth: int) -> Any:
    """A value of a field, as far as it may be shown."""
    if isinstance(name, str) and SECRET_NAMES.search(name) and value is not None:
        return CUT
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return without_secrets(value)
    if depth == 0:
        return CUT
    if isinstance(value, dict):
        return _shown_fields(value, depth - 1)
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(None, item, depth - 1) for item in value]
    return without_secrets(repr(value))


def _shown_fields(fields: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    return {without_secrets(str(key)): _shown(key, item, depth) for key, item in fields.items()}


def _of_this_process(_: Any, __: str, event: EventDict) -> EventDict:
    event["pid"] = os.getpid()
    event.pop("color_message", None)  # The same words again, as uvicorn colours them.
    return event


def _uncaught(
    kind: type[BaseException], trouble: BaseException, trace: TracebackType | None
) -> None:
    log.critical("not caught", exc_info=(kind, trouble, trace))


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None:
        _uncaught(told.exc_type, told.exc_value, told.exc_traceback)
