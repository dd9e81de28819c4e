"""Four eyes are different persons; a quorum; and nobody is two persons by way of a made account."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from api.errors import Conflict, Forbidden
from api.resources.organisations import (
    KeyRequest,
    OrganisationChange,
    SignOff,
    UserRequest,
)
from api.resources.plans import ReviewRequest
from api.store import access, invitations, keys, organisations, plans
from api.store.tables import keys as keys_table
from tests.support.ended import planned
from tests.support.people import organisation, person

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.plans import PlanSummary
    from api.store import Store


def step(store: Store, who: Caller, plan: PlanSummary, state: str) -> PlanSummary:
    with store.database.write() as tx:
        now = plans.get(tx, plan.id, who)
        request = ReviewRequest(state=state)  # type: ignore[arg-type]
        return plans.review(tx, who, plan.id, request, now.version)


def made(store: Store, home: str, by: Caller, name: str, *, how: str = "account") -> Caller:
    """An admin whose account, or only whose key, came from another's hand."""
    maker = by.user_id if how == "account" else None
    with store.database.write() as tx:
        request = UserRequest(name=name, role="admin")
        user = organisations.add_user(tx, home, request, made_by=maker).id
        if how in ("invitation", "subject"):
            invitation = invitations.add(tx, user, by.user_id, 60)
            invited = invitations.invited(tx, invitation.secret)
            assert invited is not None
            subject = f"{name}@provider" if how == "subject" else None
            key = invitations.accept(tx, invited, KeyRequest(), subject).key
            if subject:  # The key is long gone, the subject stays.
                past = keys_table.c.created_at - 1e6
                tx.execute(
                    update(keys_table).where(keys_table.c.id == key.id).values(revoked_at=past)
                )
                caller = keys.caller_of_subject(tx, subject)
                assert caller is not None
                return caller
        else:
            key = keys.add(tx, user, KeyRequest(), made_by=by.user_id if how == "key" else None)
        caller = keys.caller_of(tx, key.secret)
    assert caller is not None
    return caller


ROLES = ("author", "submitter", "reviewer", "signer")


@pytest.mark.parametrize("same", list(combinations(ROLES, 2)), ids="-".join)
def test_no_two_parts_are_one_person_s(store: Store, same: tuple[str, str]) -> None:
    """Only the author may submit the own plan, as that judges nothing."""
    home = organisation(store)
    who = {role: person(store, home, "admin", role).caller for role in ROLES}
    who[same[1]] = who[same[0]]
    plan = planned(store, who["author"])
    step(store, who["submitter"], plan, "in_review")
    if same == ("author", "submitter"):
        step(store, who["reviewer"], plan, "reviewed")
        assert step(store, who["signer"], plan, "signed_off").review == "signed_off"
        return
    if same[1] == "reviewer":
        for state in ("reviewed", "returned"):
            with pytest.raises(Forbidden, match="somebody else must"):
                step(store, who["reviewer"], plan, state)
        return
    step(store, who["reviewer"], plan, "reviewed")
    with pytest.raises(Forbidden, match="somebody else must"):
        step(store, who["signer"], plan, "signed_off")


@pytest.mark.parametrize("how", ["account", "key", "invitation", "subject"])
@pytest.mark.parametrize("maker", ["author", "submitter"])
def test_a_puppet_does_not_judge(store: Store, maker: str, how: str) -> None:
    """Finding: who submits makes a colleague, or a colleague's key, and judges with it."""
    home = organisation(store)
    who = {role: person(store, home, "admin", role).caller for role in ROLES}
    plan = planned(store, who["author"])
    puppet = made(store, home, who[maker], "Puppet", how=how)
    deeper = made(store, home, puppet, "Puppet's puppet")
    step(store, who["submitter"], plan, "in_review")

    for judge in (puppet, deeper):
        with pytest.raises(Forbidden, match=f"came from {maker} .*somebody else"):
            step(store, judge, plan, "reviewed")
    step(store, who["reviewer"], plan, "reviewed")
    for judge in (puppet, deeper):
        with pytest.raises(Forbidden, match=f"came from {maker}"):
            step(store, judge, plan, "signed_off")
    assert step(store, who["signer"], plan, "signed_off").review == "signed_off"


@pytest.mark.parametrize("how", ["account", "key", "invitation", "subject"])
def test_reviewer_and_signer_are_not_one_hand(store: Store, how: str) -> None:
    """In either order: the signer made the reviewer, or the reviewer the signer."""
    home = organisation(store)
    who = {role: person(store, home, "admin", role).caller for role in ROLES}
    plan = planned(store, who["author"])
    step(store, who["submitter"], plan, "in_review")
    puppet = made(store, home, who["signer"], "Puppet", how=how)
    step(store, puppet, plan, "reviewed")
    with pytest.raises(Forbidden, match="came from you"):
        step(store, who["signer"], plan, "signed_off")
    step(store, who["reviewer"], plan, "returned")
    step(store, who["submitter"], plan, "in_review")
    step(store, who["signer"], plan, "reviewed")
    with pytest.raises(Forbidden, match="came from signer"):
        step(store, puppet, plan, "signed_off")


def test_a_key_of_a_colleague_that_was_ended_meanwhile_still_counts(store: Store) -> None:
    home = organisation(store)
    who = {role: person(store, home, "admin", role).caller for role in ROLES}
    plan = planned(store, who["author"])
    with store.database.write() as tx:
        minted = keys.add(tx, who["reviewer"].user_id, KeyRequest(), made_by=who["author"].user_id)
        keys.revoke(tx, minted.id)
    step(store, who["submitter"], plan, "in_review")
    with pytest.raises(Forbidden, match="came from author"):
        step(store, who["reviewer"], plan, "reviewed")
    with store.database.write() as tx:  # One that ended long before the plan does not.
        ended = update(keys_table).where(keys_table.c.id == minted.id)
        tx.execute(ended.values(revoked_at=keys_table.c.created_at - 1e6))
    step(store, who["reviewer"], plan, "reviewed")


def test_whoever_makes_the_accounts_may_stand_aside(store: Store) -> None:
    """Two colleagues of one maker judge, as long as the maker has no part."""
    home = organisation(store)
    maker = person(store, home, "admin", "Maker").caller
    author, reviewer, signer = (made(store, home, maker, name) for name in ("A", "R", "S"))
    plan = planned(store, author)
    step(store, author, plan, "in_review")
    step(store, reviewer, plan, "reviewed")
    with pytest.raises(Forbidden, match=r"R .*came from you"):
        step(store, maker, plan, "signed_off")
    assert step(store, signer, plan, "signed_off").review == "signed_off"


def settled(store: Store, home: str, **wanted: Any) -> None:
    with store.database.write() as tx:
        version = organisations.get(tx, home).version
        request = OrganisationChange(sign_off=SignOff(**wanted))
        organisations.change(tx, home, request, version)


def test_a_quorum_of_signers(store: Store) -> None:
    """Each another person; lowering the number later changes nothing for this plan."""
    home = organisation(store)
    author, reviewer, *signers = (person(store, home, "admin", f"P{n}").caller for n in range(5))
    settled(store, home, signers=3)
    plan = planned(store, author)
    step(store, author, plan, "in_review")
    settled(store, home, signers=1)
    step(store, reviewer, plan, "reviewed")
    assert step(store, signers[0], plan, "signed_off").review == "reviewed"
    with pytest.raises(Forbidden, match="you signed it"):
        step(store, signers[0], plan, "signed_off")
    puppet = made(store, home, signers[0], "Puppet")
    with pytest.raises(Forbidden, match="came from P2"):
        step(store, puppet, plan, "signed_off")
    assert step(store, signers[1], plan, "signed_off").review == "reviewed"
    assert step(store, signers[2], plan, "signed_off").review == "signed_off"
    with store.database.read() as tx:
        taken = plans.steps(tx, plan.id, author)
    assert [one.after for one in taken][2:] == ["reviewed", "reviewed", "signed_off"]


def test_every_member_signs(store: Store) -> None:
    """One signer of each member that the plan was shared with when it was submitted."""
    home = organisation(store)
    north, south, late = (organisation(store, name, "member", home) for name in "NSL")
    sponsor = organisation(store, "Sponsor", "sponsor", home)
    author, reviewer, signer = (person(store, home, "admin").caller for _ in range(3))
    settled(store, home, each_member=True)
    plan = planned(store, author)

    def share(peer: str) -> None:
        with store.database.write() as tx:
            access.share(tx, author, plan.id, peer, "")

    for peer in (north, south, sponsor):
        share(peer)
    step(store, author, plan, "in_review")
    share(late)
    step(store, reviewer, plan, "reviewed")
    n, n2 = (person(store, north, "admin").caller for _ in range(2))
    assert step(store, n, plan, "signed_off").review == "reviewed"
    with pytest.raises(Conflict, match=f"has signed it; missing: {south}"):
        step(store, n2, plan, "signed_off")
    assert step(store, signer, plan, "signed_off").review == "reviewed"
    for stranger in (late, sponsor):
        with pytest.raises(Forbidden, match="only its owner"):
            step(store, person(store, stranger, "admin").caller, plan, "signed_off")
    with pytest.raises(Forbidden, match="role admin"):
        step(store, person(store, south, "analyst").caller, plan, "signed_off")
    with pytest.raises(Forbidden, match="only its owner"):
        step(store, person(store, south, "admin").caller, plan, "returned")
    with store.database.write() as tx:  # Taking the share back does not fill the quorum.
        access.unshare(tx, plan.id, south)
    with pytest.raises(Conflict, match="missing"):
        step(store, person(store, home, "admin").caller, plan, "signed_off")
    share(south)
    assert step(store, person(store, south, "admin").caller, plan, "signed_off").review == (
        "signed_off"
    )
