"""Plans: what jobs have published; their review is in `api.store.reviews`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from api.resources.plans import PlanView, TableInfo
from api.store.access import access, row_of, visible
from api.store.cursors import page
from api.store.plan_views import EVERY, PlanFilter, chosen_by, described, seen
from api.store.plan_views import get as get
from api.store.reviews import STEPS as STEPS
from api.store.reviews import decision_record as decision_record
from api.store.reviews import review as review
from api.store.reviews import steps as steps
from api.store.tables import plans
from optimizer.plan.document import PlanDocument

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.caller import Caller
    from api.resources.base import Page
    from api.store.access import Access


class Stored(NamedTuple):
    """A plan as it is kept."""

    document: PlanDocument
    raw: dict[str, Any]
    """The document word for word, as its hash is of it."""
    tables: dict[str, TableInfo]
    access: Access
    instance_id: str


def stored(connection: Connection, identifier: str, caller: Caller) -> Stored:
    """A plan that the caller may see, with the files of its tables.

    Raises:
        NotFound: there is none.
    """
    row = row_of(connection, plans, identifier, caller)
    return Stored(
        document=PlanDocument.model_validate(row.document),
        raw=row.document,
        tables={entry["name"]: TableInfo(**entry) for entry in row.tables},
        access=access(row, caller),
        instance_id=row.instance_id,
    )


def listed(
    connection: Connection,
    caller: Caller,
    cursor: str | None,
    limit: int,
    wanted: PlanFilter = EVERY,
) -> Page[PlanView]:
    """The plans that the caller may see."""
    query = described(caller).where(visible(plans, caller), *chosen_by(wanted, caller))
    return page(connection, query, plans, cursor, limit, lambda row: seen(row, caller))


def files_named(connection: Connection) -> set[str]:
    """The hashes of all tables of all plans."""
    return {
        entry["sha256"]
        for row in connection.execute(select(plans.c.tables))
        for entry in row.tables
    }
