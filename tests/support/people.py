"""Organisations, callers, instances and jobs, made directly in the store."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from api.kinds import SolveRequest
from api.resources.examined import Examined
from api.resources.organisations import (
    KeyRequest,
    OrganisationRequest,
    Quota,
    UserRequest,
)
from api.store import instances, jobs, keys, organisations
from optimizer import Options, load

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.base import OrganisationKind, Role
    from api.resources.instances import InstanceSummary
    from api.resources.jobs import Job
    from api.store import Store
    from optimizer import Instance


class Person(NamedTuple):
    """A user with a key."""

    caller: Caller
    secret: str


def organisation(  # noqa: PLR0913 - what a test may want to differ
    store: Store,
    name: str = "Secretariat",
    kind: OrganisationKind = "secretariat",
    secretariat: str | None = None,
    *,
    projects: tuple[str, ...] = (),
    quota: Quota | None = None,
) -> str:
    """A new organisation's identifier."""
    request = OrganisationRequest(name=name, kind=kind, projects=projects, quota=quota or Quota())
    with store.database.write() as tx:
        return organisations.add(tx, request, secretariat)


def person(store: Store, organisation: str, role: Role = "analyst", name: str = "Ada") -> Person:
    """A new user of an organisation, with a key."""
    with store.database.write() as tx:
        user = organisations.add_user(tx, organisation, UserRequest(name=name, role=role))
        key = keys.add(tx, user.id, KeyRequest())
        caller = keys.caller_of(tx, key.secret)
    assert caller is not None
    return Person(caller, key.secret)


def tiny(store: Store, caller: Caller) -> InstanceSummary:
    """The bundled instance `tiny`, kept for a caller."""
    return kept(store, caller, _tiny())


def kept(store: Store, caller: Caller, instance: Instance) -> InstanceSummary:
    """An instance, kept for a caller."""
    document = instance.canonical
    examined = Examined(
        name=instance.settings.id,
        title=instance.settings.title,
        content_hash=instance.content_hash,
        size_bytes=len(document),
        rows={"projects": len(instance.projects)},
        assumed_share=1.0,
        warnings=(),
    )
    file = store.files.put(document)
    with store.database.write() as tx:
        return instances.add(tx, caller, examined, file)


@cache
def _tiny() -> Instance:
    return load("instances/tiny")


def queued(  # noqa: PLR0913 - what a test may want to differ
    store: Store,
    caller: Caller,
    instance_id: str,
    priority: int = 5,
    options: Options | None = None,
    label: str = "",
) -> Job:
    """A new solve, waiting."""
    request = SolveRequest(
        kind="solve",
        instance_id=instance_id,
        options=options or Options(),
        priority=priority,
        label=label,
    )
    with store.database.write() as tx:
        return jobs.enqueue(tx, caller, request)
