"""Whose request one probably is, told by the secret that it carries before anybody is asked.

It decides whose turn the request takes and nothing else: who is let in is looked up in the database
each time. So nothing here has to be taken back when a key ends.
"""

from __future__ import annotations

import hashlib

MOST = 10_000
"""Secrets that are remembered; the one that was not seen for the longest time goes first."""


class Owners:
    """The organisations of the secrets that were good when they were last seen."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: dict[bytes, str] = {}
        """By the hash of a secret; a secret itself is not kept."""

    def owner_of(self, secret: str, otherwise: str) -> str:
        """The organisation whose secret this was, or else something."""
        return self._known.get(_hashed(secret), otherwise)

    def note(self, secret: str, organisation: str) -> None:
        """A secret has turned out to be good."""
        name = _hashed(secret)
        self._known.pop(name, None)
        self._known[name] = organisation
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]

    def forget(self, secret: str) -> None:
        """A secret has turned out to open nothing."""
        self._known.pop(_hashed(secret), None)


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
