"""Requests to the service: patient while it restarts, and refusals in the service's own words."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import ValidationError

from optimizer.errors import Fault, InvalidInstance, OptimizerError
from optimizer.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

AWAY = (502, 503, 504)
"""Statuses that say: not now."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Troubles after which the service has not seen the request."""
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


class Connection:
    """The service at an address, as one caller."""

    def __init__(self, url: str, key: str, timeout_s: float, patience_s: float) -> None:
        self.patience_s = patience_s
        self.http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout_s,
            follow_redirects=False,
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
                if not (again or isinstance(trouble, NOT_SENT)):
                    raise _away(trouble) from trouble
                wait_s, refusal = pause_s, _away(trouble)
            else:
                if answer.is_success:
                    return answer
                refusal = refused(answer)
                if not _passing(answer):
                    raise refusal
                wait_s = retry_after_s(answer, pause_s)
            if time.monotonic() + wait_s > until:
                raise refusal
            time.sleep(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def close(self) -> None:
        """Close every connection."""
        self.http.close()


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


def _away(trouble: httpx.TransportError) -> ServiceRefused:
    return ServiceRefused(Words(title="The service cannot be reached", detail=str(trouble)))


def quoted(version: int) -> Mapping[str, str]:
    """The header that makes a change only if nobody else was first."""
    return {"If-Match": f'"{version}"'}
