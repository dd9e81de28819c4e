"""Scoped keys: what a key opens of all that its user may do."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from api.errors import Forbidden, Invalid, Place
from api.networks import is_among

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.organisations import KeyRequest, Scope

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


def allowed(wanted: KeyRequest, caller: Caller, most_days: int) -> KeyRequest:
    """What a new key may be: no longer than the service allows, no wider than the key used.

    Raises:
        Invalid: it would live too long.
        Forbidden: it would be used from networks from which the key used is not.
    """
    if "days" not in wanted.model_fields_set:
        wanted = wanted.replaced(days=min(wanted.days, most_days))
    if wanted.days > most_days:
        words = f"at most {most_days} here (LODESTONE_KEY_DAYS)"
        raise Invalid.at([(Place(part="body", field="days"), words)])
    own = caller.scope.networks if caller.scope else ()
    if not own:
        return wanted
    networks = wanted.scope.networks or own
    for network in networks:
        if not any(_within(network, known) for known in own):
            raise Forbidden(f"networks: {network} is none of those of the key that you use")
    return wanted.replaced(scope=wanted.scope.replaced(networks=networks))


def _within(network: str, other: str) -> bool:
    one, two = ipaddress.ip_network(network), ipaddress.ip_network(other)
    if isinstance(one, ipaddress.IPv4Network):
        return isinstance(two, ipaddress.IPv4Network) and one.subnet_of(two)
    return isinstance(two, ipaddress.IPv6Network) and one.subnet_of(two)
