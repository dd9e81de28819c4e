"""Instances: keep what was read, look at it, download it, put it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from api.acts.once import act
from api.store import access, audit, ends, instances, quotas
from api.store.idempotency import Answer
from api.store.tables import instances as table

if TYPE_CHECKING:
    from api.caller import Caller
    from api.reading.tasks import Read
    from api.resources.base import Page
    from api.resources.instances import InstancePreview, InstanceSummary
    from api.store import Store, Transaction
    from api.store.idempotency import Once
    from api.store.instances import InstanceFilter, Origin


class New(NamedTuple):
    """An instance that was read and is to be kept."""

    read: Read
    origin: Origin | None
    """Of what it is a what-if, where it is one."""
    label: str


def keep(store: Store, caller: Caller, new: New, once: Once | None) -> Answer:
    """Keep an instance, or a what-if.

    Returns:
        The instance, as it was then.

    Raises:
        QuotaExceeded: too many are kept, or too much.
    """
    file = store.files.put(new.read.document)

    def do(tx: Transaction) -> Answer:
        kept = add(tx, caller, new, file)
        return Answer.of(201, f"/v1/instances/{kept.id}", kept)

    return act(store, caller, once, do)


def add(tx: Transaction, caller: Caller, new: New, file: str) -> InstanceSummary:
    """Keep an instance whose file is kept already, as a part of an act."""
    kept = instances.add(tx, caller, new.read.examined, file, new.origin, new.label)
    action = "instance.submit" if new.origin is None else "instance.change"
    audit.record(tx, caller, action, kept.id, content_hash=kept.content_hash)
    return kept


def preview(store: Store, caller: Caller, new: New) -> InstancePreview:
    """What would be kept, and whether the quotas allow it; nothing is."""
    with store.database.write() as tx:  # It writes nothing, but counts as `keep` would.
        return instances.preview(tx, caller, new.read.examined, what_if=new.origin is not None)


def most_bytes(store: Store, caller: Caller) -> int:
    """How large a submission of the caller's may be."""
    with store.database.read() as connection:
        return quotas.quota_of(connection, caller.organisation_id).instance_bytes


def own_document(store: Store, caller: Caller, identifier: str) -> bytes:
    """The document of an instance of the caller's, of which a what-if is to be made.

    Raises:
        NotFound: there is no such instance.
        Forbidden: it is another organisation's.
    """
    with store.database.read() as connection:
        access.own_row(connection, table, identifier, caller)
        file = instances.file_of(connection, identifier, caller)
    return store.files.get(file)


def search(
    store: Store, caller: Caller, wanted: InstanceFilter, cursor: str | None, limit: int
) -> Page[InstanceSummary]:
    """The instances that the caller may see and a filter wants, newest first."""
    with store.database.read() as connection:
        page = instances.listed(connection, caller, cursor, limit, wanted)
    return page.replaced(items=tuple(_shown(item, caller) for item in page.items))


def show(store: Store, caller: Caller, identifier: str) -> InstanceSummary:
    """What is known of an instance.

    Raises:
        NotFound: there is no such instance.
    """
    with store.database.write() as tx:
        found = instances.get(tx, identifier, caller)
        audit.record(tx, caller, "instance.read", identifier)
    return _shown(found, caller)


def download(store: Store, caller: Caller, identifier: str) -> tuple[InstanceSummary, bytes]:
    """An instance with its document; `is_partly_seen` says whether the caller may have it whole.

    Raises:
        NotFound: there is no such instance.
    """
    with store.database.write() as tx:
        found = instances.get(tx, identifier, caller)
        file = instances.file_of(tx, identifier, caller)
        audit.record(tx, caller, "instance.download", identifier)
    return found, store.files.get(file)


def remove(store: Store, caller: Caller, identifier: str) -> None:
    """Delete an instance of which no job and no what-if is made.

    Raises:
        NotFound: there is no such instance.
        Conflict: something is made of it.
    """
    with store.database.write() as tx:
        gone = instances.remove(tx, identifier, caller)
        audit.record(tx, caller, "instance.delete", identifier, **gone)


def archive(store: Store, caller: Caller, identifier: str, *, archived: bool) -> InstanceSummary:
    """Take an instance out of the lists, or back in; what was made of it stays.

    Raises:
        NotFound: there is no such instance.
        Forbidden: it is another organisation's.
    """
    with store.database.write() as tx:
        ends.archive_instance(tx, caller, identifier, archived=archived)
        found = instances.get(tx, identifier, caller)
        told: dict[str, Any] = {
            "archived": archived,
            "label": found.label,
            "hash": found.content_hash,
        }
        audit.record(tx, caller, "instance.archive", identifier, **told)
    return found


def is_partly_seen(found: InstanceSummary, caller: Caller) -> bool:
    """Whether the caller sees the rows of its own projects only."""
    return caller.kind == "sponsor" and found.organisation_id != caller.organisation_id


def _shown(found: InstanceSummary, caller: Caller) -> InstanceSummary:
    """What the caller may see: a sponsor nothing that tells of others' projects."""
    if not is_partly_seen(found, caller):
        return found
    nothing = {"label": "", "parent_id": None, "changes_in_words": ()}
    return found.replaced(rows={}, warnings=(), changes=(), **nothing)
