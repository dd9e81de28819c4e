"""What is judged of plans, who else may read, and the log of who did what."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from api.store.tables.base import Counter, Id, metadata

reviews = Table(
    "reviews",
    metadata,
    Column("plan_id", Id, ForeignKey("plans.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    Column("by", Id, ForeignKey("users.id"), nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("key_id", Id),
    Column("evidence", JSON(none_as_null=True)),
    Column("hash", String(64), nullable=False, server_default=""),
)
"""`evidence` holds the hashes of the plan as it was judged; `hash` that of the row and of the step
before it."""

shares = Table(
    "shares",
    metadata,
    Column("resource_id", Id, primary_key=True),
    Column("organisation_id", Id, ForeignKey("organisations.id"), primary_key=True),
    Column("shared_by", Id, ForeignKey("users.id"), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Double, nullable=False),
    Index(None, "organisation_id"),
)
"""An instance or a plan that another organisation of the fund may read."""

audit = Table(
    "audit",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("organisation_id", Id, nullable=False),
    Column("owner_id", Id),
    Column("user_id", Id),
    Column("key_id", Id),
    Column("action", String(40), nullable=False),
    Column("resource", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("request_id", String(80), nullable=False),
    Column("origin", String(64), nullable=False, server_default=""),
    Column("hash", String(64), nullable=False, server_default=""),
    Index(None, "organisation_id", "number"),
    Index(None, "owner_id", "number"),
)
"""`hash` is that of the entry and of the one before it."""

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""One row: the last entry of the audit log. Whoever adds to the log locks it."""
