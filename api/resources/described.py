"""What people know instances, jobs and plans by: names, labels, and what was changed, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from api.resources.base import Label, ResourceId, Time
from optimizer.instance.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable


class Described(Record):
    """Something that is made of an instance, as people find it again."""

    id: ResourceId
    organisation_id: ResourceId
    label: Label
    """What its submitter called it; empty if nothing."""
    name: str
    """The instance's own identifier, `settings.id`."""
    title: str
    """The instance's title."""
    parent_id: ResourceId | None
    """The instance that this what-if departs from; absent too where you may not see it."""
    changes_in_words: tuple[str, ...]
    """What the what-if changes of its parent, one sentence each."""
    archived_at: Time | None
    """Since when it is out of the lists, where it is."""


class ArchiveChange(Record):
    """What may be changed of something that people find in lists."""

    archived: Annotated[bool, Field(strict=True)]
    """Whether it is out of the lists; `archived=true` lists what is."""


def headings_of(found: Iterable[Described]) -> dict[str, str]:
    """What heads the column of each in a table, by identifier; no two are the same.

    The label, else what was changed, else the instance's name.
    """
    headings: dict[str, str] = {}
    for one in found:
        words = one.label or "; ".join(one.changes_in_words) or one.name
        number, heading = 1, words
        while heading in headings.values():
            number += 1
            heading = f"{words} ({number})"
        headings[one.id] = heading
    return headings
