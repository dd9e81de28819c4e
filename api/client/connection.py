"""Requests to the service: patient while it restarts, impatient with what cannot pass."""

from __future__ import annotations

import logging
import secrets
import ssl
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from api.client.addresses import checked_key, checked_url, stays_here
from api.client.refusals import ServiceRefused, away, came_of, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger("api.client")

AWAY = (502, 503, 504)
"""Statuses that say: not now."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Troubles after which the service has not seen the request."""
NEVER_PASSING = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.TooManyRedirects)
"""Troubles that are the same however often a request is sent."""
CONNECT_S = 10.0
"""How long to try to connect, before it is said that the service is waited for."""
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0


class Network(NamedTuple):
    """How the service is reached; `proxy`, `verify` and `transport` as in `httpx.Client`."""

    proxy: str | None = None
    """Address of a proxy."""
    verify: ssl.SSLContext | bool = True
    """Certificates that are trusted."""
    transport: httpx.BaseTransport | None = None
    insecure: bool = False
    """Whether the key may be sent without encryption (`http://`) to another machine."""


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
        through = network or Network()
        self.url = checked_url(url, insecure=through.insecure)
        self.patience_s = patience_s
        self.met = False
        """Whether the service has ever answered."""
        self.http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {checked_key(key)}"},
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S)),
            follow_redirects=False,
            proxy=through.proxy,
            verify=through.verify,
            transport=through.transport,
            trust_env=not stays_here(self.url),
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
        while True:
            try:
                answer = self.http.request(method, path, **how)
            except httpx.TransportError as trouble:
                refusal = away(trouble, self.url)
                if self._lasting(trouble) or not (again or isinstance(trouble, NOT_SENT)):
                    raise refusal from None  # What httpx says may quote the key.
                wait_s = pause_s
            else:
                self.met = True
                if answer.is_success:
                    return answer
                found = refused(answer)
                if not (isinstance(found, ServiceRefused) and _passing(answer)):
                    raise found
                refusal = found
                wait_s = retry_after_s(answer, pause_s)
            if time.monotonic() + wait_s > until:
                raise refusal.about(f"asked of {self.url} again and again")
            if pause_s == FIRST_PAUSE_S:
                log.warning("waiting for %s: %s", self.url, refusal)
            time.sleep(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _lasting(self, trouble: httpx.TransportError) -> bool:
        """Whether a trouble will be the same at the next try."""
        if isinstance(trouble, NEVER_PASSING) or came_of(trouble, ssl.SSLError):
            return True
        return not self.met and isinstance(trouble, httpx.ConnectError)

    def close(self) -> None:
        """Close every connection."""
        self.http.close()


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


def quoted(version: int) -> Mapping[str, str]:
    """The header that makes a change only if nobody else was first."""
    return {"If-Match": f'"{version}"'}
