"""Receivers of webhooks: which addresses tenants may have the service connect to.

Enters: a URL. Leaves: what is wrong with it. A name that cannot be resolved and one that leads
into a network that is not public are told in the same words: nobody maps our networks by asking.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING

import httpx

from api.errors import Invalid, Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

    Address = IPv4Address | IPv6Address
    Network = IPv4Network | IPv6Network

OUT_OF_REACH = "it does not lead to a public address by https, nor to a network that is allowed"
"""Of a name that cannot be resolved, of one that leads elsewhere, and of http to the public."""
LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")
NUMERIC = re.compile(r"[0-9]+\Z|0[xX][0-9a-fA-F]*\Z")
LONGEST_NAME = 253
LARGEST_PORT = 65535


def must_be_in_reach(url: str, networks: Sequence[str]) -> None:
    """Refuse a URL to which no message could ever be delivered.

    Args:
        url: where messages are to go.
        networks: those that the operator allows besides public addresses.

    Raises:
        Invalid: with all that is wrong with it.
    """
    allowed = [ipaddress.ip_network(text) for text in networks]
    faults = _written_wrongly(url, http=bool(allowed))
    if not faults and not _in_reach(httpx.URL(url), allowed):
        faults = [OUT_OF_REACH]
    if faults:
        place = Place(part="body", field="url")
        raise Invalid.at([(place, words) for words in faults])


def _written_wrongly(url: str, *, http: bool) -> list[str]:
    """What is wrong with a URL, whatever its name leads to."""
    try:
        parts = httpx.URL(url)
        host = parts.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError):
        return ["it is no URL; is its host or port spelt right?"]
    found = []
    if parts.scheme != "https" and not http:
        found.append("it must begin with https://")
    if parts.userinfo:
        found.append("it must hold no user and no password; messages are signed instead")
    if parts.fragment:
        found.append("what follows # is never sent; leave it out")
    if parts.port is not None and not 1 <= parts.port <= LARGEST_PORT:
        found.append(f"the port must be between 1 and {LARGEST_PORT:,}")
    if not _is_host(host):
        found.append("its host is neither a name nor an address")
    return found


def _is_host(host: str) -> bool:
    """Whether this is an address or a name as it is written; what it leads to is another matter."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        labels = host.removesuffix(".").split(".")
        named = len(host) <= LONGEST_NAME and all(LABEL.match(label) for label in labels)
        return named and not NUMERIC.match(labels[-1])
    return getattr(address, "scope_id", None) is None


def _in_reach(url: httpx.URL, networks: Sequence[Network]) -> bool:
    """Whether all addresses that a URL's host leads to at present may be connected to."""
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    try:
        found = socket.getaddrinfo(url.raw_host.decode("ascii"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    addresses = [address_of(str(entry[4][0])) for entry in found]
    return all(is_allowed(address, networks, secure=secure) for address in addresses)


def address_of(text: str) -> Address:
    """An address; one of version 4 in the clothes of version 6 as what it is."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


def is_allowed(address: Address, networks: Sequence[Network], *, secure: bool) -> bool:
    """Whether tenants may have us connect: to the operator's networks, and publicly by TLS."""
    if any(address in network for network in networks):
        return True
    special = address.is_multicast or address.is_reserved
    if address.version == 6:  # Site-local, or a tunnel to an address of version 4.
        special |= address.is_site_local or bool(address.sixtofour or address.teredo)
    return secure and address.is_global and not special
