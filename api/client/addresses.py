"""Address and key as they are given: checked before anything is sent."""

from __future__ import annotations

import httpx

from api.client.refusals import wrong_use
from api.networks import is_loopback


def checked_url(url: str, *, insecure: bool) -> str:
    """An address without what does not belong to it.

    Args:
        url: as it was given.
        insecure: whether the key may be sent unencrypted to another machine.

    Raises:
        ServiceRefused: it has no scheme or no host, or would show the key to the network.
    """
    try:
        parts = httpx.URL(url.strip())
    except httpx.InvalidURL as trouble:
        raise wrong_use(f"'{url}' is not an address: {trouble}") from None
    if parts.scheme not in ("http", "https") or not parts.host:
        bare = url.strip().rpartition("://")[2]
        raise wrong_use(
            f"'{url}' is not an address: begin with https:// or http://, as http://{bare}"
        )
    if parts.scheme == "http" and not (insecure or is_loopback(parts.host)):
        raise wrong_use(
            f"'{url}' would show the key to everybody on the way: use https://, or say "
            "network=Network(insecure=True) where the network itself is encrypted"
        )
    return str(parts).rstrip("/")


def stays_here(url: str) -> bool:
    """Whether an address is of this machine and unencrypted: no proxy is to see what is sent there.

    Args:
        url: an address that was checked.
    """
    parts = httpx.URL(url)
    return parts.scheme == "http" and is_loopback(parts.host)


def checked_key(key: str) -> str:
    """A key without the blanks and line ends of the file that it was read from.

    Raises:
        ServiceRefused: it is empty, or has characters that no key has; it is not shown.
    """
    text = key.strip()
    if not text:
        raise wrong_use("the API key is empty")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise wrong_use("the API key has characters that no key has; is it more than the key?")
    return text
