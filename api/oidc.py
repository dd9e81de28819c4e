"""Tokens of an identity provider (OpenID Connect): who is calling, without a key of ours.

Enters: a signed token (JWT). Leaves: its subject, or None. The provider's public keys are found
through its discovery document, kept, and asked for again when a token names one that is not known.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import jwt

from api.logs import log

if TYPE_CHECKING:
    from api.settings import Settings

TIMEOUT_S = 5.0
LARGEST_ANSWER = 2**20
FRESH_S = 600.0
"""How long the provider's keys are used before they are asked for again."""
ASK_EVERY_S = 10.0
"""How often the provider is asked at most, whatever tokens come."""
LEEWAY_S = 10.0
"""By how much the provider's clock may differ from ours."""
ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
}
"""Signatures that are accepted, by kind of key. Only the provider can make them: with a symmetric
one, whoever knows the public key could."""


class SigningKey(NamedTuple):
    """A public key of the provider."""

    public: Any
    algorithms: list[str]
    """The signatures that it may have made: its own where it says so."""


class Tokens:
    """The tokens of one provider, for one audience: `Settings` has no issuer without one."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer
        self.audience = settings.oidc_audience
        self._keys: dict[str | None, SigningKey] = {}
        self._fresh_until = 0.0
        self._next_ask = 0.0
        self._asking = threading.Lock()

    def subject(self, token: str) -> str | None:
        """Whom a token names (its claim `sub`); None for any token that is not good."""
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                return None
            claims = jwt.decode(
                token,
                key.public,
                algorithms=key.algorithms,
                issuer=self.issuer,
                audience=self.audience,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            return None
        subject = claims["sub"]
        good = isinstance(subject, str) and 0 < len(subject) <= 255 and subject.isprintable()
        return subject if good else None

    def _key(self, identifier: str | None) -> SigningKey | None:
        """The provider's key of this identifier, asked for again if it is not known or old."""
        if self._wanting(identifier) and self._asking.acquire(
            blocking=identifier not in self._keys
        ):
            try:
                if self._wanting(identifier) and time.monotonic() >= self._next_ask:
                    self._ask()
                    self._next_ask = time.monotonic() + ASK_EVERY_S
            finally:
                self._asking.release()
        return self._keys.get(identifier)

    def _wanting(self, identifier: str | None) -> bool:
        return identifier not in self._keys or time.monotonic() >= self._fresh_until

    def _ask(self) -> None:
        """Get the provider's keys; while it does not answer, those already known stay."""
        try:
            with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
                place = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
                about = _document(client, place)
                if about.get("issuer") != self.issuer:
                    raise ValueError(f"its document names another issuer: {about.get('issuer')}")
                found = _document(client, str(about.get("jwks_uri")))
                self._keys = _keys(found)
            self._fresh_until = time.monotonic() + FRESH_S
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as trouble:
            log.warning("the identity provider gave no keys", reason=str(trouble))


def _document(client: httpx.Client, address: str) -> dict[str, Any]:
    """A JSON object at an address, of a limited size.

    Raises:
        ValueError: it is not one.
        httpx.HTTPError: there is no answer, or not 200.
    """
    body = bytearray()
    with client.stream("GET", address) as answer:
        if answer.status_code != httpx.codes.OK:
            raise ValueError(f"{address} answered {answer.status_code}")
        for part in answer.iter_bytes():
            body += part
            if len(body) > LARGEST_ANSWER:
                raise ValueError(f"{address} answered more than {LARGEST_ANSWER} bytes")
    document = httpx.Response(200, content=bytes(body)).json()
    if not isinstance(document, dict):
        raise ValueError(f"{address} answered no JSON object")
    return document


def _keys(document: dict[str, Any]) -> dict[str | None, SigningKey]:
    """The keys that sign, by identifier; a single one also serves tokens that name none."""
    found: dict[str | None, SigningKey] = {}
    entries = document.get("keys")
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or entry.get("kty") not in ALGORITHMS:
            continue
        if entry.get("use", "sig") != "sig":
            continue
        try:
            public = jwt.PyJWK(entry).key
        except jwt.PyJWTError:
            continue  # One that cannot be read does not spoil the others.
        own = entry.get("alg")
        algorithms = [name for name in ALGORITHMS[entry["kty"]] if own in (None, name)]
        found[entry.get("kid")] = SigningKey(public, algorithms)
    if len(found) == 1:
        found[None] = next(iter(found.values()))
    return found
