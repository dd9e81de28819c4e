"""End of life: what may be deleted or archived, what stays, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from api.client import Client, ServiceRefused
from api.resources.jobs import ScaleBudget
from api.resources.organisations import Quota
from api.resources.webhooks import WebhookRequest
from api.store import access, audit, ends, organisations, proof, webhooks
from api.store.tables import deliveries, job_events, reviews, spent
from api.work.upkeep import named
from tests.support.application import ended, planned
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    import httpx

    from api.store import Store
    from optimizer import Plan
    from tests.support.application import Fund, Service
    from tests.support.people import Person

READ = {"If-Match": '"1"'}
POORER = [{"kind": "scale_budget", "factor": 0.8}]


def ids(client: httpx.Client, table: str, **wanted: object) -> list[str]:
    answer = client.get(f"/v1/{table}", params=wanted)  # type: ignore[arg-type]
    return [item["id"] for item in answer.json()["items"]]


def stepped(client: httpx.Client, plan: str, *states: str) -> None:
    """Take steps of a plan's review."""
    for state in states:
        tag = client.get(f"/v1/plans/{plan}").headers["ETag"]
        answer = client.post(
            f"/v1/plans/{plan}/review", json={"state": state}, headers={"If-Match": tag}
        )
        assert answer.status_code == 200, answer.text


def entry(store: Store, person: Person, action: str) -> Any:
    """The last entry of this action in a person's log."""
    with store.database.read() as tx:
        found = audit.entries(tx, person.caller.organisation_id, None, 200).items
    return next(one for one in found if one.action == action)


def test_a_draft_is_deleted_with_all_of_it(service: Service, fund: Fund, solved: Plan) -> None:
    """Its job, events, messages, shares and files go; what was used of the quota stays used."""
    store, ada = service.store, fund.analyst
    with store.database.write() as tx:
        hook = webhooks.add(tx, fund.admin.caller, WebhookRequest(url="https://1.1.1.1/"))
    plan_id = planned(store, ada, solved, label="secret plan")
    with store.database.write() as tx:
        access.share(tx, fund.admin.caller, plan_id, fund.member.caller.organisation_id, "")
        used = organisations.get(tx, fund.secretariat).usage
    with service.client(ada) as client:
        plan = client.get(f"/v1/plans/{plan_id}").json()
        assert client.delete(f"/v1/plans/{plan_id}").status_code == 428
        stale = client.delete(f"/v1/plans/{plan_id}", headers={"If-Match": '"2"'})
        assert stale.status_code == 412
        assert client.delete(f"/v1/jobs/{plan['job_id']}").status_code == 409
        assert client.delete(f"/v1/plans/{plan_id}", headers=READ).status_code == 204
        assert client.delete(f"/v1/plans/{plan_id}", headers=READ).status_code == 404
        assert client.get(f"/v1/plans/{plan_id}/report").status_code == 404
        assert client.get(f"/v1/jobs/{plan['job_id']}").status_code == 404
        assert ids(client, "plans") == ids(client, "jobs") == []
        assert client.delete(f"/v1/instances/{plan['instance_id']}").status_code == 204
    with service.client(fund.member) as client:
        assert client.get(f"/v1/plans/{plan_id}").status_code == 404
    told = entry(store, ada, "plan.delete")
    assert told.resource == plan_id
    assert told.detail["label"] == "secret plan"
    assert told.detail["instance_hash"] == plan["instance_hash"]
    assert {"job", "plan_sha256", "submitted_by"} <= set(told.detail)
    with store.database.read() as tx:
        assert tx.execute(select(job_events)).all() == []
        assert tx.execute(select(deliveries)).all() == []
        assert proof.faults(tx) == []
        left = organisations.get(tx, fund.secretariat).usage
    assert used.cpu_s_last_30_days == left.cpu_s_last_30_days > 0
    assert (used.instances, left.instances) == (1, 0)
    store.files.collect(lambda: named(store), keep_s=-1)
    assert store.files.all() == set()
    assert hook


def test_nothing_under_review_or_decided_is_deleted_or_hidden(
    service: Service, fund: Fund, solved: Plan
) -> None:
    store = service.store
    plan_id = planned(store, fund.analyst, solved)
    away = {"archived": True}
    other, third = person(store, fund.secretariat, name="Eve"), fund.admin
    hands = (fund.analyst, other, third)
    for hand, state in zip(hands, ("in_review", "reviewed", "signed_off"), strict=True):
        with service.client(hand) as client:
            stepped(client, plan_id, state)
            tag = {"If-Match": client.get(f"/v1/plans/{plan_id}").headers["ETag"]}
            path = f"/v1/plans/{plan_id}"
            assert client.delete(path, headers=tag).status_code == 409, state
            assert client.patch(path, json=away, headers=tag).status_code == 409, state
            instance = client.get(path).json()["instance_id"]
            assert client.delete(f"/v1/instances/{instance}").status_code == 409, state
            assert ids(client, "plans") == [plan_id]
    with store.database.read() as tx:
        assert proof.faults(tx) == []


def test_what_was_returned_is_archived_and_not_deleted(
    service: Service, fund: Fund, solved: Plan
) -> None:
    """The steps of its review are evidence; it cannot go on while it is out of sight."""
    store = service.store
    plan_id = planned(store, fund.analyst, solved)
    other = person(store, fund.secretariat, name="Eve")
    path = f"/v1/plans/{plan_id}"
    with service.client(fund.analyst) as client:
        stepped(client, plan_id, "in_review")
    with service.client(other) as client:
        stepped(client, plan_id, "returned")
        tag = {"If-Match": client.get(path).headers["ETag"]}
        assert client.delete(path, headers=tag).status_code == 409
        found = client.patch(path, json={"archived": True}, headers=tag)
        assert found.status_code == 200
        cached = client.get(path, headers={"If-None-Match": tag["If-Match"]})
        assert cached.status_code == 200, "what is cached is not archived yet"
        now = {"If-Match": cached.headers["ETag"]}
        assert now == {"If-Match": found.headers["ETag"]}
        assert found.json()["archived_at"] is not None
        assert ids(client, "plans") == ids(client, "jobs") == []
        assert ids(client, "plans", archived=True) == [plan_id]
        assert ids(client, "jobs", archived=True) == [found.json()["job_id"]]
        again = client.post(f"{path}/review", json={"state": "in_review"}, headers=tag)
        assert (again.status_code, "archived" in again.text) == (409, True)
        assert client.patch(path, json={"archived": False}, headers=now).status_code == 200
        assert ids(client, "plans") == [plan_id]
    assert entry(store, fund.analyst, "plan.archive").detail["archived"] is False
    with store.database.read() as tx:
        assert proof.faults(tx) == []
        assert len(tx.execute(select(reviews)).all()) == 2


def test_a_job_without_a_plan_is_deleted_or_archived(service: Service, fund: Fund) -> None:
    store, ada = service.store, fund.analyst
    job = queued(store, ada.caller, tiny(store, ada.caller).id, label="a slip")
    path = f"/v1/jobs/{job.id}"
    with service.client(ada) as client:
        assert client.delete(path).status_code == 409
        assert client.patch(path, json={"archived": True}).status_code == 409
        ended(store)
        assert client.patch(path, json={"archived": True}).json()["archived_at"] is not None
        assert ids(client, "jobs") == []
        assert ids(client, "jobs", archived=True) == [job.id]
        assert client.delete(path).status_code == 204
        assert client.get(path).status_code == 404
    told = entry(store, ada, "job.delete").detail
    assert (told["label"], told["state"], told["instance"]) == ("a slip", "failed", job.instance_id)


def test_a_plan_that_is_being_replayed_stays(service: Service, fund: Fund, solved: Plan) -> None:
    store, ada = service.store, fund.analyst
    plan_id = planned(store, ada, solved)
    with service.client(ada) as client:
        replay = client.post("/v1/jobs", json={"kind": "replay", "plan_id": plan_id}).json()["id"]
        assert client.delete(f"/v1/plans/{plan_id}", headers=READ).status_code == 409
        client.post(f"/v1/jobs/{replay}/cancel")
        assert client.delete(f"/v1/plans/{plan_id}", headers=READ).status_code == 204
        again = client.post(f"/v1/jobs/{replay}/retry")
    assert (again.status_code, "deleted" in again.text) == (409, True)


def test_an_instance_is_archived_and_found_again(service: Service, fund: Fund) -> None:
    base = tiny(service.store, fund.analyst.caller)
    path = f"/v1/instances/{base.id}"
    with service.client(fund.viewer) as client:
        assert client.patch(path, json={"archived": True}).status_code == 403
    with service.client(fund.analyst) as client:
        assert client.patch(path, json={"archived": 1}).status_code == 422
        assert client.patch(path, json={"archived": True}).status_code == 200
        assert ids(client, "instances") == []
        assert ids(client, "instances", archived=True) == [base.id]
        assert client.patch(path, json={"archived": False}).json()["archived_at"] is None
        assert ids(client, "instances") == [base.id]
        assert client.delete(path).status_code == 204
    assert entry(service.store, fund.analyst, "instance.delete").detail["name"] == "tiny"


def test_what_ifs_do_not_use_up_the_submissions(service: Service) -> None:
    """Two quotas; a what-if that is deleted makes room for another."""
    store = service.store
    small = organisation(store, quota=Quota(instances=1, what_ifs=1))
    ada = person(store, small)
    base = tiny(store, ada.caller)
    with service.client(ada) as client:
        path = f"/v1/instances/{base.id}/changes"
        made = client.post(path, json={"changes": POORER})
        refused = client.post(path, json={"changes": POORER})
        document = client.get(f"/v1/instances/{base.id}/document").content
        headers = {"Content-Type": "application/json"}
        assert client.post("/v1/instances", content=document, headers=headers).status_code == 429
        assert client.delete(f"/v1/instances/{base.id}").status_code == 409
        usage = client.get("/v1/me").json()["organisation"]["usage"]
        assert client.delete(f"/v1/instances/{made.json()['id']}").status_code == 204
        assert client.post(path, json={"changes": POORER}).status_code == 201

    assert made.status_code == 201
    assert (refused.status_code, "what-ifs" in refused.json()["detail"]) == (429, True)
    assert (usage["instances"], usage["what_ifs"]) == (1, 1)


def test_the_client_labels_finds_archives_and_deletes(
    service: Service, fund: Fund, solved: Plan
) -> None:
    with Client(service.url, fund.analyst.secret) as client:
        base = client.upload("instances/tiny", label="base case")
        what_if = client.change(base.id, (ScaleBudget(kind="scale_budget", factor=0.8),), label="b")
        assert [one.id for one in client.instances(parent_id=base.id)] == [what_if.id]
        plan_id = planned(service.store, fund.analyst, solved, instance_id=base.id, label="May")
        assert [one.id for one in client.plans(label="may", reviews=["draft"])] == [plan_id]
        client.archive(plan_id)
        assert list(client.plans()) == []
        client.archive(plan_id, archived=False)
        for gone in (plan_id, what_if.id, base.id):
            client.delete(gone)
        with pytest.raises(ServiceRefused):
            client.delete(plan_id)
        assert [*client.instances(), *client.jobs()] == []


@pytest.mark.parametrize(("days", "left"), [(20, 1), (40, 0)])
def test_what_was_used_is_forgotten_when_no_quota_asks(store: Store, days: int, left: int) -> None:
    home = organisation(store)
    at = store.database.time() - days * 86400
    row = {"job_id": "job_x", "organisation_id": home, "cpu_s": 5.0, "ended_at": at}
    with store.database.write() as tx:
        tx.execute(spent.insert().values(**row))
        ends.forget(tx)
        assert len(tx.execute(select(spent)).all()) == left
        assert organisations.get(tx, home).usage.cpu_s_last_30_days == 5.0 * left
