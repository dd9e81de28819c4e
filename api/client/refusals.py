"""What the service refuses, in its own words, and what keeps it from being reached."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import httpx
from pydantic import ValidationError

from optimizer.errors import Fault, InvalidInstance, OptimizerError
from optimizer.instance.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

OF_INSTANCES = ("/v1/instances", "/changes", "/v1/jobs")
"""Ends of the paths to which instances, and what-ifs of them, are sent."""


class Words(Record):
    """The parts of a problem (RFC 9457) that are shown."""

    model_config = Record.model_config | {"extra": "ignore"}

    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    faults: tuple[str, ...] = ()
    faults_left_out: int = 0


class ServiceRefused(OptimizerError):
    """The service did not do what it was asked to; the message says why."""

    def __init__(
        self, words: Words, status: int | None = None, about: tuple[str, ...] = ()
    ) -> None:
        self._words = words
        self._about = about
        self.status = status
        """HTTP status; None where there was no answer, or the job itself went wrong."""
        self.kind = words.type.rpartition(":")[2]
        """What kind of problem, for example `not-found`; never changes."""
        self.faults = words.faults
        lines = [": ".join(part for part in (words.title, words.detail) if part), *words.faults]
        if words.faults_left_out:
            lines.append(f"… and {words.faults_left_out:,} more")
        super().__init__("\n".join([*lines, *about]))

    def about(self, what: str) -> ServiceRefused:
        """The same refusal, which says in a last line what it is about."""
        return ServiceRefused(self._words, self.status, (*self._about, what))


def wrong_use(detail: str) -> ServiceRefused:
    """A client that cannot be used as it was made."""
    return ServiceRefused(Words(title="The client cannot be used so", detail=detail))


def refused(answer: httpx.Response) -> OptimizerError:
    """An answer that is a problem, as an error."""
    words = _words(answer)
    at_the_door = answer.request.method == "POST" and (
        answer.request.url.path.endswith(OF_INSTANCES)
    )
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and words.faults and at_the_door:
        found = [Fault("", None, "", fault) for fault in words.faults]
        if words.faults_left_out:
            found.append(Fault("", None, "", f"… and {words.faults_left_out:,} more"))
        return InvalidInstance(tuple(found))
    return ServiceRefused(words, answer.status_code)


def away(trouble: httpx.TransportError, url: str) -> ServiceRefused:
    """What kept the service from being reached, and what to look at; never a header."""
    if isinstance(trouble, httpx.LocalProtocolError):
        why = "the request cannot be sent as it is"
    elif came_of(trouble, ssl.SSLError):
        why = f"{trouble}: does it speak https, with a certificate that is trusted here?"
    elif came_of(trouble, socket.gaierror):
        why = "its name is not known; is it spelt right?"
    elif isinstance(trouble, httpx.ConnectError):
        why = f"{trouble}: does it run, and is the port right?"
    else:
        why = str(trouble) or type(trouble).__name__
    return ServiceRefused(Words(title="The service cannot be reached", detail=f"{url}: {why}"))


def came_of(trouble: BaseException, kind: type[BaseException]) -> bool:
    """Whether a trouble is of a kind, or came of one that is."""
    return any(isinstance(cause, kind) for cause in _causes(trouble))


def _causes(trouble: BaseException) -> Iterator[BaseException]:
    """A trouble and what it came of."""
    found: BaseException | None = trouble
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _words(answer: httpx.Response) -> Words:
    try:
        return Words.model_validate_json(answer.content)
    except ValidationError:
        return Words(title=f"The service answered {answer.status_code} {answer.reason_phrase}")
