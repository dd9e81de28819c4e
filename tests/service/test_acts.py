"""Acts without HTTP: each is one transaction with its audit entry, and once is once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sqlalchemy import select

from api.acts import instances, jobs, keys, organisations, plans, shares, users, webhooks
from api.acts.instances import New
from api.kinds import SolveRequest
from api.reading.tasks import Read, examine
from api.resources.organisations import (
    KeyRequest,
    OrganisationChange,
    OrganisationRequest,
    UserChange,
    UserRequest,
)
from api.resources.plans import ReviewRequest
from api.resources.webhooks import WebhookRequest
from api.store import audit
from api.store.idempotency import Once
from api.store.tables import metadata
from optimizer import load
from tests.support.application import ended, planned
from tests.support.people import queued, tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.caller import Caller
    from api.store import Store
    from optimizer import Plan
    from tests.support.application import Fund


class There(NamedTuple):
    """A store with something to act upon."""

    store: Store
    admin: Caller
    member: str
    user: str
    instance: str
    plan: str
    waiting: str
    over: str
    new: New

    def solve(self) -> SolveRequest:
        """A request of the instance."""
        return SolveRequest(kind="solve", instance_id=self.instance)


@pytest.fixture
def there(store: Store, fund: Fund, solved: Plan, tmp_path: Path) -> There:
    """An admin with an instance, a plan, a job that waits and one that has failed."""
    read = examine(tmp_path, "json", load("instances/tiny").canonical)
    assert isinstance(read, Read)
    plan = planned(store, fund.admin, solved)
    instance = tiny(store, fund.admin.caller).id
    over = queued(store, fund.admin.caller, instance).id
    ended(store)
    return There(
        store=store,
        admin=fund.admin.caller,
        member=fund.member.caller.organisation_id,
        user=fund.viewer.caller.user_id,
        instance=instance,
        plan=plan,
        waiting=queued(store, fund.admin.caller, instance).id,
        over=over,
        new=New(read, None, "new"),
    )


ACTS: dict[str, Callable[[Store, Caller, There], object]] = {
    "jobs.submit": lambda s, c, at: jobs.submit(s, c, at.solve(), None, None),
    "jobs.submit a what-if": lambda s, c, at: jobs.submit(s, c, at.solve(), at.new, None),
    "jobs.retry": lambda s, c, at: jobs.retry(s, c, at.over, None),
    "jobs.cancel": lambda s, c, at: jobs.cancel(s, c, at.waiting),
    "jobs.archive": lambda s, c, at: jobs.archive(s, c, at.over, archived=True),
    "jobs.remove": lambda s, c, at: jobs.remove(s, c, at.over),
    "instances.keep": lambda s, c, at: instances.keep(s, c, at.new, None),
    "instances.archive": lambda s, c, at: instances.archive(s, c, at.instance, archived=True),
    "plans.archive": lambda s, c, at: plans.archive(s, c, at.plan, 1, archived=True),
    "plans.remove": lambda s, c, at: plans.remove(s, c, at.plan, 1),
    "plans.review": lambda s, c, at: plans.review(
        s, c, at.plan, ReviewRequest(state="in_review"), 1
    ),
    "shares.share": lambda s, c, at: shares.share(s, c, "plan", at.plan, at.member, "look"),
    "webhooks.add": lambda s, c, _: webhooks.add(s, c, WebhookRequest(url="https://1.1.1.1/hook")),
    "organisations.add": lambda s, c, _: organisations.add(
        s, c, OrganisationRequest(name="Another", kind="member")
    ),
    "organisations.change": lambda s, c, _: organisations.change(
        s, c, c.organisation_id, OrganisationChange(name="Renamed"), 1
    ),
    "users.add": lambda s, c, _: users.add(
        s, c, c.organisation_id, UserRequest(name="Eve", role="viewer")
    ),
    "users.change": lambda s, c, at: users.change(
        s, c, c.organisation_id, at.user, UserChange(name="Eva"), 1
    ),
    "keys.add": lambda s, c, _: keys.add(s, c, c.organisation_id, c.user_id, KeyRequest()),
    "keys.invite_user": lambda s, c, at: keys.invite_user(s, c, c.organisation_id, at.user),
}


def everything(store: Store) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with store.database.read() as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(table))]
            for name, table in metadata.tables.items()
        }


@pytest.mark.parametrize("act", ACTS)
def test_an_act_that_cannot_be_told_of_has_not_been(
    there: There, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log fails in the middle of an act: nothing of it is kept. Then it works, and is told."""
    before = everything(there.store)
    with monkeypatch.context() as failing:
        failing.setattr(audit, "record", _fail)
        with pytest.raises(ZeroDivisionError):
            ACTS[act](there.store, there.admin, there)
    assert everything(there.store) == before

    ACTS[act](there.store, there.admin, there)

    after = everything(there.store)
    told = [row for row in after["audit"] if row not in before["audit"]]
    assert told
    assert any(after[name] != before[name] for name in after if not name.startswith("audit"))


def _fail(*_: object, **__: object) -> None:
    raise ZeroDivisionError


def test_an_act_that_is_asked_for_twice_is_done_once(there: There) -> None:
    once = Once("the board of 3 May", "f" * 64)
    first = jobs.submit(there.store, there.admin, there.solve(), there.new, once)
    made = everything(there.store)

    again = jobs.submit(there.store, there.admin, there.solve(), there.new, once)

    assert again == first
    assert everything(there.store) == made
    assert jobs.show(there.store, there.admin, first.identifier).id == first.identifier
