"""The courier: sends signed messages that jobs have ended to the organisations' own services.

Enters: messages that are due. Leaves: requests by the Standard Webhooks specification, and in the
store what came of each. The addresses are chosen by tenants, so the courier connects to public
ones only, and to the networks that the operator allows. A name is resolved once, its addresses are
checked, and the connection goes to the one that was checked: what the name says a moment later
does not matter.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import socket
import ssl
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
from standardwebhooks import Webhook

from api.errors import DiskFull, Unavailable
from api.receivers import OUT_OF_REACH, address_of, is_allowed
from api.sealing import Unopened
from api.store import outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.receivers import Network
    from api.sealing import Sealer
    from api.store import Store
    from api.store.outbox import Due

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
"""For one message, from the first look-up of the name to the answer's status."""
AT_ONCE = 16
"""Messages that one courier sends at the same time: those of several organisations."""
TROUBLES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.InvalidURL,
    OSError,
    UnicodeError,
)
"""What may go wrong with a receiver."""


class Refused(OSError):
    """An address that tenants may not have us connect to."""


class Courier:
    """Sends what is due, a few messages at once; whichever ends is followed by the next."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._networks = [ipaddress.ip_network(text) for text in store.settings.webhook_networks]
        self._lock = threading.Lock()
        self._senders: set[threading.Thread] = set()
        self.tried = 0
        """Messages that have been sent, with whatever success."""

    def look(self) -> None:
        """Begin to send what is due, for as many messages at once as there may be.

        A message that is being sent when the process ends is sent again by another: receivers may
        get it twice, with the same `webhook-id`.
        """
        while len(self._senders) < AT_ONCE and (sent := self._next()) is not None:
            # Threads that do not keep a process from ending, unlike those of a pool.
            sender = threading.Thread(target=self._send, args=(sent,), daemon=True)
            with self._lock:
                self._senders.add(sender)
            sender.start()

    def wait(self) -> None:
        """Wait until nothing is being sent."""
        while senders := tuple(self._senders):
            for sender in senders:
                sender.join()

    def _next(self) -> Due | None:
        with self._store.database.write() as tx:
            return outbox.due(tx)

    def _send(self, first: Due) -> None:
        """Send a message, and then the next one that is due, until none is."""
        sent: Due | None = first
        try:
            while sent is not None:
                _deliver(self._store, self._networks, sent)
                with self._lock:
                    self.tried += 1
                sent = self._next()
        except (Unavailable, DiskFull) as trouble:
            log.warning("messages wait: %s", trouble)
        finally:
            with self._lock:
                self._senders.discard(threading.current_thread())


def deliver_due(store: Store) -> int:
    """Send every message that is due, and wait for that; returns how many were tried."""
    courier = Courier(store)
    courier.look()
    courier.wait()
    return courier.tried


def _deliver(store: Store, networks: Sequence[Network], sent: Due) -> None:
    """Send a message and note what came of it."""
    try:
        status, error = _sent(_opened(sent, store.sealer), networks)
    except Unopened as trouble:
        log.error("%s cannot be signed: %s", sent.delivery_id, trouble)
        status, error = None, "the service cannot sign it; its operator is told"
    try:
        with store.database.write() as tx:
            outbox.settled(tx, sent, status, error)
    except (Unavailable, DiskFull) as trouble:
        log.warning("what came of %s is not noted: %s", sent.delivery_id, trouble)


def _opened(sent: Due, sealer: Sealer) -> Due:
    """A message with the secrets that sign it.

    Raises:
        Unopened: they are sealed with another key.
    """
    old = sent.old_secret
    return sent._replace(
        secret=sealer.opened(sent.secret), old_secret=None if old is None else sealer.opened(old)
    )


def _sent(sent: Due, networks: Sequence[Network]) -> tuple[int | None, str | None]:
    """The status of the answer where there was one, and what is wrong with it if anything.

    Nothing of the answer but its status is read: whatever else it holds cannot harm.
    """
    try:
        url = httpx.URL(sent.url)
        secure = url.scheme == "https"
        request = httpcore.Request(
            "POST",
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=_headers(sent, url.netloc.decode()),
            content=_body(sent).encode(),
        )
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_S)
        request.extensions = {"timeout": timeouts}
        with httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context() if secure else None,
            network_backend=Guarded(networks, secure=secure),
        ) as pool:
            answer = pool.handle_request(request)
            status: int = answer.status
            answer.close()
    except Refused as refusal:
        return None, str(refusal)
    except TROUBLES as trouble:
        return None, _in_words(trouble)
    return status, None if 200 <= status < 300 else f"it answered {status}"


def _body(sent: Due) -> str:
    """What is sent: the job, never the plan; whoever may see it gets that from the service."""
    data = {name: value for name, value in sent.job.items() if name != "ended_at"}
    message = {"type": sent.type, "timestamp": sent.job["ended_at"], "data": data}
    return json.dumps(message, separators=(",", ":"))


def _headers(sent: Due, host: str) -> dict[bytes | str, bytes | str]:
    now, body = datetime.now(UTC), _body(sent)
    secrets = [sent.secret] if sent.old_secret is None else [sent.secret, sent.old_secret]
    signatures = [Webhook(secret).sign(sent.delivery_id, now, body) for secret in secrets]
    return {
        "Host": host,
        "Content-Type": "application/json",
        "Content-Length": str(len(body.encode())),
        "User-Agent": "lodestone",
        "webhook-id": sent.delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _in_words(trouble: Exception) -> str:
    """Why there is no answer; a tenant reads it, so it tells of no address and no network."""
    cause = trouble.__cause__ or trouble.__context__
    if isinstance(trouble, ssl.SSLError) or isinstance(cause, ssl.SSLError):
        return "its certificate is not good for its name, or TLS failed"
    if isinstance(trouble, httpcore.TimeoutException):
        return f"it did not answer within {TIMEOUT_S:g} seconds"
    if isinstance(trouble, httpx.InvalidURL):
        return "its URL is not one"
    if isinstance(trouble, socket.gaierror | UnicodeError):
        return OUT_OF_REACH
    if isinstance(trouble, httpcore.ProtocolError):
        return "it did not answer in HTTP"
    return "no connection"


class Guarded(httpcore.NetworkBackend):
    """Connects to addresses that are allowed, and gives each connection one deadline."""

    def __init__(self, networks: Sequence[Network], *, secure: bool) -> None:
        self.networks = networks
        self.secure = secure
        self.until = time.monotonic() + TIMEOUT_S

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve the name, check every address, connect to one of them (httpcore's own call).

        Raises:
            Refused: one of its addresses is not allowed.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(address_of(str(entry[4][0])) for entry in found))
        for address in addresses:
            if not is_allowed(address, self.networks, secure=self.secure):
                raise Refused(OUT_OF_REACH)
        for address in addresses:
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    str(address), port, _left(self.until), local_address, socket_options
                )
                return Timed(stream, self.until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as trouble:
                last = trouble
        raise last


class Timed(httpcore.NetworkStream):
    """A connection with a deadline for everything, not for each byte."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self.stream = stream
        self.until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read until the deadline."""
        return self.stream.read(max_bytes, _left(self.until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write until the deadline."""
        self.stream.write(buffer, _left(self.until))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Begin TLS; the certificate must be good for the name, not for the address."""
        secured = self.stream.start_tls(ssl_context, server_hostname, _left(self.until))
        return Timed(secured, self.until)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks about the connection."""
        return self.stream.get_extra_info(info)

    def close(self) -> None:
        """Close the connection."""
        self.stream.close()


def _left(until: float) -> float:
    return max(0.001, until - time.monotonic())
