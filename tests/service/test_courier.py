"""The courier: signed messages to real receivers, and addresses that it never connects to."""

from __future__ import annotations

import datetime
import ipaddress
import json
import socket
import ssl
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import update
from standardwebhooks import Webhook, WebhookVerificationError

from api.receivers import OUT_OF_REACH
from api.resources.webhooks import WebhookRequest
from api.store import Store, outbox, webhooks
from api.store.migrations import upgrade
from api.store.outbox import OF_ORGANISATION
from api.store.tables import deliveries
from api.store.tables import webhooks as hooks
from api.work import courier
from api.work.courier import Courier, deliver_due
from tests.support.ended import planned
from tests.support.fleet import until
from tests.support.people import Person, organisation, person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.resources.webhooks import Delivery, NewWebhook
    from api.settings import Settings

HERE = ("127.0.0.0/8",)


PATIENCE_S = 60.0
"""How long a busy machine may take."""


class Receiver:
    """A web server that keeps what it gets and answers what it is told."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.body = b"thank you"
        self.left = Event()
        """Set when somebody leaves before the whole answer has been sent."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                receiver.got.append((self.path, dict(self.headers), self.rfile.read(length)))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                try:
                    self.wfile.write(receiver.body)
                except OSError:
                    receiver.left.set()

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of the test's own."""
    begun = Receiver()
    yield begun
    begun.stop()


@pytest.fixture
def allowing(settings: Settings) -> Iterator[Store]:
    """A store whose operator lets webhooks reach this machine."""
    opened = Store(settings.model_copy(update={"webhook_networks": HERE}))
    upgrade(opened.database)
    yield opened
    opened.close()


def told(store: Store, url: str) -> tuple[Person, NewWebhook]:
    """An organisation with a webhook, one of whose jobs has ended."""
    ada = person(store, organisation(store), "admin")
    with store.database.write() as tx:
        hook = webhooks.add(tx, ada.caller, WebhookRequest(url=url))
    planned(store, ada.caller)
    return ada, hook


def outcome(store: Store, ada: Person, hook: NewWebhook) -> Delivery:
    with store.database.read() as tx:
        (delivery,) = webhooks.history(tx, hook.id, ada.caller, None, 9).items
    return delivery


def again(store: Store) -> int:
    """Send what waits, as if its time had come."""
    with store.database.write() as tx:
        waiting = update(deliveries).where(deliveries.c.state == "waiting")
        tx.execute(waiting.values(next_at=0.0))
        tx.execute(update(hooks).values(rests_until=None))
    return deliver_due(store)


def test_a_message_arrives_signed(allowing: Store, receiver: Receiver) -> None:
    ada, hook = told(allowing, f"http://127.0.0.1:{receiver.port}/hook?of=ours")

    assert deliver_due(allowing) == 1
    assert deliver_due(allowing) == 0

    ((path, headers, body),) = receiver.got
    delivery = outcome(allowing, ada, hook)
    assert (delivery.state, delivery.last_status, delivery.attempts) == ("delivered", 200, 1)
    assert path == "/hook?of=ours"
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert headers["Content-Type"] == "application/json"
    assert headers["webhook-id"] == delivery.id
    message = Webhook(hook.secret).verify(body, headers)
    assert message["type"] == "job.ended"
    assert message["timestamp"].endswith("Z")
    assert message["data"]["job_id"] == delivery.job_id
    assert set(message["data"]) == {"job_id", "kind", "state", "plan_id", "instance_id"}
    for changed in (body.replace(b"succeeded", b"cancelled"), body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(hook.secret).verify(changed, headers)


def test_a_sealed_secret_signs_and_both_do_after_a_change(
    allowing: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test message of each: with the key, and without, when nothing leaves the house."""
    monkeypatch.setenv("LODESTONE_SECRETS_KEY", Fernet.generate_key().decode())
    ada = person(allowing, organisation(allowing), "admin")
    url = f"http://127.0.0.1:{receiver.port}/"
    with allowing.database.write() as tx:
        hook = webhooks.add(tx, ada.caller, WebhookRequest(url=url), allowing.sealer)
        made = webhooks.rotate(tx, hook.id, ada.caller, allowing.sealer)
        webhooks.test(tx, hook.id, ada.caller)
    assert deliver_due(allowing) == 1
    ((_, headers, body),) = receiver.got
    for secret in (made.secret, hook.secret):
        message = Webhook(secret).verify(body, headers)
        assert (message["type"], message["data"]) == ("webhook.test", {"webhook_id": hook.id})
    monkeypatch.setenv("LODESTONE_SECRETS_KEY", Fernet.generate_key().decode())
    del allowing.sealer
    with allowing.database.write() as tx:
        webhooks.test(tx, hook.id, ada.caller)
    assert deliver_due(allowing) == 1
    with allowing.database.read() as tx:
        last = webhooks.history(tx, hook.id, ada.caller, None, 9).items[0]
    assert (last.state, last.last_status) == ("waiting", None)
    assert "cannot sign" in (last.last_error or "")
    assert len(receiver.got) == 1


def test_a_failure_is_tried_again_with_the_same_identifier(
    allowing: Store, receiver: Receiver
) -> None:
    receiver.answers = [500, 302, 204]
    ada, hook = told(allowing, f"http://127.0.0.1:{receiver.port}/")
    assert deliver_due(allowing) == 1
    first = outcome(allowing, ada, hook)
    assert (first.state, first.last_status) == ("waiting", 500)
    assert first.last_error == "it answered 500"
    assert deliver_due(allowing) == 0, "not before its time"
    assert again(allowing) == 1
    assert outcome(allowing, ada, hook).last_status == 302
    assert again(allowing) == 1

    last = outcome(allowing, ada, hook)
    assert (last.state, last.last_status, last.attempts) == ("delivered", 204, 3)
    assert {path for path, _, _ in receiver.got} == {"/"}, "redirects are not followed"
    assert {headers["webhook-id"] for _, headers, _ in receiver.got} == {last.id}


def test_messages_die_after_the_last_attempt_and_at_once_where_nobody_wants_them(
    allowing: Store, receiver: Receiver
) -> None:
    receiver.answers = [503] * 8 + [410]
    ada, hook = told(allowing, f"http://127.0.0.1:{receiver.port}/")
    for _ in range(8):
        assert again(allowing) == 1
    assert again(allowing) == 0
    dead = outcome(allowing, ada, hook)
    assert (dead.state, dead.attempts, dead.last_status) == ("dead", 8, 503)
    with allowing.database.write() as tx:
        webhooks.resend(tx, hook.id, dead.id, ada.caller)
    assert deliver_due(allowing) == 1
    assert outcome(allowing, ada, hook).state == "dead"
    assert outcome(allowing, ada, hook).last_status == 410


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "[fc00::1]",
        "[ff02::1]",
        "[2002:7f00:1::]",
        "ada:pass@127.0.0.1",
        "①②⑦.0.0.1",
    ],
)
def test_addresses_that_are_not_public_are_refused(
    host: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scheme in ("http", "https"):
        status, error = courier._sent(due(f"{scheme}://{host}:{receiver.port}/"), [])
        assert status is None
        assert error is not None
        assert error == OUT_OF_REACH or error == "its URL is not one"
    assert receiver.got == []


def due(url: str) -> outbox.Due:
    secret = "whsec_" + "c2VjcmV0" * 4
    return outbox.Due("dlv_" + "0" * 24, 1, url, secret, {"ended_at": "2030-01-01T00:00:00Z"})


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Have every name resolve to these addresses, as a tenant's own name server could say."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        family = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (family[ipaddress.ip_address(one).version], socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_name_is_refused_if_any_of_its_addresses_is(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "93.184.215.14", "127.0.0.1")

    status, error = courier._sent(due("https://hooks.example.org/"), [])

    assert status is None
    assert error is not None
    assert error == OUT_OF_REACH


def test_http_goes_to_the_operators_networks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "93.184.215.14")

    _, error = courier._sent(due("http://hooks.example.org/"), [])

    assert error is not None
    assert error == OUT_OF_REACH


def test_the_connection_goes_to_the_address_that_was_checked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is asked once: a second answer, which could be another, is never wanted."""
    genuine = socket.getaddrinfo
    asked: list[str] = []

    def getaddrinfo(host: str, *rest: object, **more: object) -> object:
        asked.append(host)
        if host == "hooks.example.org":
            return genuine("127.0.0.1", *rest, **more)  # type: ignore[arg-type]
        return genuine(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    networks = [ipaddress.ip_network("127.0.0.0/8")]

    status, error = courier._sent(due(f"http://hooks.example.org:{receiver.port}/"), networks)

    assert (status, error) == (200, None)
    assert asked.count("hooks.example.org") == 1
    assert receiver.got[0][1]["Host"] == f"hooks.example.org:{receiver.port}"


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A certificate for a name, signed by itself; `folder/ca.pem` is what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


def test_tls_is_verified_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver(certificate(tmp_path, "hooks.example.org"))
    networks = [ipaddress.ip_network("127.0.0.0/8")]
    resolving(monkeypatch, "127.0.0.1")
    try:
        unknown = courier._sent(due(f"https://hooks.example.org:{receiver.port}/"), networks)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        good = courier._sent(due(f"https://hooks.example.org:{receiver.port}/"), networks)
        other = courier._sent(due(f"https://other.example.org:{receiver.port}/"), networks)
    finally:
        receiver.stop()

    assert good == (200, None)
    for status, error in (unknown, other):
        assert status is None
        assert error is not None
        assert "certificate" in error
    assert len(receiver.got) == 1


def test_a_receiver_that_drips_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then keeps every single read within its limit, but not the whole."""
    monkeypatch.setattr(courier, "TIMEOUT_S", 0.5)
    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            try:
                while True:
                    connection.sendall(b"H")
                    time.sleep(0.05)
            except OSError:
                pass

    dripping = Thread(target=drip)
    dripping.start()
    networks = [ipaddress.ip_network("127.0.0.0/8")]
    status, error = courier._sent(due(f"http://127.0.0.1:{listening.getsockname()[1]}/"), networks)
    dripping.join()  # It drips until the courier leaves: for ever, if it never did.
    listening.close()

    assert status is None
    assert error in ("it did not answer within 0.5 seconds", "it did not answer in HTTP")


def test_what_is_behind_the_answer_is_not_read(allowing: Store, receiver: Receiver) -> None:
    receiver.body = b"x" * 50_000_000
    ada, hook = told(allowing, f"http://127.0.0.1:{receiver.port}/")
    assert deliver_due(allowing) == 1

    assert outcome(allowing, ada, hook).state == "delivered"
    assert receiver.left.wait(PATIENCE_S), "the courier took the whole answer"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:{closed}/", "no connection"),
        ("http://127.0.0.1:99999/", "no connection"),
        ("http://name.invalid/", OUT_OF_REACH),
        (f"http://{'x' * 70}.org/", OUT_OF_REACH),
        ("http://[::1/", "not one"),
        ("http:///", OUT_OF_REACH),
    ],
)
def test_whatever_is_wrong_is_said_and_nothing_breaks(url: str, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    networks = [ipaddress.ip_network("127.0.0.0/8")]

    status, error = courier._sent(due(url.format(closed=closed)), networks)

    assert status is None
    assert error is not None
    assert words in error
    assert str(closed) not in error


def test_silent_receivers_do_not_hold_up_the_others(
    allowing: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten receivers of one are silent, each with five messages, until another's all came.

    Nobody waits for another's deadline, and what is delivered is followed by the next.
    """
    monkeypatch.setattr(courier, "TIMEOUT_S", PATIENCE_S)
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:

        def accept() -> None:
            while True:
                try:
                    held.append(silent.accept()[0])
                except OSError:
                    return

        Thread(target=accept, daemon=True).start()
        ada = person(allowing, organisation(allowing), "admin")
        with allowing.database.write() as tx:
            for _ in range(webhooks.MOST):
                url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
                webhooks.add(tx, ada.caller, WebhookRequest(url=url))
        for _ in range(5):
            planned(allowing, ada.caller)
        bob, _ = told(allowing, f"http://127.0.0.1:{receiver.port}/")
        for _ in range(5):
            planned(allowing, bob.caller)
        sending = Courier(allowing)
        sending.look()
        try:
            until(lambda: len(receiver.got) == 6)
            assert sending.tried <= 6, "a silent one was left at its deadline"
            assert len(held) <= OF_ORGANISATION
        finally:
            with allowing.database.write() as tx:
                tx.execute(update(hooks).values(disabled_because="the test ends"))
            silent.shutdown(socket.SHUT_RDWR)
            for connection in held:
                connection.close()
            sending.wait()
    assert json.loads(receiver.got[0][2])["type"] == "job.ended"
