"""Rates: how many requests each caller sent in the last minute, in the memory of this process."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from api.errors import TooManyRequests
from api.http.windows import Windows

if TYPE_CHECKING:
    from starlette.types import Message, Send

    from api.caller import Caller
    from api.settings import Settings

REFUSALS_TOLD = 10
"""Entries that the audit log gets of one key that is not let in, in a minute."""
KEYS_WORTH = 8
"""How many keys' requests one organisation may send, however many keys it has."""


class Rates:
    """The windows of all callers."""

    def __init__(self, settings: Settings) -> None:
        self._windows = Windows()
        self._of_key = settings.requests_per_minute
        self._of_organisation = settings.requests_per_minute * KEYS_WORTH
        self._of_stranger = settings.strangers_per_minute

    def count(self, caller: Caller) -> None:
        """Count a request of a caller.

        Raises:
            TooManyRequests: of its key or user, or of its organisation.
        """
        self._count(_who(caller), self._of_key)
        self._count(caller.organisation_id, self._of_organisation)

    def count_stranger(self, address: str) -> None:
        """Count a request that nobody is known to have sent.

        Raises:
            TooManyRequests: from this address.
        """
        self._count(address, self._of_stranger)

    def is_told(self, resource: str) -> bool:
        """Whether one more refusal of a key or user is told to the audit log."""
        return self._windows.enter(f"refused {resource}", REFUSALS_TOLD)

    def telling(self, send: Send, caller: Caller) -> Send:
        """A `send` that tells the caller how many requests are left."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                left = self._windows.left(_who(caller), self._of_key)
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Limit"] = str(self._of_key)
                headers["RateLimit-Remaining"] = str(left.more)
                headers["RateLimit-Reset"] = str(math.ceil(left.again_s))
            await send(message)

        return told

    def _count(self, who: str, most: int) -> None:
        if not self._windows.enter(who, most):
            again_s = self._windows.left(who, most).again_s
            raise TooManyRequests(
                f"at most {most} requests in a minute", retry_after_s=max(1.0, again_s)
            )


def _who(caller: Caller) -> str:
    return caller.key_id or caller.user_id
