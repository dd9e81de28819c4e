"""Instances: kept once they are valid, never changed, deleted only while nothing needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, func, insert, select

from api.errors import Conflict, QuotaExceeded
from api.resources.base import Page, moment, moment_if
from api.resources.change_words import in_words
from api.resources.examined import CHANGES, Examined
from api.resources.instances import InstancePreview, InstanceSummary
from api.store.access import note_to, own_row, row_of, visible
from api.store.clock import new_id, now
from api.store.cursors import page
from api.store.filters import Span, archived, labelled, made_within, seen_whole
from api.store.quotas import refuse_instance
from api.store.tables import instances, jobs, shares

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

    from api.caller import Caller
    from api.resources.jobs import Changes


class Origin(NamedTuple):
    """Where a what-if comes from."""

    parent_id: str
    changes: Changes


class InstanceFilter(NamedTuple):
    """Which instances to list."""

    name: str | None = None
    label: str | None = None
    """Words that the label holds."""
    parent_id: str | None = None
    archived: bool = False
    span: Span = Span()


EVERY = InstanceFilter()


def add(  # noqa: PLR0913 - what is kept of an instance
    connection: Connection,
    caller: Caller,
    examined: Examined,
    file: str,
    origin: Origin | None = None,
    label: str = "",
) -> InstanceSummary:
    """Keep an instance; `file` names its canonical JSON document among the result files.

    Raises:
        QuotaExceeded: the organisation keeps too many, or too much.
    """
    refuse_instance(
        connection,
        caller.organisation_id,
        file,
        examined.size_bytes,
        what_if=origin is not None,
    )
    identifier = new_id("instance")
    changes = CHANGES.dump_python(origin.changes, mode="json") if origin else []
    connection.execute(
        insert(instances).values(
            id=identifier,
            organisation_id=caller.organisation_id,
            file=file,
            parent_id=origin.parent_id if origin else None,
            changes=changes,
            label=label,
            submitted_by=caller.user_id,
            created_at=now(),
            **examined._asdict() | {"warnings": list(examined.warnings)},
        )
    )
    return get(connection, identifier, caller)


def preview(
    connection: Connection, caller: Caller, examined: Examined, *, what_if: bool
) -> InstancePreview:
    """What `add` would keep of an instance, and whether it would; nothing is kept."""
    why_not = ""
    try:  # A file is named by its hash, which for a canonical document is that of the content.
        refuse_instance(
            connection,
            caller.organisation_id,
            examined.content_hash,
            examined.size_bytes,
            what_if=what_if,
        )
    except QuotaExceeded as refusal:
        why_not = refusal.detail
    return InstancePreview(**examined._asdict(), fits=not why_not, why_not=why_not)


def get(connection: Connection, identifier: str, caller: Caller) -> InstanceSummary:
    """An instance that the caller may see.

    Raises:
        NotFound: there is none.
    """
    row_of(connection, instances, identifier, caller)
    return _summary(connection.execute(_noted(caller).where(instances.c.id == identifier)).one())


def file_of(connection: Connection, identifier: str, caller: Caller) -> str:
    """The file of an instance that the caller may see.

    Raises:
        NotFound: there is none.
    """
    return str(row_of(connection, instances, identifier, caller).file)


def listed(
    connection: Connection,
    caller: Caller,
    cursor: str | None,
    limit: int,
    wanted: InstanceFilter = EVERY,
) -> Page[InstanceSummary]:
    """The instances that the caller may see."""
    query = _noted(caller).where(visible(instances, caller), *_conditions(wanted, caller))
    return page(connection, query, instances, cursor, limit, _summary)


def remove(connection: Connection, identifier: str, caller: Caller) -> dict[str, Any]:
    """Delete an instance that nothing is made of; its file goes with the next collection.

    Returns:
        What was deleted.

    Raises:
        NotFound: there is none.
        Forbidden: it is another organisation's.
        Conflict: jobs or what-ifs need it: a decision must stay replayable.
    """
    row = own_row(connection, instances, identifier, caller, lock="change")
    for table, column, what in (
        (jobs, jobs.c.instance_id, "job"),
        (instances, instances.c.parent_id, "what-if"),
    ):
        count = connection.execute(
            select(func.count()).select_from(table).where(column == identifier)
        ).scalar_one()
        if count:
            many = f"{count} {what}s are" if count > 1 else f"a {what} is"
            raise Conflict(f"{many} made of it and must stay replayable, until deleted")
    connection.execute(delete(shares).where(shares.c.resource_id == identifier))
    connection.execute(delete(instances).where(instances.c.id == identifier))
    names = ("label", "name", "title", "content_hash", "parent_id", "submitted_by", "created_at")
    return {name: getattr(row, name) for name in names}


def files_named(connection: Connection) -> set[str]:
    """The hashes of the documents of all instances."""
    return set(connection.execute(select(instances.c.file)).scalars())


def _noted(caller: Caller) -> Select[Any]:
    """Instances, with what their owners wrote to the caller; whoever's they are."""
    return select(instances, note_to(instances, caller))


def _conditions(wanted: InstanceFilter, caller: Caller) -> list[ColumnElement[bool]]:
    found = [*made_within(instances, wanted.span), archived(instances, wanted=wanted.archived)]
    if wanted.name is not None:
        found.append(instances.c.name == wanted.name)
    if wanted.label is not None:
        found += [labelled(instances.c.label, wanted.label), seen_whole(instances, caller)]
    if wanted.parent_id is not None:
        found += [instances.c.parent_id == wanted.parent_id, seen_whole(instances, caller)]
    return found


def _summary(row: Any) -> InstanceSummary:
    changes = CHANGES.validate_python(row.changes)
    return InstanceSummary(
        id=row.id,
        organisation_id=row.organisation_id,
        label=row.label,
        note=row.note,
        name=row.name,
        title=row.title,
        content_hash=row.content_hash,
        size_bytes=row.size_bytes,
        rows=row.rows,
        assumed_share=row.assumed_share,
        warnings=tuple(row.warnings),
        parent_id=row.parent_id,
        changes=changes,
        changes_in_words=in_words(changes),
        submitted_by=row.submitted_by,
        created_at=moment(row.created_at),
        archived_at=moment_if(row.archived_at),
    )
