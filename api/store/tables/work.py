"""What is worked on: instances, jobs with their events, plans with their reports."""

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
    String,
    Table,
    Text,
)

from api.store.tables.base import Id, metadata

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
    Column("request", JSON, nullable=False, server_default="{}"),
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
    Column("result", JSON(none_as_null=True)),
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
"""`request` is what was asked for and `result` what came of it beside the plan, each as the job's
kind writes it (`api.kinds`); what lists are chosen and ordered by is in columns of its own too.
`attempt` counts starts and is the fence; `losses` counts workers that were lost with it. `cpu_s`
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
