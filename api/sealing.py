"""Sealing: secrets that the service must be able to read again lie encrypted in the database.

Enters: a text. Leaves: its sealed form, which only who has the key opens (Fernet: AES-128 in CBC
mode with an HMAC), and the text again. The keys come from the environment, the newest first: it
seals, and all of them open, so that a key can be replaced. Without a key nothing is sealed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from api.errors import Invalid, ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

VARIABLE = "LODESTONE_SECRETS_KEY"
"""A secret, and so none of the settings: those may be shown."""
SEALED = "sealed:"
"""How a sealed text begins; no secret of ours begins so."""


class Unopened(ServiceError):
    """A secret that was sealed with another key, or altered."""


class Sealer:
    """Seals with the first of its keys, and opens with any of them."""

    def __init__(self, keys: Sequence[Fernet] = ()) -> None:
        self._newest = keys[0] if keys else None
        self._all = MultiFernet(keys) if keys else None

    @property
    def has_key(self) -> bool:
        """Whether it seals at all."""
        return self._newest is not None

    def sealed(self, text: str) -> str:
        """A text as it is to be kept."""
        if self._newest is None:
            return text
        return SEALED + self._newest.encrypt(text.encode()).decode()

    def opened(self, kept: str) -> str:
        """The text that is kept.

        Raises:
            Unopened: none of the keys opens it.
        """
        if not kept.startswith(SEALED):
            return kept
        try:
            if self._all is not None:
                return self._all.decrypt(kept.removeprefix(SEALED)).decode()
        except InvalidToken:
            pass
        raise Unopened(f"a secret cannot be opened with {VARIABLE}")

    def is_newest(self, kept: str) -> bool:
        """Whether a text is kept as `sealed` would have it."""
        if self._newest is None or not kept.startswith(SEALED):
            return self._newest is None
        try:
            self._newest.decrypt(kept.removeprefix(SEALED))
        except InvalidToken:
            return False
        return True


def sealer_of() -> Sealer:
    """The sealer of the environment.

    Raises:
        Invalid: one of its keys is none.
    """
    keys = []
    for number, text in enumerate(os.environ.get(VARIABLE, "").split(","), start=1):
        if not text.strip():
            continue
        try:  # As `openssl rand` writes base64, and as Fernet has it.
            keys.append(Fernet(text.strip().replace("+", "-").replace("/", "_")))
        except ValueError:
            raise Invalid(
                f"{VARIABLE}: key {number} is no base64 of 32 bytes: openssl rand -base64 32"
            ) from None
    return Sealer(keys)


OPEN = Sealer()
"""Seals nothing."""
