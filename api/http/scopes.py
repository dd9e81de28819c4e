"""Scoped keys: what a key opens of all that its user may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.errors import Forbidden
from api.networks import is_among

if TYPE_CHECKING:
    from api.resources.organisations import Scope

READS = ("GET", "HEAD")


def from_elsewhere(scope: Scope, origin: str) -> bool:
    """Whether a key is used from a network that is none of its own."""
    return bool(scope.networks) and not is_among(origin, scope.networks)


def must_open(scope: Scope | None, method: str, path: str) -> None:
    """Refuse what a key does not open.

    Raises:
        Forbidden: saying what it does open.
    """
    if scope is None:
        return
    if scope.read_only and method not in READS:
        raise Forbidden("this key reads only; use another key of yours for this")
    if scope.resource is not None and scope.resource not in path.split("/")[3:4]:
        raise Forbidden(f"this key opens {scope.resource} and nothing else")
