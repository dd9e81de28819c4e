"""JSON bodies read strictly: no key twice, no NaN, no depth, UTF-8 only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.routing import APIRoute

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from fastapi import Response


class StrictRequest(Request):
    """A request whose JSON says everything once; FastAPI asks it for its JSON."""

    async def json(self) -> Any:
        """The value that the body holds.

        Raises:
            json.JSONDecodeError: with a message that quotes nothing.
        """
        body = await self.body()
        try:
            return json.loads(
                body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
            )
        except json.JSONDecodeError as fault:
            raise json.JSONDecodeError(f"{fault.msg} at {fault.pos}", "", 0) from None
        except UnicodeDecodeError:
            raise json.JSONDecodeError("it is not UTF-8", "", 0) from None
        except RecursionError:
            raise json.JSONDecodeError("it is nested too deeply", "", 0) from None
        except ValueError as fault:
            words = str(fault) if isinstance(fault, _Twice) else "a number has too many digits"
            raise json.JSONDecodeError(words, "", 0) from None


class StrictRoute(APIRoute):
    """A route that reads its body as a `StrictRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of every request to this route."""
        handle: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return strictly


class _Twice(ValueError):
    """A fault of ours, whose words may be shown."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice("a key occurs more than once in one object")
    return found


def _no_constant(_: str) -> Any:
    raise _Twice("NaN and Infinity are no JSON")
