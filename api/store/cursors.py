"""Cursors: where a page of a list ended, so that the next begins there.

Most are keysets of time and identifier; those of lists that count are the last number.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import tuple_

from api.errors import Invalid
from api.resources.base import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Row, Select, Table

LARGEST_PAGE = 200
IDENTIFIER = re.compile("[a-z]{3,4}_[0-9a-f]{24}")
NOT_OURS = "query: cursor is not one that this service has made"
NUMBER = re.compile("[0-9]{1,18}", re.ASCII)


def page(  # noqa: PLR0913 - what to select, from where, how many, and what to make of it
    connection: Connection,
    query: Select[Any],
    table: Table,
    cursor: str | None,
    limit: int,
    item: Callable[[Row[Any]], Any],
) -> Page[Any]:
    """One page of a query over a table with `created_at` and `id`, newest first.

    Raises:
        Invalid: a cursor that this service has not made.
    """
    place = tuple_(table.c.created_at, table.c.id)
    if cursor is not None:
        query = query.where(place < tuple_(*_read(cursor)))
    query = query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit + 1)
    rows = connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=tuple(item(row) for row in rows[:limit]),
        next=None if last is None else _written(last.created_at, last.id),
    )


def numbered(cursor: str | None) -> int | None:
    """The number at which a page of a list that counts ended; None for its first page.

    Raises:
        Invalid: a cursor that this service has not made.
    """
    if cursor is None:
        return None
    if not NUMBER.fullmatch(cursor):
        raise Invalid(NOT_OURS)
    return int(cursor)


def _written(created_at: float, identifier: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([created_at, identifier]).encode()).decode()


def _read(cursor: str) -> tuple[float, str]:
    try:
        created_at, identifier = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        if isinstance(created_at, float) and IDENTIFIER.fullmatch(identifier):
            return created_at, identifier
    except (ValueError, TypeError, binascii.Error, RecursionError):
        pass
    raise Invalid(NOT_OURS)
