"""Jobs carry request and result, whatever their kind."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

AT_ONCE = 1000
"""Jobs that are brought over at once: there may be many."""

JOBS = sa.table(
    "jobs",
    *(sa.column(name, sa.Text) for name in ("id", "kind", "label", "instance_id")),
    sa.column("replay_plan_id", sa.Text),
    sa.column("priority", sa.Integer),
    sa.column("options", sa.JSON),
    sa.column("request", sa.JSON),
)


def upgrade() -> None:
    """Make the change; jobs that are there already get the request that they were queued by."""
    request = sa.Column("request", sa.JSON(), nullable=False, server_default="{}")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(request)
    _bring_over()
    # As they are: where a table is made anew, all that refers to it is in the way.
    op.execute("ALTER TABLE jobs RENAME COLUMN replayed TO result")
    op.execute("ALTER TABLE jobs DROP COLUMN replay_plan_id")


def _bring_over() -> None:
    last = ""
    while True:
        query = sa.select(JOBS).where(JOBS.c.id > last).order_by(JOBS.c.id).limit(AT_ONCE)
        rows = op.get_bind().execute(query).all()
        for row in rows:
            here = sa.update(JOBS).where(JOBS.c.id == row.id)
            op.get_bind().execute(here.values(request=_request(row)))
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].id


def _request(row: Any) -> dict[str, Any]:
    """What was asked for; the what-if of a solve had been made before it was queued."""
    asked = {"kind": row.kind, "priority": row.priority, "label": row.label}
    if row.replay_plan_id is not None:
        return asked | {"plan_id": row.replay_plan_id}
    return asked | {"instance_id": row.instance_id, "changes": [], "options": row.options}
