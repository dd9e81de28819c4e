"""JSON bodies read strictly: no key twice, no NaN, no depth, UTF-8 only, and none too long.

What stops a service is not the bytes of a body but what is made of them: a validator that looks at
a million items tells a million faults. So the caller's role comes before the body, and a body with
more values than any request of ours needs is refused before it is validated.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.errors import Invalid
from api.http.dependencies import ROLES, calls_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from fastapi import Response


class StrictRequest(Request):
    """A request whose JSON says everything once; FastAPI asks it for its JSON."""

    async def json(self) -> Any:
        """The value that the body holds; read once, however often it is asked for.

        Raises:
            json.JSONDecodeError: with a message that quotes nothing.
        """
        if not hasattr(self, "_json"):
            body = await self.body()
            small = len(body) <= AT_ONCE
            self._json = _value(body) if small else await run_in_threadpool(_value, body)
        return self._json


def _value(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        json.JSONDecodeError: with a message that quotes nothing.
    """
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


AT_ONCE = 4096
"""Bytes that are read without giving way to others; more are read in a thread."""
MOST_VALUES = 8_000
"""Values of a body: a thousand changes of an instance, with room."""
JSON_TYPES = ("application/json", "+json")


class StrictRoute(APIRoute):
    """A route that reads its body as a `StrictRequest`, after the role that it needs."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of every request to this route."""
        handle: Callable[[Request], Awaitable[Response]] = super().get_route_handler()
        roles = [role for call, role in ROLES.items() if call in calls_of(self.dependant)]

        async def strictly(request: Request) -> Response:
            for role in roles:
                request.state.caller.must_be(role)
            strict = StrictRequest(request.scope, request.receive)
            if self.body_field is not None and _is_json(request):
                await _counted(strict)
            return await handle(strict)

        return strictly


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind.endswith(JSON_TYPES)


def values_of(body: bytes) -> int:
    """How many values a JSON text has at most, whatever it is, without making them.

    Each stands behind a comma or at the beginning of an object or a list.
    """
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    bare = b"".join(plain.split(b'"')[::2])
    return bare.count(b",") + bare.count(b"[") + bare.count(b"{")


async def _counted(request: StrictRequest) -> None:
    """Refuse a body with more values than a request can need, whatever they are.

    Raises:
        Invalid: saying how many are taken.
    """
    if values_of(await request.body()) > MOST_VALUES:
        raise Invalid(f"the body has more than {MOST_VALUES:,} values; send less at once")


class _Twice(ValueError):
    """A fault of ours, whose words may be shown."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice("a key occurs more than once in one object")
    return found


def _no_constant(_: str) -> Any:
    raise _Twice("NaN and Infinity are no JSON")
