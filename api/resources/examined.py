"""What a reading process finds out of an instance, and a what-if's changes as they are kept."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import TypeAdapter

from api.resources.jobs import Changes

CHANGES: TypeAdapter[Any] = TypeAdapter(Changes)
"""Changes as JSON, and back."""


class Examined(NamedTuple):
    """A valid instance as the reading process found it."""

    name: str
    title: str
    content_hash: str
    size_bytes: int
    rows: dict[str, int]
    assumed_share: float
    warnings: tuple[str, ...]
