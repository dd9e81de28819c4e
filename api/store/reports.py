"""Reports: each plan in words, made once. Most come with the plan, others at their first reading.

There are two of a plan: what is said with its instance is for those who may see that too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from api.store.database import alone
from api.store.tables import plans, reports

if TYPE_CHECKING:
    from sqlalchemy import Connection


def kept(connection: Connection, plan: str, *, with_instance: bool) -> str | None:
    """The report of a plan, where it has been made; who asks has been let in already."""
    query = select(reports.c.text).where(
        reports.c.plan_id == plan, reports.c.with_instance == with_instance
    )
    return connection.execute(query).scalar_one_or_none()


def keep(connection: Connection, plan: str, text: str, *, with_instance: bool) -> None:
    """Keep the report of a plan, once; of one that was deleted meanwhile nothing is kept."""
    alone(connection, f"report {plan}")
    there = select(plans.c.id).where(plans.c.id == plan)
    if connection.execute(there.with_for_update(read=True, key_share=True)).first() is None:
        return
    if kept(connection, plan, with_instance=with_instance) is None:
        row = {"plan_id": plan, "with_instance": with_instance, "text": text}
        connection.execute(insert(reports).values(**row))
