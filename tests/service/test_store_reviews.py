"""The review of a plan: every step that is allowed, every one that is refused, four eyes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, get_args

import pytest

from api.errors import Conflict, Forbidden, Stale
from api.resources.plans import ReviewRequest, ReviewState
from api.store import plans
from api.store.plans import STEPS
from tests.support.ended import planned
from tests.support.people import organisation, person

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.base import Role
    from api.resources.plans import PlanSummary
    from api.store import Store

WAYS: dict[ReviewState, tuple[ReviewState, ...]] = {
    "draft": (),
    "in_review": ("in_review",),
    "reviewed": ("in_review", "reviewed"),
    "returned": ("in_review", "returned"),
    "signed_off": ("in_review", "reviewed", "signed_off"),
}
"""How a plan gets into each state."""
REQUESTS: tuple[ReviewState, ...] = ("in_review", "reviewed", "signed_off", "returned")
ROLES: tuple[Role, ...] = ("viewer", "analyst", "admin")


def step(store: Store, who: Caller, plan: str, state: ReviewState, version: int) -> PlanSummary:
    request = ReviewRequest(state=state, comment=f"now {state}")  # type: ignore[arg-type]
    with store.database.write() as tx:
        return plans.review(tx, who, plan, request, version)


def brought_to(store: Store, state: ReviewState) -> tuple[PlanSummary, str]:
    """A plan in this state, brought there by three admins; and its organisation."""
    home = organisation(store)
    author, judge, chair = (person(store, home, "admin").caller for _ in range(3))
    plan = planned(store, author)
    for number, after in enumerate(WAYS[state], start=1):
        who = {"in_review": author, "signed_off": chair}.get(after, judge)
        plan = step(store, who, plan.id, after, number)
    assert plan.review == state
    return plan, home


@pytest.mark.parametrize("before", get_args(ReviewState))
def test_every_step_by_every_role(store: Store, before: ReviewState) -> None:
    rank = {role: number for number, role in enumerate(ROLES)}
    for after in REQUESTS:
        for role in ROLES:
            plan, home = brought_to(store, before)
            who = person(store, home, role, "Grace").caller
            needed = STEPS.get((before, after))
            if needed is None:
                with pytest.raises(Conflict, match=f"a plan that is {before} can become"):
                    step(store, who, plan.id, after, plan.version)
            elif rank[role] < rank[needed]:
                with pytest.raises(Forbidden, match=f"needs the role {needed}"):
                    step(store, who, plan.id, after, plan.version)
            else:
                changed = step(store, who, plan.id, after, plan.version)
                assert (changed.review, changed.version) == (after, plan.version + 1)


def test_whoever_submits_a_plan_does_not_judge_it(store: Store) -> None:
    home = organisation(store)
    author, judge, chair = (person(store, home, "admin").caller for _ in range(3))
    plan = planned(store, author)
    step(store, author, plan.id, "in_review", 1)

    for after in ("reviewed", "returned"):
        with pytest.raises(Forbidden, match="somebody else"):
            step(store, author, plan.id, after, 2)
    step(store, judge, plan.id, "reviewed", 2)
    with pytest.raises(Forbidden, match="somebody else"):
        step(store, author, plan.id, "signed_off", 3)
    with pytest.raises(Forbidden, match="you reviewed it; somebody else must sign it off"):
        step(store, judge, plan.id, "signed_off", 3)
    assert step(store, chair, plan.id, "signed_off", 3).review == "signed_off"


def test_two_steps_from_one_version_are_one(store: Store) -> None:
    plan, home = brought_to(store, "in_review")
    judges = [person(store, home, "admin").caller for _ in range(6)]

    def judge(who: Caller) -> bool:
        try:
            step(store, who, plan.id, "reviewed", plan.version)
        except Stale:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(judge, judges)) == 1


def test_a_proof_that_there_is_no_plan_is_not_signed_off(store: Store) -> None:
    home = organisation(store)
    author, judge = (person(store, home, "admin").caller for _ in range(2))
    plan = planned(store, author, found=False)
    assert not plan.found
    step(store, author, plan.id, "in_review", 1)
    step(store, judge, plan.id, "reviewed", 2)

    with pytest.raises(Conflict, match="no plan to sign off"):
        step(store, judge, plan.id, "signed_off", 3)


def test_the_steps_are_kept_in_order(store: Store) -> None:
    plan, home = brought_to(store, "signed_off")
    reader = person(store, home, "viewer").caller
    with store.database.read() as tx:
        taken = plans.steps(tx, plan.id, reader)

    assert [(one.number, one.before, one.after) for one in taken] == [
        (1, "draft", "in_review"),
        (2, "in_review", "reviewed"),
        (3, "reviewed", "signed_off"),
    ]
    assert taken[0].by != taken[1].by
    assert taken[2].comment == "now signed_off"
