"""The formats that a caller accepts (RFC 9110, 12.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.errors import NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Sequence


def accepted(header: str, offered: Sequence[str]) -> str:
    """The offered media type that the caller likes best; the first of several.

    Raises:
        NotAcceptable: the caller accepts none of them.
    """
    liked = {kind: _weight(header, kind) for kind in offered}
    best = max(offered, key=lambda kind: liked[kind])
    if liked[best] <= 0:
        raise NotAcceptable(f"it comes as {', '.join(offered)}")
    return best


def _weight(header: str, kind: str) -> float:
    """How much a caller likes a media type, by the most specific range that it falls into."""
    ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    found: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _number(parameter.removeprefix("q="))
        found[name] = weight
    return next((found[name] for name in ranges if name in found), 0.0)


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0
