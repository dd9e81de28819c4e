"""Who sees what: one's own, what is shared, and a sponsor's own projects. Nothing else exists."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pytest

from api.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from api.kinds import ReplayRequest, SolveRequest
from api.resources.instances import InstanceSummary
from api.resources.organisations import OrganisationChange, Quota, UserChange, UserRequest
from api.resources.plans import PlanSummary, ReviewRequest, SponsorView
from api.resources.webhooks import WebhookRequest
from api.store import access, audit, instances, jobs, organisations, plans, quotas, webhooks
from api.store.tables import plans as plans_table
from tests.support.ended import planned
from tests.support.people import organisation, person, tiny

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from api.caller import Caller
    from api.store import Store

IN_REVIEW = ReviewRequest(state="in_review")


class Fund(NamedTuple):
    """A secretariat with a plan, its members and sponsor, and somebody of another fund."""

    plan: PlanSummary
    owner: Caller
    member: Caller
    other_member: Caller
    sponsor: Caller
    stranger: Caller


@pytest.fixture
def fund(store: Store) -> Fund:
    """Nothing is shared yet."""
    secretariat = organisation(store)
    owner = person(store, secretariat, "admin").caller
    return Fund(
        plan=planned(store, owner),
        owner=owner,
        member=person(store, organisation(store, "Member", "member", secretariat), "admin").caller,
        other_member=person(
            store, organisation(store, "Other", "member", secretariat), "admin"
        ).caller,
        sponsor=person(
            store,
            organisation(store, "Sponsor", "sponsor", secretariat, projects=("salar", "none")),
            "admin",
        ).caller,
        stranger=person(store, organisation(store, "Elsewhere"), "admin").caller,
    )


READS: dict[str, Callable[[Connection, Fund, Caller], object]] = {
    "plans.get": lambda tx, fund, who: plans.get(tx, fund.plan.id, who),
    "plans.stored": lambda tx, fund, who: plans.stored(tx, fund.plan.id, who),
    "plans.decision_record": lambda tx, fund, who: plans.decision_record(tx, fund.plan.id, who),
    "plans.steps": lambda tx, fund, who: plans.steps(tx, fund.plan.id, who),
    "instances.get": lambda tx, fund, who: instances.get(tx, fund.plan.instance_id, who),
    "instances.file_of": lambda tx, fund, who: instances.file_of(tx, fund.plan.instance_id, who),
}
CHANGES: dict[str, Callable[[Connection, Fund, Caller], object]] = {
    "plans.review": lambda tx, fund, who: plans.review(tx, who, fund.plan.id, IN_REVIEW, 1),
    "plans.own_row": lambda tx, fund, who: access.own_row(tx, plans_table, fund.plan.id, who),
    "instances.remove": lambda tx, fund, who: instances.remove(tx, fund.plan.instance_id, who),
    "jobs.enqueue a solve": lambda tx, fund, who: jobs.enqueue(
        tx, who, SolveRequest(kind="solve", instance_id=fund.plan.instance_id)
    ),
    "jobs.enqueue a replay": lambda tx, fund, who: jobs.enqueue(
        tx, who, ReplayRequest(kind="replay", plan_id=fund.plan.id)
    ),
}
NEVER_SHARED: dict[str, Callable[[Connection, Fund, Caller], object]] = {
    "jobs.get": lambda tx, fund, who: jobs.get(tx, fund.plan.job_id, who),
    "jobs.events": lambda tx, fund, who: jobs.events(tx, fund.plan.job_id, who, 0),
    "jobs.cancel": lambda tx, fund, who: jobs.cancel(tx, who, fund.plan.job_id),
    "jobs.retry": lambda tx, fund, who: jobs.retry(tx, who, fund.plan.job_id),
}


def share_all(store: Store, fund: Fund, *others: Caller) -> None:
    """Share the plan and its instance."""
    with store.database.write() as tx:
        for other in others:
            for resource in (fund.plan.id, fund.plan.instance_id):
                access.share(tx, fund.owner, resource, other.organisation_id, "please look")


def test_what_is_not_shared_does_not_exist(store: Store, fund: Fund) -> None:
    share_all(store, fund, fund.other_member)

    for act in (READS | CHANGES | NEVER_SHARED).values():
        for who in (fund.member, fund.sponsor, fund.stranger):
            with pytest.raises(NotFound), store.database.write() as tx:
                act(tx, fund, who)


def test_what_is_shared_is_not_to_be_changed(store: Store, fund: Fund) -> None:
    share_all(store, fund, fund.member, fund.sponsor)

    for name, act in (CHANGES | NEVER_SHARED).items():
        for who in (fund.member, fund.sponsor):
            refusal = Forbidden if name in CHANGES else NotFound
            with pytest.raises(refusal), store.database.write() as tx:
                act(tx, fund, who)


def test_what_is_shared_is_read(store: Store, fund: Fund) -> None:
    share_all(store, fund, fund.member)

    for name, act in READS.items():
        with store.database.read() as tx:
            seen, kept = act(tx, fund, fund.member), act(tx, fund, fund.owner)
        if isinstance(seen, plans.Stored):
            assert seen.access == "shared"
            seen = seen._replace(access="owner")
        if isinstance(seen, PlanSummary | InstanceSummary):
            assert seen.note is not None, "what its owner wrote"
            seen = seen.replaced(note=None)
        assert seen == kept, name


def test_lists_hold_what_is_ones_own_and_what_is_shared(store: Store, fund: Fund) -> None:
    def listed(who: Caller) -> tuple[int, int]:
        with store.database.read() as tx:
            return (
                len(plans.listed(tx, who, None, 9).items),
                len(instances.listed(tx, who, None, 9).items),
            )

    share_all(store, fund, fund.member)
    assert listed(fund.owner) == (1, 1)
    assert listed(fund.member) == (1, 1)
    assert listed(fund.other_member) == (0, 0)
    assert listed(fund.stranger) == (0, 0)


def test_a_sponsor_sees_its_own_projects_only(store: Store, fund: Fund) -> None:
    share_all(store, fund, fund.sponsor)
    with store.database.read() as tx:
        seen = plans.get(tx, fund.plan.id, fund.sponsor)
        assert plans.listed(tx, fund.sponsor, None, 9).items == (seen,)
        assert plans.stored(tx, fund.plan.id, fund.sponsor).access == "sponsor"
        for refused in (plans.decision_record, plans.steps):
            with pytest.raises(Forbidden, match="own projects only"):
                refused(tx, fund.plan.id, fund.sponsor)
    assert isinstance(seen, SponsorView)
    assert [chosen.project for chosen in seen.chosen] == ["salar"]
    assert seen.projects == ("none", "salar")
    assert "mine" not in seen.model_dump_json()


def test_a_share_taken_back_is_gone(store: Store, fund: Fund) -> None:
    share_all(store, fund, fund.member)
    with store.database.write() as tx:
        assert access.unshare(tx, fund.plan.id, fund.member.organisation_id)
        assert not access.unshare(tx, fund.plan.id, fund.member.organisation_id)

    with store.database.read() as tx, pytest.raises(NotFound):
        plans.get(tx, fund.plan.id, fund.member)


def test_sharing_again_renews_the_note(store: Store, fund: Fund) -> None:
    share_all(store, fund, fund.member)

    def share(number: int) -> None:
        peer = fund.member.organisation_id
        with store.database.write() as tx:
            access.share(tx, fund.owner, fund.plan.id, peer, f"note {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(share, range(16)))
    with store.database.read() as tx:
        (kept,) = access.shared_with(tx, fund.plan.id)
    assert kept.note.startswith("note ")
    assert kept.shared_by == fund.owner.user_id


def test_one_shares_with_partners_of_the_fund_only(store: Store, fund: Fund) -> None:
    pairs = [
        (fund.owner, fund.owner),
        (fund.owner, fund.stranger),
        (fund.member, fund.other_member),
        (fund.member, fund.sponsor),
        (fund.stranger, fund.member),
    ]
    with store.database.write() as tx:
        for who, peer in pairs:
            with pytest.raises(Invalid, match="partner"):
                access.share(tx, who, fund.plan.id, peer.organisation_id, "")
        with pytest.raises(Invalid, match="partner"):
            access.share(tx, fund.owner, fund.plan.id, "org_" + "0" * 24, "")
        access.share(tx, fund.member, "ins_" + "1" * 24, fund.owner.organisation_id, "")


def test_organisations_within_reach(store: Store, fund: Fund) -> None:
    def reached(who: Caller) -> set[str]:
        found = set()
        with store.database.read() as tx:
            for name, other in fund._asdict().items():
                if name == "plan":
                    continue
                try:
                    organisations.within_reach(tx, other.organisation_id, who)
                    found.add(name)
                except NotFound:
                    pass
            assert len(organisations.listed(tx, who, None, 9).items) == len(found)
        return found

    assert reached(fund.owner) == {"owner", "member", "other_member", "sponsor"}
    assert reached(fund.member) == {"member"}
    assert reached(fund.sponsor) == {"sponsor"}
    assert reached(fund.stranger) == {"stranger"}


def test_an_organisation_changes_one_version_at_a_time(store: Store, fund: Fund) -> None:
    identifier = fund.sponsor.organisation_id

    def change(number: int) -> bool:
        request = OrganisationChange(projects=("b", "a", "a"), quota=Quota(running_jobs=number))
        try:
            with store.database.write() as tx:
                organisations.change(tx, identifier, request, 1)
        except Stale:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(change, range(1, 7))) == 1
    with store.database.read() as tx:
        kept = organisations.get(tx, identifier)
        assert quotas.quota_of(tx, identifier) == kept.quota
    assert (kept.version, kept.projects, kept.name) == (2, ("a", "b"), "Sponsor")


def test_users_change_one_version_at_a_time_and_an_admin_stays(store: Store, fund: Fund) -> None:
    admin = fund.member.user_id
    for change in (UserChange(role="viewer"), UserChange(active=False)):
        with pytest.raises(Forbidden, match="last active admin"), store.database.write() as tx:
            organisations.change_user(tx, admin, change, 1)
    person(store, fund.member.organisation_id, "admin")
    with store.database.write() as tx:
        changed = organisations.change_user(tx, admin, UserChange(role="viewer"), 1)
        with pytest.raises(Stale):
            organisations.change_user(tx, admin, UserChange(name="New"), 1)
        listed = organisations.users_of(tx, fund.member.organisation_id, None, 9)
    assert (changed.role, changed.version) == ("viewer", 2)
    assert len(listed.items) == 2


def test_two_users_never_have_one_subject(store: Store, fund: Fund) -> None:
    request = UserRequest(name="Ada", role="viewer", subject="ada@provider")
    with store.database.write() as tx:
        organisations.add_user(tx, fund.member.organisation_id, request)
    with pytest.raises(Conflict, match="subject"), store.database.write() as tx:
        organisations.add_user(tx, fund.owner.organisation_id, request)
    with pytest.raises(NotFound), store.database.write() as tx:
        organisations.add_user(tx, "org_" + "0" * 24, UserRequest(name="Ada", role="viewer"))


def test_webhooks_and_audit_are_an_organisations_own(store: Store, fund: Fund) -> None:
    with store.database.write() as tx:
        hook = webhooks.add(tx, fund.owner, WebhookRequest(url="https://example.org/hook"))
        audit.record(tx, fund.owner, "plan.read", fund.plan.id, role="owner")
    with store.database.write() as tx:
        assert webhooks.listed(tx, fund.member, None, 9).items == ()
        assert audit.entries(tx, fund.member.organisation_id, None, 9).items == ()
        for act in (webhooks.get, webhooks.enable, webhooks.remove):
            with pytest.raises(NotFound):
                act(tx, hook.id, fund.member)
        with pytest.raises(NotFound):
            webhooks.history(tx, hook.id, fund.member, None, 9)
        with pytest.raises(NotFound):
            webhooks.resend(tx, hook.id, "dlv_" + "0" * 24, fund.member)


def test_the_audit_log_is_paged_newest_first(store: Store, fund: Fund) -> None:
    with store.database.write() as tx:
        for number in range(5):
            audit.record(tx, fund.owner, "plan.read", fund.plan.id, number=number)
    numbers: list[int] = []
    cursor = None
    while True:
        with store.database.read() as tx:
            part = audit.entries(tx, fund.owner.organisation_id, cursor, 2)
        numbers += [entry.detail["number"] for entry in part.items]
        if part.next is None:
            break
        cursor = part.next

    assert numbers == [4, 3, 2, 1, 0]
    assert part.items[0].key_id == fund.owner.key_id


def test_what_somebody_else_keeps_does_not_count(store: Store, fund: Fund) -> None:
    tiny(store, fund.stranger)
    share_all(store, fund, fund.member)
    with store.database.read() as tx:
        assert organisations.get(tx, fund.member.organisation_id).usage.instances == 0
