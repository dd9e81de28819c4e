"""Where an address lies: in networks that somebody has named, or on this machine alone."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_among(address: str, networks: Iterable[str]) -> bool:
    """Whether an address is one of some networks; what is no address is in none.

    Args:
        address: as the server sees it.
        networks: such as `10.1.0.0/16`, validated where they were named.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network) for network in networks)


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
