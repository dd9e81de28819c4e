"""Finding things again: labels, names, changes in words, filters, and who learns what by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.resources.change_words import in_words
from api.resources.examined import CHANGES
from api.store import access
from tests.support.application import planned
from tests.support.people import tiny

if TYPE_CHECKING:
    import httpx

    from optimizer import Plan
    from tests.support.application import Fund, Service

POORER = [{"kind": "scale_budget", "factor": 0.8}]


def ids(client: httpx.Client, table: str, **wanted: object) -> list[str]:
    answer = client.get(f"/v1/{table}", params=wanted)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def shared(service: Service, fund: Fund, resource: str, partner: str) -> None:
    with service.store.database.write() as tx:
        access.share(tx, fund.admin.caller, resource, partner, "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "set", "path": "policies.cap.value", "value": 0.4}, "policies.cap.value = 0.4"),
        ({"kind": "set", "path": "prices.x*.price*", "value": 0.5}, "prices.x*.price × 0.5"),
        ({"kind": "set", "path": "policies.cap.on", "value": True}, "policies.cap.on = true"),
        ({"kind": "set", "path": "settings.title", "value": "T"}, "settings.title = T"),
        ({"kind": "set", "path": "settings.title"}, "settings.title back to its default"),
        ({"kind": "lock", "project": "pit", "locked": "out"}, "pit locked out"),
        ({"kind": "lock", "project": "pit", "locked": "free"}, "pit left to the model"),
        ({"kind": "switch", "policy": "cap", "enabled": False}, "policy cap off"),
        (POORER[0], "budget × 0.8"),
    ],
)
def test_a_change_is_told_in_words(change: dict[str, Any], words: str) -> None:
    assert in_words(CHANGES.validate_python([change])) == (words,)


def test_the_label_of_a_what_if_is_kept(service: Service, fund: Fund) -> None:
    base = tiny(service.store, fund.analyst.caller)
    with service.client(fund.analyst) as client:
        made = client.post(
            f"/v1/instances/{base.id}/changes", json={"changes": POORER, "label": "a poorer fund"}
        ).json()
        again = client.get(f"/v1/instances/{made['id']}").json()
        found = ids(client, "instances", label="POORER")

    assert made == again
    assert (again["label"], again["changes_in_words"]) == ("a poorer fund", ["budget × 0.8"])
    assert found == [made["id"]]


def test_a_submission_has_a_label(service: Service, fund: Fund) -> None:
    """The same key with another label is another request."""
    body = tiny(service.store, fund.analyst.caller)
    with service.client(fund.analyst) as client:
        document = client.get(f"/v1/instances/{body.id}/document").content
        key = {"Idempotency-Key": "k", "Content-Type": "application/json"}
        path = "/v1/instances?label=base+case"
        made = client.post(path, content=document, headers=key)
        again = client.post(path, content=document, headers=key)
        other = client.post("/v1/instances", content=document, headers=key)

    assert made.json()["label"] == "base case"
    assert again.json() == made.json()
    assert other.status_code == 422


def test_job_and_plan_say_what_they_are_of(service: Service, fund: Fund, solved: Plan) -> None:
    base = tiny(service.store, fund.analyst.caller)
    wanted = {"kind": "solve", "instance_id": base.id, "changes": POORER, "label": "less money"}
    with service.client(fund.analyst) as client:
        job = client.post("/v1/jobs", json=wanted).json()
        what_if = client.get(f"/v1/instances/{job['instance_id']}").json()
        assert ids(client, "jobs", parent_id=base.id) == [job["id"]]
        assert ids(client, "jobs", instance_id=base.id) == []
        assert ids(client, "jobs", label="less") == [job["id"]]
        assert ids(client, "jobs", label="le_s") == []
        client.post(f"/v1/jobs/{job['id']}/cancel")
        plan_id = planned(service.store, fund.analyst, solved)
        plan = client.get(f"/v1/plans/{plan_id}").json()

    assert what_if["label"] == "less money"
    for one in (job, what_if):
        assert (one["name"], one["parent_id"]) == ("tiny", base.id)
        assert one["title"].startswith("Four plants")
        assert one["changes_in_words"] == ["budget × 0.8"]
    assert (plan["name"], plan["kind"], plan["parent_id"]) == ("tiny", "solve", None)


def test_plans_are_found_by_what_they_are(service: Service, fund: Fund, solved: Plan) -> None:
    store, ada = service.store, fund.analyst
    first, second = (planned(store, ada, solved, label=label) for label in ("May", "June"))
    with service.client(ada) as client:
        whole = client.get(f"/v1/plans/{first}").json()
        step = {"state": "in_review"}
        client.post(f"/v1/plans/{first}/review", json=step, headers={"If-Match": '"1"'})
        assert whole["label"] == "May"
        for wanted, expected in (
            ({"review": "draft"}, [second]),
            ({"review": ["draft", "in_review"]}, [second, first]),
            ({"review": "signed_off"}, []),
            ({"instance_id": whole["instance_id"]}, [first]),
            ({"parent_id": whole["instance_id"]}, []),
            ({"label": "june"}, [second]),
            ({"state": "infeasible"}, []),
            ({"state": "succeeded", "kind": "solve"}, [second, first]),
            ({"kind": "replay"}, []),
            ({"since": "2126-01-01"}, []),
            ({"until": "2126-01-01", "since": "2020-01-01"}, [second, first]),
        ):
            assert ids(client, "plans", **wanted) == expected, wanted
        compared = client.get("/v1/plans/comparison", params={"plan": [first, second]}).json()
    assert compared["headings"] == {first: "May", second: "June"}
    assert compared["plans"] == [first, second]


def test_a_member_learns_the_label_and_no_inputs(
    service: Service, fund: Fund, solved: Plan
) -> None:
    """Where the instance is not shared, neither its parent nor its changes are told or found."""
    base, plan_id = planned_what_if(service, fund, solved)
    with service.client(fund.analyst) as client:
        own = client.get(f"/v1/plans/{plan_id}").json()
        assert ids(client, "plans", parent_id=base) == [plan_id]
    shared(service, fund, plan_id, fund.member.caller.organisation_id)
    with service.client(fund.member) as client:
        seen = client.get(f"/v1/plans/{plan_id}").json()
        assert ids(client, "plans", parent_id=base) == []
        assert ids(client, "plans", label="less") == [plan_id]
        shared(service, fund, own["instance_id"], fund.member.caller.organisation_id)
        more = client.get(f"/v1/plans/{plan_id}").json()
        assert ids(client, "plans", parent_id=base) == [plan_id]

    assert (own["parent_id"], own["changes_in_words"]) == (base, ["budget × 0.8"])
    assert (seen["label"], seen["name"]) == ("less money", "tiny")
    assert (seen["parent_id"], seen["changes_in_words"]) == (None, [])
    assert (more["parent_id"], more["changes_in_words"]) == (base, ["budget × 0.8"])


def test_no_filter_tells_a_sponsor_what_is_hidden(
    service: Service, fund: Fund, solved: Plan
) -> None:
    base, plan_id = planned_what_if(service, fund, solved)
    with service.client(fund.analyst) as client:
        instance = client.get(f"/v1/plans/{plan_id}").json()["instance_id"]
    for resource in (plan_id, instance):
        shared(service, fund, resource, fund.sponsor.caller.organisation_id)
    with service.client(fund.sponsor) as client:
        assert ids(client, "plans") == ids(client, "plans", review="draft") == [plan_id]
        assert ids(client, "instances") == ids(client, "instances", name="tiny") == [instance]
        for wanted in (
            {"label": "less"},
            {"parent_id": base},
            {"instance_id": instance},
            {"state": "succeeded"},
            {"kind": "solve"},
        ):
            assert ids(client, "plans", **wanted) == [], wanted
        assert ids(client, "instances", label="less") == []
        assert ids(client, "instances", parent_id=base) == []
        told = client.get(f"/v1/instances/{instance}").text + client.get("/v1/plans").text
    assert "less money" not in told
    assert "budget" not in told
    assert base not in told


def planned_what_if(service: Service, fund: Fund, solved: Plan) -> tuple[str, str]:
    """A base, and a plan of a what-if of it."""
    base = tiny(service.store, fund.analyst.caller)
    with service.client(fund.analyst) as client:
        wanted = {"changes": POORER, "label": "less money"}
        made = client.post(f"/v1/instances/{base.id}/changes", json=wanted).json()
    return base.id, planned(
        service.store, fund.analyst, solved, label="less money", instance_id=made["id"]
    )


def test_the_last_progress_of_a_job_is_its_result(
    service: Service, fund: Fund, solved: Plan
) -> None:
    plan_id = planned(service.store, fund.analyst, solved)
    with service.client(fund.analyst, Accept="application/json") as client:
        job = client.get("/v1/jobs").json()["items"][0]
        told = client.get(f"/v1/jobs/{job['id']}/events").json()["items"]

    assert job["plan_id"] == plan_id
    for progress in (job["progress"], told[-2]["data"]):
        assert progress["incumbent"] == solved.proof.objective
        assert progress["bound"] == solved.proof.bound
        assert progress["gap"] == solved.proof.gap
    assert told[-1]["data"]["state"] == "succeeded"
