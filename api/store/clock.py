"""The database's clock and new identifiers."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from api.resources.base import PREFIXES


class now(FunctionElement[float]):  # noqa: N801 - reads as the SQL function that it is
    """Seconds since 1970 by the database's clock: all processes share one."""

    type = Double()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite_now(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _postgresql_now(*_: Any, **__: Any) -> str:
    return "(extract(epoch from clock_timestamp())::double precision)"


def new_id(kind: str) -> str:
    """A new identifier: 96 random bits, with a prefix that says of what."""
    return f"{PREFIXES[kind]}_{secrets.token_hex(12)}"
