"""Turns of webhooks, the state of their receivers, and what jobs and plans take of the quotas."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SHORT_S = 300.0
JOB_S = 7200.0
"""What a job without a limit of its own could take by default, when this migration was written."""
CPU_BEFORE, CPU_NOW = 1e6, 5e6
"""The default quota of CPU time: with reservations the old one held 69 jobs at once."""


def upgrade() -> None:
    """Make the change; jobs and plans that are there already count like new ones."""
    _add("organisations", _number("told_at"))
    for name in ("lost_cpu_s", "reserved_cpu_s"):
        _add("jobs", _number(name))
    _add("jobs", sa.Column("is_short", sa.Boolean(), nullable=False, server_default="0"))
    _add("plans", sa.Column("size_bytes", sa.BigInteger(), nullable=False, server_default="0"))
    _add("webhooks", _number("served_at"))
    for name in ("failures", "dead"):
        _add("webhooks", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("failing_since", "rests_until"):
        _add("webhooks", sa.Column(name, sa.Double(), nullable=True))
    _add("webhooks", sa.Column("disabled_because", sa.Text(), nullable=True))
    _add("deliveries", sa.Column("sending_until", sa.Double(), nullable=True))
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_state_next_at"))
        for columns in (["sending_until"], ["webhook_id", "state", "next_at"]):
            name = batch_op.f(f"ix_deliveries_{'_'.join(columns)}")
            batch_op.create_index(name, columns, unique=False)
    _reserve()
    _weigh()
    _raise_quota()


def _add(table: str, column: sa.Column[Any]) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.add_column(column)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=False, server_default="0")


JOBS = sa.table(
    "jobs",
    *(sa.column(name, sa.Text) for name in ("id", "state")),
    sa.column("options", sa.JSON),
    sa.column("reserved_cpu_s", sa.Double),
    sa.column("is_short", sa.Boolean),
)
PLANS = sa.table(
    "plans",
    sa.column("id", sa.Text),
    *(sa.column(name, sa.JSON) for name in ("document", "tables")),
    sa.column("size_bytes", sa.BigInteger),
)
ORGANISATIONS = sa.table("organisations", sa.column("id", sa.Text), sa.column("quota", sa.JSON))


def _reserve() -> None:
    """What jobs that wait or run may use at most."""
    query = sa.select(JOBS.c.id, JOBS.c.options)
    for row in op.get_bind().execute(query.where(JOBS.c.state.in_(("queued", "running")))).all():
        limit = row.options.get("time_limit_s")
        most = JOB_S if limit is None else min(JOB_S, 2 * limit + 60)
        values = {"reserved_cpu_s": 2 * most, "is_short": limit is not None and limit <= SHORT_S}
        op.get_bind().execute(sa.update(JOBS).where(JOBS.c.id == row.id).values(**values))


def _weigh() -> None:
    """How much room each plan takes."""
    identifiers = op.get_bind().execute(sa.select(PLANS.c.id)).scalars().all()
    for identifier in identifiers:
        row = op.get_bind().execute(sa.select(PLANS).where(PLANS.c.id == identifier)).one()
        size = sum(table["size_bytes"] for table in row.tables) + len(json.dumps(row.document))
        weighed = sa.update(PLANS).where(PLANS.c.id == identifier).values(size_bytes=size)
        op.get_bind().execute(weighed)


def _raise_quota() -> None:
    """Give organisations that have the old default of CPU time the new one."""
    for row in op.get_bind().execute(sa.select(ORGANISATIONS)).all():
        if row.quota.get("cpu_s_per_30_days") == CPU_BEFORE:
            raised = row.quota | {"cpu_s_per_30_days": CPU_NOW}
            here = sa.update(ORGANISATIONS).where(ORGANISATIONS.c.id == row.id)
            op.get_bind().execute(here.values(quota=raised))
