"""Tokens of an identity provider (OpenID Connect): who is calling, without a key of ours.

Enters: a signed token (JWT). Leaves: its subject, or None. The provider's public keys are found
through its discovery document, kept, and asked for again when a token names one that is not known.
The provider may be slow: it is asked in a thread of its own, which nobody else needs.
"""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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


TYPES = ("jwt", "at+jwt", "application/at+jwt")
"""What a token's header may say that it is; a logout token, for example, opens nothing."""


class Named(NamedTuple):
    """Whom a good token names."""

    subject: str
    until: float
    """When the token ends, seconds since 1970."""


class SigningKey(NamedTuple):
    """A public key of the provider."""

    public: Any
    algorithms: list[str]
    """The signatures that it may have made: its own where it says so."""


class Tokens:
    """The tokens of one provider, for one audience: `Settings` has no issuer without one."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer
        named = tuple(name.strip() for name in settings.oidc_audience.split(","))
        self.audience = named[0]
        self._clients = frozenset(named)
        """Who may have had a token made for us: the audience itself, or another client."""
        self._longest_s = settings.oidc_token_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="oidc")
        self._queued = False
        self._keys: dict[str | None, SigningKey] = {}
        self._fresh_until = 0.0
        self._next_ask = 0.0
        self._asking = threading.Lock()

    def subject(self, token: str) -> str | None:
        """Whom a token names (its claim `sub`); None for any token that is not good."""
        try:
            found = self._named(token, self._key(_key_name(token)))
        except NOT_GOOD:
            return None
        return found.subject if found else None

    def unknown(self, token: str) -> bool:
        """Whether the provider would have to be asked for the key that a token names."""
        try:
            return _key_name(token) not in self._keys
        except NOT_GOOD:
            return False

    async def named(self, token: str) -> Named | None:
        """Whom a token names, without holding up anything but this one answer.

        A key that is not known is asked for in the thread for it; old ones are renewed there, and
        serve meanwhile.
        """
        loop = asyncio.get_running_loop()
        try:
            name = _key_name(token)
            if name not in self._keys:
                await loop.run_in_executor(self._thread, self._key, name)
            elif self._wanting(name) and not self._queued:
                self._queued = True
                self._thread.submit(self._renew, name)
            return self._named(token, self._keys.get(name))
        except NOT_GOOD:
            return None

    def close(self) -> None:
        """Ask the provider for nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _renew(self, name: str | None) -> None:
        try:
            self._key(name)
        finally:
            self._queued = False

    def _named(self, token: str, key: SigningKey | None) -> Named | None:
        """What a token says, if its signature is this key's and its claims are good."""
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
        subject, until = claims["sub"], float(claims["exp"])
        good = isinstance(subject, str) and 0 < len(subject) <= 255 and subject.isprintable()
        good = good and until <= time.time() + self._longest_s + LEEWAY_S
        good = good and claims.get("azp", self.audience) in self._clients
        return Named(subject, until) if good else None

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


NOT_GOOD = (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError)
"""What a token that is not good makes its reader stumble over."""


def _key_name(token: str) -> str | None:
    """The name of the key that a token says it was signed with.

    Raises:
        ValueError: it is no token that opens anything.
    """
    header = jwt.get_unverified_header(token)
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise ValueError("not a token of this kind")
    name = header.get("kid")
    if name is not None and not isinstance(name, str):
        raise ValueError("a key's name is a text")
    return name


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
