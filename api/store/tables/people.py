"""Who there is: organisations, users, their keys, and invitations."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Double, ForeignKey, Integer, String, Table, Text

from api.store.tables.base import Id, metadata

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
