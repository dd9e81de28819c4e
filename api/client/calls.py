"""What every call of the client has: a connection, bodies in JSON, and lists page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter

from api.client.archives import JSON
from api.resources.base import Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from api.client.connection import Connection


Answered = TypeVar("Answered")


class Calls:
    """Calls over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _all(self, path: str, item: Any, wanted: dict[str, Any] | None = None) -> Iterator[Any]:
        """The items of a list, page by page as they are wanted."""
        cursor: dict[str, str] = {}
        while True:
            answer = self._connection.get(path, params={**(wanted or {}), **cursor})
            page = read(Page[item], answer.content)
            yield from page.items
            if page.next is None:
                return
            cursor = {"cursor": page.next}


def read(kind: type[Answered], content: bytes | str) -> Answered:
    """An answer as a resource; fields that a newer service adds to it are passed over."""
    found: Answered = TypeAdapter(kind).validate_json(content, extra="ignore")
    return found


def given(**wanted: object) -> dict[str, Any]:
    """The parameters of a query that are given."""
    return {name: value for name, value in wanted.items() if value is not None}


def as_json(body: BaseModel, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A body and its headers, as `httpx.Client.request` takes them."""
    return {"content": body.model_dump_json(), "headers": {"Content-Type": JSON, **(headers or {})}}


def path_of(resource_id: str) -> str:
    """Where a plan, a job or an instance is found."""
    table = {"plan": "plans", "job": "jobs"}.get(resource_id.partition("_")[0], "instances")
    return f"/v1/{table}/{resource_id}"
