"""Subjects are not squatted, tokens are what they must be, and a slow provider delays nobody."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from api import oidc
from api.oidc import Tokens
from api.settings import Settings
from tests.support.application import running
from tests.support.provider import AUDIENCE, RSA, STRANGER, Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from api.reading import Readers
    from api.store import Store
    from tests.support.application import Fund, Service
    from tests.support.people import Person

ALICE = "alice@ministry.example"


@pytest.fixture
def provider() -> Iterator[Provider]:
    begun = Provider()
    yield begun
    begun.stop()


@contextmanager
def with_provider(store: Store, readers: Readers, provider: Provider) -> Iterator[Service]:
    known = {"oidc_issuer": provider.issuer, "oidc_audience": AUDIENCE}
    store.settings = store.settings.model_copy(update=known)
    with running(store, readers) as service:
        yield service


@pytest.fixture
def service(store: Store, readers: Readers, provider: Provider) -> Iterator[Service]:
    with with_provider(store, readers, provider) as found:
        yield found


def home_of(who: Person) -> str:
    return f"/v1/organisations/{who.caller.organisation_id}"


def add(service: Service, by: Person, subject: str | None, to: Person | None = None) -> Any:
    body = {"name": "Alice", "role": "analyst"} | ({"subject": subject} if subject else {})
    with service.client(by) as client:
        return client.post(f"{home_of(to or by)}/users", json=body)


def accept(service: Service, by: Person, user: str, token: str) -> httpx.Response:
    with service.client(by) as client:
        invitation = client.post(f"{home_of(by)}/users/{user}/invitations").json()["secret"]
    with service.client(Authorization=f"Bearer {invitation}") as client:
        return client.post("/v1/invitations/accept", headers={"Identity-Token": token})


def signed_on(service: Service, token: str) -> httpx.Response:
    with service.client(Authorization=f"Bearer {token}") as client:
        return client.get("/v1/me")


def test_a_subject_named_by_a_stranger_is_nobody_s(
    service: Service, fund: Fund, provider: Provider
) -> None:
    """Finding: whoever named Alice first had her act for them."""
    squatted = add(service, fund.stranger, ALICE)
    rightly = add(service, fund.member, ALICE)
    assert (squatted.status_code, rightly.status_code) == (201, 201), "no oracle"
    alice = provider.token(sub=ALICE)
    assert signed_on(service, alice).status_code == 401

    user = rightly.json()["id"]
    assert accept(service, fund.member, user, alice).status_code == 201
    me = signed_on(service, alice).json()
    assert me["user"]["id"] == user
    assert (me["user"]["subject"], me["user"]["awaited_subject"]) == (ALICE, None)
    assert add(service, fund.stranger, ALICE).status_code == 201, "still none"


def test_an_invitation_is_for_whom_it_names(
    service: Service, fund: Fund, provider: Provider
) -> None:
    user = add(service, fund.member, ALICE).json()["id"]
    for token in (provider.token(sub="mallory@elsewhere.example"), "not.a.token", "x"):
        assert accept(service, fund.member, user, token).status_code == 403
    assert accept(service, fund.member, user, provider.token(sub=ALICE)).status_code == 201
    anybody = add(service, fund.member, None).json()["id"]
    taken = accept(service, fund.member, anybody, provider.token(sub=ALICE))
    assert taken.status_code == 409
    assert accept(service, fund.member, anybody, provider.token(sub="bo@b.example")).is_success


def test_a_domain_is_one_organisation_s(service: Service, fund: Fund, provider: Provider) -> None:
    """Given by the secretariat; then its own admins name its people."""
    there = home_of(fund.member)
    wanted = {"subject_domains": ["ministry.example"]}
    with service.client(fund.member, **{"If-Match": '"1"'}) as client:
        assert client.patch(there, json=wanted).status_code == 403
    with service.client(fund.admin, **{"If-Match": '"1"'}) as client:
        assert client.patch(there, json=wanted).status_code == 200
        taken = client.patch(home_of(fund.sponsor), json=wanted)
        assert (taken.status_code, "ministry.example" in taken.text) == (409, True)
        assert client.patch(home_of(fund.sponsor), json={"subject_domains": ["@x"]}).is_error
    elsewhere = add(service, fund.member, "alice@elsewhere.example").json()
    assert elsewhere["subject"] is None
    by_secretariat = add(service, fund.admin, "spy@ministry.example", fund.member).json()
    assert by_secretariat["subject"] is None, "not by those who gave the domain"
    alice = add(service, fund.member, ALICE).json()
    assert alice["subject"] == ALICE
    assert signed_on(service, provider.token(sub=ALICE)).json()["user"]["id"] == alice["id"]


def test_a_subject_is_freed(service: Service, fund: Fund, provider: Provider) -> None:
    user = add(service, fund.member, ALICE).json()["id"]
    alice = provider.token(sub=ALICE)
    accept(service, fund.member, user, alice)
    with service.client(fund.admin) as secretariat:
        freed = secretariat.delete(f"{home_of(fund.member)}/users/{user}/subject")
        assert (freed.status_code, freed.json()["subject"]) == (200, None)
    assert signed_on(service, alice).status_code == 401
    other = add(service, fund.stranger, None).json()["id"]
    assert accept(service, fund.stranger, other, alice).status_code == 201
    with service.client(fund.member) as client:
        (told,) = [
            one
            for one in client.get("/v1/audit").json()["items"]
            if one["action"] == "user.free_subject"
        ]
    assert told["detail"]["before"]["subject"] == ALICE


def test_a_subject_that_is_not_active_is_told(
    service: Service, fund: Fund, provider: Provider
) -> None:
    user = add(service, fund.member, ALICE).json()["id"]
    accept(service, fund.member, user, provider.token(sub=ALICE))
    with service.client(fund.member) as client:
        here = f"{home_of(fund.member)}/users/{user}"
        tag = {"If-Match": client.get(here).headers["ETag"]}
        client.patch(here, json={"active": False}, headers=tag)
        assert signed_on(service, provider.token(sub=ALICE)).status_code == 401
        told = client.get("/v1/audit").json()["items"][0]
    assert (told["action"], told["resource"]) == ("login.refuse", user)


NOW = time.time()


@pytest.mark.parametrize(
    ("good", "header", "claims"),
    [
        (True, {}, {}),
        (True, {"typ": "at+jwt"}, {}),
        (True, {"typ": "application/at+jwt"}, {}),
        (True, {"typ": None}, {}),
        (False, {"typ": "logout+jwt"}, {}),
        (False, {"typ": "dpop+jwt"}, {}),
        (False, {"typ": "secevent+jwt"}, {}),
        (True, {}, {"azp": AUDIENCE}),
        (True, {}, {"azp": "web"}),
        (False, {}, {"azp": "another-client"}),
        (False, {}, {"azp": ["web"]}),
        (False, {}, {"azp": ""}),
        (False, {}, {"exp": NOW + 40 * 86400}),
        (False, {}, {"exp": 1e308}),
        (False, {}, {"exp": float("inf")}),
        (False, {}, {"exp": float("nan")}),
    ],
)
def test_what_a_token_must_say(
    provider: Provider, good: bool, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    tokens = Tokens(Settings(oidc_issuer=provider.issuer, oidc_audience=f"{AUDIENCE}, web"))
    headers = {"kid": "rsa"} | header
    token = jwt.encode(provider.claims(**claims), RSA, algorithm="RS256", headers=headers)
    assert (tokens.subject(token) is not None) == good


class Slow:
    """A provider that answers when it is let."""

    def __init__(self, provider: Provider) -> None:
        self.asked = threading.Event()
        self.go = threading.Event()
        ask = Tokens._ask

        def slowly(tokens: Tokens) -> None:
            self.asked.set()
            assert self.go.wait(30)
            ask(tokens)

        self.slowly = slowly


def test_a_slow_provider_delays_nobody_else(
    service: Service, fund: Fund, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More strangers than the server has threads wait for it; who has a key does not notice."""
    slow = Slow(provider)
    monkeypatch.setattr(Tokens, "_ask", slow.slowly)
    strange = [provider.token(STRANGER, kid=f"guess {number}") for number in range(50)]
    statuses: list[int] = []
    waiting = [
        threading.Thread(target=lambda t=token: statuses.append(signed_on(service, t).status_code))
        for token in strange
    ]
    for thread in waiting:
        thread.start()
    assert slow.asked.wait(30)
    with service.client(fund.admin) as client:
        for _ in range(20):
            assert client.get("/v1/me").status_code == 200
    assert statuses == [], "they wait"
    slow.go.set()
    for thread in waiting:
        thread.join(60)
    assert statuses == [401] * 50
    assert provider.asked == 1


def test_old_keys_serve_while_they_are_renewed(
    service: Service, fund: Fund, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = add(service, fund.member, ALICE).json()["id"]
    alice = provider.token(sub=ALICE)
    accept(service, fund.member, user, alice)
    slow = Slow(provider)
    monkeypatch.setattr(Tokens, "_ask", slow.slowly)
    tokens = service.app.state.tokens
    tokens._fresh_until = tokens._next_ask = 0.0
    for _ in range(3):
        assert signed_on(service, alice).status_code == 200
    assert slow.asked.wait(30)
    slow.go.set()


def test_strangers_are_counted_before_the_provider_is_asked(
    store: Store, readers: Readers, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "ASK_EVERY_S", 0.0)
    store.settings = store.settings.model_copy(update={"strangers_per_minute": 3})
    with with_provider(store, readers, provider) as service:
        statuses = [
            signed_on(service, provider.token(STRANGER, kid=f"guess {number}")).status_code
            for number in range(6)
        ]
    assert statuses == [401] * 3 + [429] * 3
    assert provider.asked == 3
