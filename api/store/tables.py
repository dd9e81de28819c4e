"""The tables: what the service knows, in SQLite or PostgreSQL.

Times are seconds since 1970 by the database's own clock. Text columns of JSON hold what pydantic
wrote. A migration in `migrations` makes exactly these tables; a test compares them.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(40)
Counter = BigInteger().with_variant(Integer, "sqlite")

organisations = Table(
    "organisations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("secretariat_id", Id, ForeignKey("organisations.id")),
    Column("projects", JSON, nullable=False),
    Column("quota", JSON, nullable=False),
    Column("running_jobs", Integer, nullable=False),
    Column("served_at", Double, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Double, nullable=False),
    Column("sign_off", JSON, nullable=False, server_default="{}"),
    Column("subject_domains", JSON, nullable=False, server_default="[]"),
    Column("told_at", Double, nullable=False, server_default="0"),
)
"""`running_jobs` repeats the quota for the claim; `served_at` is when a job of it last began,
`told_at` when a message to one of its webhooks was last sent."""

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organisation_id", Id, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("subject", String(255), unique=True),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Double, nullable=False),
    Column("created_by", Id),
    Column("awaited_subject", String(255)),
    Column("subject_by", Id),
)
"""`created_by` is the user who made this one, null where the operator did; `subject` is who this is
to the identity provider, `awaited_subject` who an admin says it is, until the person accepts an
invitation, which `subject_by` gave."""

keys = Table(
    "keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organisation_id", Id, ForeignKey("organisations.id"), nullable=False),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("revoked_at", Double),
    Column("last_used_at", Double),
    Column("created_by", Id),
    Column("scope", JSON, nullable=False, server_default="{}"),
)
"""`created_by` is another user by whose hand the secret came, null where it was the user's own or
the operator's."""

invitations = Table(
    "invitations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organisation_id", Id, ForeignKey("organisations.id"), nullable=False),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False, index=True),
    Column("secret_hash", String(64), nullable=False),
    Column("created_by", Id),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("ended_at", Double),
)
"""One-time secrets by which a user makes the own first key; `ended_at` once used or replaced."""

instances = Table(
    "instances",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organisation_id", Id, ForeignKey("organisations.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("file", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("rows", JSON, nullable=False),
    Column("assumed_share", Double, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("parent_id", Id, ForeignKey("instances.id")),
    Column("changes", JSON, nullable=False),
    Column("submitted_by", Id, ForeignKey("users.id"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("label", Text, nullable=False, server_default=""),
    Column("archived_at", Double),
    Index(None, "organisation_id", "created_at", "id"),
    Index(None, "parent_id"),
)
"""`file` names the canonical JSON document among the result files."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organisation_id", Id, ForeignKey("organisations.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("label", Text, nullable=False),
    Column("instance_id", Id, ForeignKey("instances.id"), nullable=False, index=True),
    Column("instance_hash", String(64), nullable=False),
    Column("options", JSON, nullable=False),
    Column("replay_plan_id", Id),
    Column("priority", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("losses", Integer, nullable=False, server_default="0"),
    Column("worker", String(80)),
    Column("lease_until", Double),
    Column("cancel_requested", Boolean, nullable=False),
    Column("last_event", Integer, nullable=False, server_default="0"),
    Column("progress", JSON(none_as_null=True)),
    Column("plan_id", Id),
    Column("replayed", JSON(none_as_null=True)),
    Column("error", JSON(none_as_null=True)),
    Column("cpu_s", Double, nullable=False, server_default="0"),
    Column("lost_cpu_s", Double, nullable=False, server_default="0"),
    Column("reserved_cpu_s", Double, nullable=False, server_default="0"),
    Column("is_short", Boolean, nullable=False, server_default="0"),
    Column("retry_of", Id),
    Column("submitted_by", Id, ForeignKey("users.id"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("archived_at", Double),
    Index(None, "state", "organisation_id", "priority", "created_at"),
    Index(None, "organisation_id", "created_at", "id"),
    Index(None, "organisation_id", "ended_at"),
)
"""`attempt` counts starts and is the fence; `losses` counts workers that were lost with it. `cpu_s`
is that of the last attempt, `lost_cpu_s` of those before it, `reserved_cpu_s` what an attempt may
use at most. `is_short`: it may take the workers that are kept for short jobs."""

job_events = Table(
    "job_events",
    metadata,
    Column("job_id", Id, ForeignKey("jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("type", String(16), nullable=False),
    Column("data", JSON, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organisation_id", Id, ForeignKey("organisations.id"), nullable=False),
    Column("job_id", Id, ForeignKey("jobs.id"), nullable=False, unique=True),
    Column("instance_id", Id, ForeignKey("instances.id"), nullable=False, index=True),
    Column("document", JSON, nullable=False),
    Column("chosen", JSON, nullable=False),
    Column("tables", JSON, nullable=False),
    Column("assumed_share", Double, nullable=False),
    Column("review", String(16), nullable=False),
    Column("submitted_by", Id, ForeignKey("users.id")),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Double, nullable=False),
    Column("size_bytes", BigInteger, nullable=False, server_default="0"),
    Column("archived_at", Double),
    Index(None, "organisation_id", "created_at", "id"),
)
"""`document` is the plan's `plan.json`, `tables` a list of `TableInfo`, `size_bytes` the size of
both; `submitted_by` is who submitted it for review."""

reports = Table(
    "reports",
    metadata,
    Column("plan_id", Id, ForeignKey("plans.id"), primary_key=True),
    Column("with_instance", Boolean, primary_key=True),
    Column("text", Text, nullable=False),
)
"""Each plan in words, made once: with what its instance says, and for who may not see that."""

spent = Table(
    "spent",
    metadata,
    Column("job_id", Id, primary_key=True),
    Column("organisation_id", Id, ForeignKey("organisations.id"), nullable=False),
    Column("cpu_s", Double, nullable=False),
    Column("ended_at", Double, nullable=False),
    Index(None, "organisation_id", "ended_at"),
)
"""What deleted jobs have used of the quota: deleting gives nothing back."""

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
