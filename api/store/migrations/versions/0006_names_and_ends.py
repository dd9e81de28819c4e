"""Labels of instances, ends of what was solved, reports made once, secrets that change."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    label = sa.Column("label", sa.Text(), nullable=False, server_default="")
    _add("instances", label, sa.Column("archived_at", sa.Double(), nullable=True))
    _add("jobs", sa.Column("archived_at", sa.Double(), nullable=True))
    _add("plans", sa.Column("archived_at", sa.Double(), nullable=True))
    old = sa.Column("old_secret", sa.Text(), nullable=True)
    _add("webhooks", old, sa.Column("old_until", sa.Double(), nullable=True))
    with op.batch_alter_table("instances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instances_parent_id"), ["parent_id"], unique=False)
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.alter_column("job_id", existing_type=sa.String(length=40), nullable=True)
        batch_op.create_index(batch_op.f("ix_deliveries_job_id"), ["job_id"], unique=False)
    _reports()
    _spent()


def _add(table: str, *columns: sa.Column[Any]) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        for column in columns:
            batch_op.add_column(column)


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("with_instance", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_reports_plan_id_plans")),
        sa.PrimaryKeyConstraint("plan_id", "with_instance", name=op.f("pk_reports")),
    )


def _spent() -> None:
    op.create_table(
        "spent",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=40), nullable=False),
        sa.Column("cpu_s", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_spent_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_spent")),
    )
    with op.batch_alter_table("spent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_spent_organisation_id_ended_at"),
            ["organisation_id", "ended_at"],
            unique=False,
        )
