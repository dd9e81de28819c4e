"""The service's signature: Ed25519 under decision records, with a key of the data folder.

Who has the public key can tell, without the service and years later, that a record is the
service's and was not altered. The key is 32 random bytes in base64: in `signing.key` (mode 0600),
made at the first start, or in the environment.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.canonical import canonical
from api.errors import Invalid
from api.resources.plans import DecisionRecord, Signature

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings

FILE = "signing.key"
VARIABLE = "LODESTONE_SIGNING_KEY"
"""A secret, and so none of the settings: those may be shown."""
LENGTH = 32


class Signer:
    """Signs decision records."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def signed(self, record: DecisionRecord) -> DecisionRecord:
        """The same record with a signature."""
        unsigned = record.replaced(signature=None)
        value = self._key.sign(signed_bytes(json.loads(unsigned.model_dump_json())))
        signature = Signature(public_key=self.public_key, value=base64.b64encode(value).decode())
        return unsigned.replaced(signature=signature)


def signed_bytes(record: dict[str, Any]) -> bytes:
    """What is signed of a record as JSON: its canonical form without the signature."""
    return canonical({name: value for name, value in record.items() if name != "signature"})


def good_signature(record: dict[str, Any], public_key: str) -> bool:
    """Whether a record as JSON bears the signature of this key (base64).

    Raises:
        ValueError: the key is no base64 of 32 bytes.
    """
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    try:
        value = base64.b64decode(record["signature"]["value"], validate=True)
        key.verify(value, signed_bytes(record))
    except (InvalidSignature, ValueError, TypeError, KeyError, RecursionError):
        return False
    return True


def signer_of(settings: Settings, *, make: bool = True) -> Signer:
    """The signer of the settings.

    Args:
        settings: those of the service.
        make: whether a key is made where there is none yet.

    Raises:
        Invalid: there is no key, or it is damaged.
        OSError: it cannot be read or made.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return _read(given, f"{VARIABLE}: is no base64 of 32 bytes: openssl rand -base64 32")
    path = settings.data_dir / FILE
    if not path.exists():
        if not make:
            raise Invalid(f"{path}: is not there; the first `lodestone serve` makes it")
        _make(path)
    words = f"{path}: is no signing key; put back the one of your back-up"
    return _read(path.read_text(encoding="utf-8", errors="replace"), words)


def _read(text: str, words: str) -> Signer:
    """The signer of a key in base64.

    Raises:
        Invalid: in these words.
    """
    try:
        seed = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        seed = b""
    if len(seed) != LENGTH:
        raise Invalid(words)
    return Signer(seed)


def _make(path: Path) -> None:
    """Write a new key, whole or not at all; of many at once, one makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(LENGTH)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink()
