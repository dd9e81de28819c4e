"""What a kind of job has to say of itself, and what it may ask in return.

A kind is a request, what it works on, how it is run, and what it leaves. Everything else (queue,
lease, process, files, events, quotas) is the same for all kinds and in no kind's module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from api.resources.base import Label, ResourceId
from api.resources.jobs import Changes, JobKind, Priority
from optimizer.instance.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.kinds.task import Report, Task


class Request(Record):
    """What every request for a job says, whatever its kind."""

    kind: str
    priority: Priority = 5
    """Jobs of higher priority start first, among those of one organisation."""
    label: Label = ""


class WhatIfRequest(Request):
    """A request of an instance with some of its data changed, which is made before the job."""

    instance_id: ResourceId
    changes: Changes = ()


Asked = TypeVar("Asked", bound=Request)


class Work(NamedTuple):
    """What a job works on."""

    instance_id: str
    options: dict[str, Any]
    """As `optimizer.plan.Options` writes them."""


class Shelf(Protocol):
    """What a kind may look up while its request is queued."""

    def work_of(self, plan_id: str) -> Work:
        """What a plan of the caller's was found for; the plan stays while the job is queued.

        Raises:
            NotFound: there is no such plan.
            Forbidden: it is another organisation's.
        """


@dataclass(frozen=True)
class Kind(Generic[Asked]):
    """A kind of job."""

    name: JobKind
    request: type[Asked]
    work: Callable[[Asked, Shelf], Work]
    """What a request is about."""
    run: Callable[[Task, Asked], Report]
    """Do the job, in a process of its own; imports what it needs of the solver itself."""
    example: dict[str, Any]
    """A request, for the OpenAPI document."""
    plans: Callable[[Asked], tuple[str, ...]] = lambda _: ()
    """The plans that are read: their files are handed to the run, and none is deleted before."""
    told_as: str | None = None
    """The older field of `Job` that repeats the result, where there is one."""
