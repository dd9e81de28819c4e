"""The formats that a caller accepts (RFC 9110, 12.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from api.errors import NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Sequence


def accepted(header: str, offered: Sequence[str]) -> str:
    """The offered media type that the caller likes best.

    Of several that it likes as well, one that it names goes before one of a range; then the first.

    Raises:
        NotAcceptable: the caller accepts none of them.
    """
    liked = {kind: _liking(header, kind) for kind in offered}
    best = max(offered, key=lambda kind: liked[kind])
    if liked[best].weight <= 0:
        raise NotAcceptable(f"it comes as {', '.join(offered)}")
    return best


def preferred(header: str, offered: Sequence[str]) -> str:
    """The same, and the first of all where the caller accepts none."""
    try:
        return accepted(header, offered)
    except NotAcceptable:
        return offered[0]


class _Liking(NamedTuple):
    """How much a caller likes a media type; of equal weight, what is said more closely counts."""

    weight: float
    closeness: int = 0


def _liking(header: str, kind: str) -> _Liking:
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
    return next(
        (_Liking(found[name], -far) for far, name in enumerate(ranges) if name in found),
        _Liking(0.0),
    )


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0
