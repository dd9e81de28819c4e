"""One service for a whole test module, on SQLite, with something of everything in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from api.resources.organisations import KeyRequest
from api.resources.webhooks import WebhookRequest
from api.settings import Settings
from api.store import Store, keys, processes, webhooks
from api.store.migrations import upgrade
from api.store.processes import Living
from tests.support.application import planned
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optimizer import Plan
    from tests.support.people import Person

METHODS = ("get", "post", "put", "patch", "delete")


class Operation(NamedTuple):
    """A route with a method."""

    method: str
    path: str
    declared: dict[str, Any]

    def at(self, ids: dict[str, str]) -> str:
        """Its path with these identifiers in it."""
        return re.sub(r"{(\w+)}", lambda name: ids[name[1]], self.path)

    @property
    def statuses(self) -> set[int]:
        """Every status that is declared."""
        return {int(status) for status in self.declared["responses"]}

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def operations(document: dict[str, Any]) -> list[Operation]:
    """Every route under /v1 with every method."""
    return [
        Operation(method, path, declared)
        for path, methods in document["paths"].items()
        if path.startswith("/v1/")
        for method, declared in methods.items()
        if method in METHODS
    ]


class Everything(NamedTuple):
    """An organisation with one of each resource, by the names of path parameters."""

    admin: Person
    analyst: Person
    viewer: Person
    ids: dict[str, str]


def everything(
    store: Store, plan: Plan, secretariat: str | None = None, partner: str | None = None
) -> Everything:
    """A new organisation with people, an instance, a job, a plan, a webhook and a key."""
    kind = "member" if secretariat else "secretariat"
    here = organisation(store, kind, kind, secretariat)  # type: ignore[arg-type]
    admin = person(store, here, "admin")
    analyst, viewer = person(store, here), person(store, here, "viewer")
    plan_id = planned(store, analyst, plan)
    instance = tiny(store, analyst.caller)
    job = queued(store, analyst.caller, instance.id)
    with store.database.write() as tx:
        webhook = webhooks.add(tx, admin.caller, WebhookRequest(url="https://example.org/hook"))
        spare = keys.add(tx, viewer.caller.user_id, KeyRequest())
    ids = {
        "organisation_id": here,
        "user_id": viewer.caller.user_id,
        "key_id": spare.id,
        "instance_id": instance.id,
        "job_id": job.id,
        "plan_id": plan_id,
        "webhook_id": webhook.id,
        "delivery_id": "dlv_" + "0" * 24,
        "name": "choice",
    }
    return Everything(admin, analyst, viewer, ids)


def opened(folder: Path) -> Iterator[Store]:
    """A store on SQLite whose callers may ask as often as they like, with a worker that lives."""
    settings = Settings(
        data_dir=folder,
        free_disk_mb=0,
        requests_per_minute=1_000_000,
        strangers_per_minute=1_000_000,
        hang_s=1e6,
    )
    store = Store(settings)
    upgrade(store.database)
    with store.database.write() as tx:
        processes.beat(tx, Living("a worker", "worker", "host", 1, "waits for jobs", 0.0, 0.0))
    yield store
    store.close()
