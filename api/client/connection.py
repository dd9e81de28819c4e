"""Requests to the service: patient while it restarts, and refusals in the service's own words."""

from __future__ import annotations

import logging
import secrets
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
from pydantic import ValidationError

from optimizer.errors import Fault, InvalidInstance, OptimizerError
from optimizer.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

log = logging.getLogger("api.client")

AWAY = (502, 503, 504)
"""Statuses that say: not now."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Troubles after which the service has not seen the request."""
NEVER_PASSING = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.TooManyRedirects)
"""Troubles that are the same however often a request is sent."""
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0


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

    def __init__(self, words: Words, status: int | None = None) -> None:
        self.status = status
        """HTTP status; None where there was no answer, or the job itself went wrong."""
        self.kind = words.type.rpartition(":")[2]
        """What kind of problem, for example `not-found`; never changes."""
        self.faults = words.faults
        lines = [": ".join(part for part in (words.title, words.detail) if part), *words.faults]
        if words.faults_left_out:
            lines.append(f"… and {words.faults_left_out:,} more")
        super().__init__("\n".join(lines))


class Network(NamedTuple):
    """How the service is reached; each as in `httpx.Client`."""

    proxy: str | None = None
    """Address of a proxy."""
    verify: ssl.SSLContext | bool = True
    """Certificates that are trusted."""
    transport: httpx.BaseTransport | None = None


class Connection:
    """The service at an address, as one caller."""

    def __init__(
        self,
        url: str,
        key: str,
        timeout_s: float,
        patience_s: float,
        network: Network | None = None,
    ) -> None:
        """Prepare to reach the service.

        Args:
            url: its address.
            key: an API key or a token.
            timeout_s: how long one request may be without an answer.
            patience_s: how long to try while the service is away, once it has been there.
            network: how it is reached, where that is not the usual way.

        Raises:
            ServiceRefused: address or key cannot be right.
        """
        self.url = _checked_url(url)
        self.patience_s = patience_s
        self.met = False
        """Whether the service has ever answered."""
        through = network or Network()
        self.http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {_checked_key(key)}"},
            timeout=timeout_s,
            follow_redirects=False,
            proxy=through.proxy,
            verify=through.verify,
            transport=through.transport,
        )

    def get(self, path: str, **how: Any) -> httpx.Response:
        """Read something; as `httpx.Client.get`."""
        return self.sent("GET", path, **how)

    def act(self, path: str, **how: Any) -> httpx.Response:
        """Have something done once, however often it must be asked for.

        Args:
            path: where to POST.
            how: as `httpx.Client.post`.
        """
        headers = dict(how.pop("headers", {}))
        headers["Idempotency-Key"] = secrets.token_hex(16)
        return self.sent("POST", path, headers=headers, **how)

    def sent(self, method: str, path: str, *, again: bool = True, **how: Any) -> httpx.Response:
        """Send a request, again and again while the service is away, up to the patience.

        What cannot pass is told at once; so is a service that has never been there.

        Args:
            method: of HTTP.
            path: with the leading `/v1`.
            again: whether it may be done twice; if not, it is only sent again where the service
                has certainly not done it.
            how: as `httpx.Client.request`.

        Raises:
            ServiceRefused: in the service's words, or because it stayed away.
            InvalidInstance: the submitted instance has faults.
        """
        until = time.monotonic() + self.patience_s
        pause_s = FIRST_PAUSE_S
        refusal: OptimizerError
        while True:
            try:
                answer = self.http.request(method, path, **how)
            except httpx.TransportError as trouble:
                refusal = _away(trouble, self.url)
                if self._lasting(trouble) or not (again or isinstance(trouble, NOT_SENT)):
                    raise refusal from None  # What httpx says may quote the key.
                wait_s = pause_s
            else:
                self.met = True
                if answer.is_success:
                    return answer
                refusal = refused(answer)
                if not _passing(answer):
                    raise refusal
                wait_s = retry_after_s(answer, pause_s)
            if time.monotonic() + wait_s > until:
                raise refusal
            if pause_s == FIRST_PAUSE_S:
                log.warning("waiting for %s: %s", self.url, refusal)
            time.sleep(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _lasting(self, trouble: httpx.TransportError) -> bool:
        """Whether a trouble will be the same at the next try."""
        if isinstance(trouble, NEVER_PASSING) or any(
            isinstance(cause, ssl.SSLError) for cause in _causes(trouble)
        ):
            return True
        return not self.met and isinstance(trouble, httpx.ConnectError)

    def close(self) -> None:
        """Close every connection."""
        self.http.close()


def _checked_url(url: str) -> str:
    """An address without what does not belong to it.

    Raises:
        ServiceRefused: it has no scheme or no host.
    """
    try:
        parts = httpx.URL(url.strip())
    except httpx.InvalidURL as trouble:
        raise _wrong(f"'{url}' is not an address: {trouble}") from None
    if parts.scheme not in ("http", "https") or not parts.host:
        bare = url.strip().rpartition("://")[2]
        raise _wrong(f"'{url}' is not an address: begin with https:// or http://, as http://{bare}")
    return str(parts).rstrip("/")


def _checked_key(key: str) -> str:
    """A key without the blanks and line ends of the file that it was read from.

    Raises:
        ServiceRefused: it is empty, or has characters that no key has; it is not shown.
    """
    text = key.strip()
    if not text:
        raise _wrong("the API key is empty")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise _wrong("the API key has characters that no key has; is it more than the key?")
    return text


def _wrong(detail: str) -> ServiceRefused:
    return ServiceRefused(Words(title="The client cannot be used so", detail=detail))


def _causes(trouble: BaseException) -> Iterator[BaseException]:
    """A trouble and what it came of."""
    found: BaseException | None = trouble
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def refused(answer: httpx.Response) -> OptimizerError:
    """An answer that is a problem, as an error."""
    words = _words(answer)
    at_the_door = answer.request.method == "POST" and (
        answer.request.url.path.endswith(("/v1/instances", "/changes"))
    )
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and words.faults and at_the_door:
        found = [Fault("", None, "", fault) for fault in words.faults]
        if words.faults_left_out:
            found.append(Fault("", None, "", f"… and {words.faults_left_out:,} more"))
        return InvalidInstance(tuple(found))
    return ServiceRefused(words, answer.status_code)


def _passing(answer: httpx.Response) -> bool:
    """Whether waiting may help: the service is away, or it says when to come again."""
    status = answer.status_code
    return status in AWAY or (
        status == httpx.codes.TOO_MANY_REQUESTS and "Retry-After" in answer.headers
    )


def retry_after_s(answer: httpx.Response, otherwise_s: float) -> float:
    """How long the service asks to wait (s)."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else otherwise_s


def _words(answer: httpx.Response) -> Words:
    try:
        return Words.model_validate_json(answer.content)
    except ValidationError:
        return Words(title=f"The service answered {answer.status_code} {answer.reason_phrase}")


def _away(trouble: httpx.TransportError, url: str) -> ServiceRefused:
    """What kept the service from being reached, and what to look at; never a header."""
    causes = list(_causes(trouble))
    if isinstance(trouble, httpx.LocalProtocolError):
        why = "the request cannot be sent as it is"
    elif any(isinstance(cause, ssl.SSLError) for cause in causes):
        why = f"{trouble}: does it speak https, with a certificate that is trusted here?"
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        why = "its name is not known; is it spelt right?"
    elif isinstance(trouble, httpx.ConnectError):
        why = f"{trouble}: does it run, and is the port right?"
    else:
        why = str(trouble) or type(trouble).__name__
    return ServiceRefused(Words(title="The service cannot be reached", detail=f"{url}: {why}"))


def quoted(version: int) -> Mapping[str, str]:
    """The header that makes a change only if nobody else was first."""
    return {"If-Match": f'"{version}"'}
