"""Requests that are handled in turn: what they receive and send, beside `api.handling`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.handling import aside

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Send

    from api.handling import Handled


def waiting_aside(receive: Receive) -> Receive:
    """A `receive` that holds no place while the sender is waited for."""

    async def received() -> Message:
        async with aside():
            return await receive()

    return received


def done_when_answered(send: Send, handled: Handled) -> Send:
    """A `send` that gives the place back as soon as the answer begins."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            handled.end()
        await send(message)

    return sent
