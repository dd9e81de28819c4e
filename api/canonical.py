"""Canonical JSON and its hash: equal content has one text and so one SHA-256, on every machine."""

from __future__ import annotations

import hashlib
import json


def canonical(value: object) -> bytes:
    """JSON with sorted keys, no spaces and ASCII only; floats as Python's shortest.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def sha256_of(value: object) -> str:
    """The SHA-256 of a value's canonical JSON, in hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def linked(content: object, before: str) -> str:
    """The hash of a link in a chain: of its content and of the link before it."""
    return sha256_of({"before": before, "content": content})
