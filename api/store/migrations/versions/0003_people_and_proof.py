"""Who made whom, invitations, and logs that prove themselves."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change; logs that are there already are chained as they are."""
    _add("organisations", sa.Column("sign_off", sa.JSON(), nullable=False, server_default="{}"))
    _add(
        "organisations",
        sa.Column("subject_domains", sa.JSON(), nullable=False, server_default="[]"),
    )
    _add("users", sa.Column("created_by", sa.String(length=40), nullable=True))
    _add("users", sa.Column("awaited_subject", sa.String(length=255), nullable=True))
    _add("users", sa.Column("subject_by", sa.String(length=40), nullable=True))
    _add("keys", sa.Column("scope", sa.JSON(), nullable=False, server_default="{}"))
    _add("keys", sa.Column("created_by", sa.String(length=40), nullable=True))
    for table in ("reviews", "audit"):
        hashed = sa.Column("hash", sa.String(length=64), nullable=False, server_default="")
        _add(table, hashed)
    _add("reviews", sa.Column("key_id", sa.String(length=40), nullable=True))
    _add("reviews", sa.Column("evidence", sa.JSON(), nullable=True))
    origin = sa.Column("origin", sa.String(length=64), nullable=False, server_default="")
    _add("audit", origin)
    _invitations()
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    number, last = _chain_audit()
    op.bulk_insert(head, [{"id": 1, "number": number, "hash": last}])
    _chain_reviews()


def _add(table: str, column: sa.Column[Any]) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.add_column(column)


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_invitations_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_invitations_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_user_id"), ["user_id"], unique=False)


AUDIT = sa.table(
    "audit",
    sa.column("number", sa.BigInteger),
    *(sa.column(name, sa.Text) for name in ("organisation_id", "owner_id", "user_id", "key_id")),
    *(sa.column(name, sa.Text) for name in ("action", "resource", "request_id", "origin", "hash")),
    sa.column("at", sa.Double),
    sa.column("detail", sa.JSON),
)
REVIEWS = sa.table(
    "reviews",
    sa.column("number", sa.Integer),
    *(sa.column(name, sa.Text) for name in ("plan_id", "before", "after", "by", "comment")),
    *(sa.column(name, sa.Text) for name in ("key_id", "hash")),
    sa.column("at", sa.Double),
    sa.column("evidence", sa.JSON(none_as_null=True)),
)


def _chain_audit() -> tuple[int, str]:
    """Link every entry to the one before it; returns the last one's number and hash."""
    number, last = 0, ""
    for row in _rows(sa.select(AUDIT).order_by(AUDIT.c.number)):
        last = _linked(row, last)
        number = row.number
        op.get_bind().execute(sa.update(AUDIT).where(AUDIT.c.number == number).values(hash=last))
    return number, last


def _chain_reviews() -> None:
    """Link every step of a review to the one before it."""
    plan, last = "", ""
    for row in _rows(sa.select(REVIEWS).order_by(REVIEWS.c.plan_id, REVIEWS.c.number)):
        last = _linked(row, last if row.plan_id == plan else "")
        plan = row.plan_id
        here = (REVIEWS.c.plan_id == plan, REVIEWS.c.number == row.number)
        op.get_bind().execute(sa.update(REVIEWS).where(*here).values(hash=last))


def _rows(query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    return op.get_bind().execute(query).all()


def _linked(row: sa.Row[Any], before: str) -> str:
    """As `api.canonical.linked` had it when this was written."""
    content = {name: value for name, value in row._mapping.items() if name != "hash"}
    link = {"before": before, "content": content}
    text = json.dumps(link, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
