"""What the service needs to run: answers to repeat, messages to send, processes."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from api.store.tables.base import Id, metadata

idempotency = Table(
    "idempotency",
    metadata,
    Column("user_id", Id, ForeignKey("users.id"), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("location", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Double, nullable=False, index=True),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organisation_id", Id, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("served_at", Double, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("dead", Integer, nullable=False, server_default="0"),
    Column("failing_since", Double),
    Column("rests_until", Double),
    Column("disabled_because", Text),
    Column("old_secret", Text),
    Column("old_until", Double),
)
"""`served_at` is when a message to it was last sent; `failures`, `dead` and `failing_since` tell of
attempts that failed and messages that died since the last one that was taken. `old_secret` signs
beside `secret` until `old_until`; both are sealed where there is a key."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "webhook_id",
        Id,
        ForeignKey("webhooks.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("job_id", Id, ForeignKey("jobs.id"), index=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("next_at", Double),
    Column("created_at", Double, nullable=False),
    Column("sending_until", Double, index=True),
    UniqueConstraint("webhook_id", "job_id"),
    Index(None, "webhook_id", "state", "next_at"),
)
"""`job_id` is the job that has ended, none for a message that only tries the receiver;
`sending_until`: until then the message is its sender's, and nobody else sends it."""

processes = Table(
    "processes",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("doing", Text, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("beat_at", Double, nullable=False),
)
"""Each HTTP server and worker, with its last sign of life."""

tallies = Table(
    "tallies",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""How often something has happened, ever, in any process."""
