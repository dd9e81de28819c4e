"""Tokens of an identity provider, against one that runs here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization

from api import oidc
from api.oidc import Tokens
from api.settings import Settings
from tests.support.provider import AUDIENCE, EC, ED, RSA, STRANGER, Provider, public

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider of the test's own."""
    begun = Provider()
    yield begun
    begun.stop()


@pytest.fixture
def tokens(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Tokens:
    """What recognises the provider's tokens; it may ask as often as it likes."""
    monkeypatch.setattr(oidc, "ASK_EVERY_S", 0.0)
    return recognising(provider)


def recognising(provider: Provider) -> Tokens:
    return Tokens(Settings(oidc_issuer=provider.issuer, oidc_audience=AUDIENCE))


def part(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_good_tokens_name_their_subject(provider: Provider, tokens: Tokens) -> None:
    provider.keys += [public(EC, "ec"), public(ED, "ed"), public(STRANGER, "plain")]

    assert tokens.subject(provider.token()) == "ada@provider"
    assert tokens.subject(provider.token(EC, "ES256", "ec")) == "ada@provider"
    assert tokens.subject(provider.token(ED, "EdDSA", "ed")) == "ada@provider"
    assert tokens.subject(provider.token(STRANGER, "PS512", "plain")) == "ada@provider"
    assert tokens.subject(provider.token(aud=["other", AUDIENCE])) == "ada@provider"
    assert provider.asked == 1


FAR = 4_000_000_000
"""A moment that is not yet."""


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"aud": "another"},
        {"aud": None},
        {"aud": []},
        {"iss": "http://127.0.0.1"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "ada\x00"},
        {"nbf": FAR},
        {"iat": FAR},
    ],
    ids=lambda changes: "-".join(f"{name}-{str(value)[:12]}" for name, value in changes.items()),
)
def test_claims_that_are_not_good(
    provider: Provider, tokens: Tokens, changes: dict[str, Any]
) -> None:
    assert tokens.subject(provider.token()) == "ada@provider"
    assert tokens.subject(provider.token(**changes)) is None


def test_signatures_that_are_not_good(provider: Provider, tokens: Tokens) -> None:
    pem = RSA.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims = part(provider.claims())
    header = part({"alg": "HS256", "typ": "JWT", "kid": "rsa"})
    made = part(hmac.new(pem, f"{header}.{claims}".encode(), hashlib.sha256).digest())
    good = provider.token()
    bad = {
        "none": f"{part({'alg': 'none', 'kid': 'rsa'})}.{claims}.",
        "the public key as a secret": f"{header}.{claims}.{made}",
        "another's key": provider.token(STRANGER),
        "another algorithm than the key's": provider.token(RSA, "PS256"),
        "of another kind of key": provider.token(EC, "ES256", "rsa"),
        "unknown key": provider.token(kid="unknown"),
        "changed claims": ".".join(
            [good.split(".")[0], part(provider.claims(sub="eve")), good.split(".")[2]]
        ),
        "no signature": good.rsplit(".", 1)[0] + ".",
        "deep header": f"{part(b'[' * 20_000)}.{claims}.x",
        "deep claims": f"{good.split('.')[0]}.{part(b'[' * 20_000)}.{good.split('.')[2]}",
        "list as key": f"{part({'alg': 'RS256', 'kid': ['rsa']})}.{claims}.x",
        "empty": "",
        "dots": "..",
        "not base64": "é.é.é",
    }

    assert tokens.subject(good) == "ada@provider"
    assert {name: tokens.subject(token) for name, token in bad.items()} == dict.fromkeys(bad)


def test_keys_may_be_rotated(provider: Provider, tokens: Tokens) -> None:
    assert tokens.subject(provider.token()) == "ada@provider"
    provider.keys = [public(STRANGER, "next")]

    assert tokens.subject(provider.token(STRANGER, kid="next")) == "ada@provider"
    assert tokens.subject(provider.token()) is None, "the old key is gone"


def test_strangers_cannot_have_the_provider_asked_all_the_time(provider: Provider) -> None:
    tokens = recognising(provider)
    for number in range(20):
        assert tokens.subject(provider.token(STRANGER, kid=f"guess {number}")) is None

    assert provider.asked == 1
    assert tokens.subject(provider.token()) == "ada@provider"


def test_many_first_requests_at_once_are_all_recognised(provider: Provider) -> None:
    tokens = recognising(provider)
    token = provider.token()

    with ThreadPoolExecutor(16) as pool:
        named = set(pool.map(lambda _: tokens.subject(token), range(32)))

    assert named == {"ada@provider"}
    assert provider.asked == 1


def test_known_keys_serve_while_the_provider_is_down(
    provider: Provider, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "FRESH_S", 0.0)
    assert tokens.subject(provider.token()) == "ada@provider"
    for status in (500, 302):
        provider.status = status
        assert tokens.subject(provider.token()) == "ada@provider"
        assert tokens.subject(provider.token(STRANGER, kid="new")) is None
    provider.status = 200
    assert tokens.subject(provider.token()) == "ada@provider"


def test_a_provider_that_was_down_is_asked_again(provider: Provider, tokens: Tokens) -> None:
    provider.status = 503
    assert tokens.subject(provider.token()) is None
    provider.status = 200

    assert tokens.subject(provider.token()) == "ada@provider"


def test_a_document_of_another_issuer_is_not_believed(provider: Provider, tokens: Tokens) -> None:
    provider.about["issuer"] = "https://provider.example.org"

    assert tokens.subject(provider.token()) is None


def test_odd_answers_are_no_keys(
    provider: Provider, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = provider.keys
    for keys in (7, [7], [{}], [{"kty": "RSA"}], [{"kty": "oct", "k": "c2VjcmV0", "kid": "rsa"}]):
        provider.keys = keys  # type: ignore[assignment]
        assert tokens.subject(provider.token()) is None
    provider.keys = [public(RSA, "rsa", use="enc")]
    assert tokens.subject(provider.token()) is None
    monkeypatch.setattr(oidc, "LARGEST_ANSWER", 64)
    provider.keys = good
    assert tokens.subject(provider.token()) is None


def test_a_single_key_serves_tokens_that_name_none(provider: Provider, tokens: Tokens) -> None:
    assert tokens.subject(provider.token(kid=None)) == "ada@provider"
    provider.keys += [public(EC, "ec")]
    assert tokens.subject(provider.token(EC, "ES256", "ec")) == "ada@provider"
    assert tokens.subject(provider.token(kid=None)) is None


def test_an_issuer_without_an_audience_is_refused() -> None:
    with pytest.raises(ValueError, match="LODESTONE_OIDC_AUDIENCE"):
        Tokens(Settings(oidc_issuer="https://provider.example.org"))
