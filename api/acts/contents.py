"""What a plan holds, as far as the caller may see it: tables, files, report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from api.errors import Forbidden, NotFound
from api.reading.plans import Bundle
from api.resources.described import headings_of
from api.resources.plans import PlanSummary
from api.resources.reviews import in_words
from api.sponsors import SPONSOR_TABLES
from api.store import audit, instances, plans, reports
from optimizer.plan.document import PLAN_FILE
from optimizer.vocabulary.plan_tables import file_of

if TYPE_CHECKING:
    from api.caller import Caller
    from api.store import Store
    from api.store.plans import Stored


class Whole(NamedTuple):
    """A plan that the caller may see whole."""

    stored: Stored
    instance_file: str | None
    """Of its instance, where the caller may see that too."""


def open_whole(store: Store, caller: Caller, identifier: str, part: str) -> Whole:
    """A plan of which the caller may see more than its own projects.

    Args:
        store: where it is.
        caller: who asks.
        identifier: which plan.
        part: for what, as the audit log says it.

    Raises:
        NotFound: there is none.
        Forbidden: the caller is a sponsor.
    """
    with store.database.write() as tx:
        stored = plans.stored(tx, identifier, caller)
        if stored.access == "sponsor":
            raise Forbidden("a sponsor sees its own projects only")
        audit.record(tx, caller, "plan.read", identifier, part=part)
        try:
            return Whole(stored, instances.file_of(tx, stored.instance_id, caller))
        except NotFound:
            return Whole(stored, None)


def open_table(store: Store, caller: Caller, identifier: str, name: str) -> Stored:
    """A plan of whose table the caller may see something: all, or a sponsor its own projects.

    Raises:
        NotFound: there is no such plan, or it has no such table.
        Forbidden: a sponsor may see nothing of it.
    """
    with store.database.write() as tx:
        stored = plans.stored(tx, identifier, caller)
        audit.record(tx, caller, "plan.read", identifier, part="table")
    if name not in stored.tables:
        raise NotFound("a plan has no table of this name")
    if stored.access == "sponsor" and name not in SPONSOR_TABLES:
        raise Forbidden("a sponsor sees its own projects only")
    return stored


def bundle(store: Store, found: Whole) -> Bundle:
    """A plan with all of its files, and its instance where the caller may see that too."""
    stored = found.stored
    document = json.dumps(stored.raw, indent=1, allow_nan=False) + "\n"
    files = {PLAN_FILE: document.encode()}
    for table in stored.tables.values():
        files[file_of(table.name)] = store.files.get(table.sha256)
    return Bundle(files, store.files.get(found.instance_file) if found.instance_file else None)


def show_report(store: Store, identifier: str, *, with_instance: bool) -> str | None:
    """A plan in words, where that was made already; access has been judged before."""
    with store.database.read() as connection:
        return reports.kept(connection, identifier, with_instance=with_instance)


def keep_report(store: Store, identifier: str, text: str, *, with_instance: bool) -> None:
    """Keep a plan in words, for whoever reads it next."""
    with store.database.write() as tx:
        reports.keep(tx, identifier, text, with_instance=with_instance)


def tell_review(store: Store, caller: Caller, identifier: str) -> str:
    """The review of a plan in words, as it is now."""
    with store.database.read() as connection:
        return in_words(plans.steps(connection, identifier, caller))


def headings(store: Store, caller: Caller, names: list[str]) -> dict[str, str]:
    """What people call each of some plans."""
    with store.database.read() as connection:
        found = [plans.get(connection, name, caller) for name in names]
    return headings_of(one for one in found if isinstance(one, PlanSummary))
