"""The tables: what the service knows, in SQLite or PostgreSQL.

Times are seconds since 1970 by the database's own clock. Text columns of JSON hold what pydantic
wrote. A migration in `migrations` makes exactly these tables; a test compares them.
"""

from api.store.tables.base import metadata
from api.store.tables.judgement import audit, audit_head, reviews, shares
from api.store.tables.people import invitations, keys, organisations, users
from api.store.tables.running import deliveries, idempotency, processes, tallies, webhooks
from api.store.tables.work import instances, job_events, jobs, plans, reports, spent

__all__ = [
    "audit",
    "audit_head",
    "deliveries",
    "idempotency",
    "instances",
    "invitations",
    "job_events",
    "jobs",
    "keys",
    "metadata",
    "organisations",
    "plans",
    "processes",
    "reports",
    "reviews",
    "shares",
    "spent",
    "tallies",
    "users",
    "webhooks",
]
