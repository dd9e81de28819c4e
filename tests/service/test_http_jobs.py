"""Jobs over HTTP: submit, wait, follow, cancel, retry, once."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx_sse

from tests.support.application import ended
from tests.support.fleet import states, until
from tests.support.people import queued, tiny

if TYPE_CHECKING:
    import httpx

    from tests.support.application import Fund, Service


def solve_request(instance_id: str, **more: Any) -> dict[str, Any]:
    return {"kind": "solve", "instance_id": instance_id} | more


def test_a_job_is_accepted_and_found_at_its_location(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    with service.client(fund.analyst) as client:
        answer = client.post("/v1/jobs", json=solve_request(instance.id, label="first"))
        assert answer.status_code == 202
        found = client.get(answer.headers["Location"])
        listed = client.get("/v1/jobs", params={"state": ["queued", "failed"], "kind": "solve"})
        none = client.get("/v1/jobs", params={"until": "2020-01-01T00:00:00Z"})

    assert found.json() == answer.json()
    assert found.json()["label"] == "first"
    assert [job["id"] for job in listed.json()["items"]] == [found.json()["id"]]
    assert none.json()["items"] == []


def test_fifty_posts_with_one_key_make_one_job(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    body = json.dumps(solve_request(instance.id))

    def post(_: int) -> httpx.Response:
        with service.client(fund.analyst, **{"Idempotency-Key": "one"}) as client:
            headers = {"Content-Type": "application/json"}
            return client.post("/v1/jobs", content=body, headers=headers)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, range(50)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    with service.client(fund.analyst) as client:
        assert len(client.get("/v1/jobs").json()["items"]) == 1


def test_a_key_stands_for_one_request_of_one_user(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    headers = {"Idempotency-Key": "same"}
    with service.client(fund.analyst, **headers) as client:
        first = client.post("/v1/jobs", json=solve_request(instance.id))
        other = client.post("/v1/jobs", json=solve_request(instance.id, priority=9))
    with service.client(fund.admin, **headers) as client:
        theirs = client.post("/v1/jobs", json=solve_request(instance.id))

    assert other.status_code == 422
    assert other.json()["type"] == "urn:lodestone:problem:idempotency-key-reused"
    assert theirs.status_code == 202
    assert theirs.json()["id"] != first.json()["id"]


def test_changes_make_a_what_if_with_the_job(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    changes = [
        {"kind": "lock", "project": "pit", "locked": "out"},
        {"kind": "scale_budget", "factor": 2.0},
        {"kind": "set", "path": "settings.title", "value": "What if"},
    ]
    with service.client(fund.analyst) as client:
        answer = client.post("/v1/jobs", json=solve_request(instance.id, changes=changes))
        made = client.get(f"/v1/instances/{answer.json()['instance_id']}").json()
        wrong = [{"kind": "lock", "project": "pot", "locked": "out"}]
        refused = client.post("/v1/jobs", json=solve_request(instance.id, changes=wrong))

    assert answer.status_code == 202
    assert made["parent_id"] == instance.id
    assert made["title"] == "What if"
    assert made["content_hash"] != instance.content_hash
    assert [change["kind"] for change in made["changes"]] == ["lock", "scale_budget", "set"]
    assert refused.status_code == 422
    assert refused.json()["faults"] == [
        "projects.pot.locked: projects has no row 'pot' (did you mean pit?)"
    ]


def test_prefer_wait_answers_with_the_ended_job(service: Service, fund: Fund) -> None:
    store = service.store
    instance = tiny(store, fund.analyst.caller)

    def end_it() -> None:
        until(lambda: states(store)["queued"])
        ended(store)

    ending = threading.Thread(target=end_it)
    ending.start()
    with service.client(fund.analyst, Prefer="respond-async, wait=30") as client:
        answer = client.post("/v1/jobs", json=solve_request(instance.id))
    ending.join()

    assert answer.status_code == 200
    assert answer.json()["state"] == "failed"
    assert answer.headers["Preference-Applied"] == "wait=30"


def test_prefer_wait_gives_up_in_time(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    with service.client(fund.analyst, Prefer="wait=1") as client:
        answer = client.post("/v1/jobs", json=solve_request(instance.id))

    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    assert "Preference-Applied" not in answer.headers


def test_waiting_for_a_job_ends_with_it(service: Service, fund: Fund) -> None:
    job = queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
    timer = threading.Timer(0.5, ended, (service.store,))
    timer.start()
    began = time.monotonic()
    with service.client(fund.analyst) as client:
        answer = client.get(f"/v1/jobs/{job.id}", params={"wait": 60})
    timer.join()

    assert answer.json()["state"] == "failed"
    assert time.monotonic() - began < 60, "it waited for the whole time that it was given"


def test_a_job_is_cancelled_and_tried_again(service: Service, fund: Fund) -> None:
    job = queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
    with service.client(fund.analyst) as client:
        too_early = client.post(f"/v1/jobs/{job.id}/retry")
        cancelled = client.post(f"/v1/jobs/{job.id}/cancel")
        again = client.post(f"/v1/jobs/{job.id}/cancel")
        retried = client.post(f"/v1/jobs/{job.id}/retry")

    assert too_early.status_code == 409
    assert cancelled.json()["state"] == "cancelled"
    assert again.status_code == 409
    assert retried.status_code == 202
    assert retried.json()["retry_of"] == job.id


def test_a_stream_tells_everything_and_can_be_resumed(service: Service, fund: Fund) -> None:
    job = queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
    seen: list[httpx_sse.ServerSentEvent] = []
    with (
        service.client(fund.analyst) as client,
        httpx_sse.connect_sse(client, "GET", f"/v1/jobs/{job.id}/events") as source,
    ):
        assert source.response.headers["Content-Type"].startswith("text/event-stream")
        for event in source.iter_sse():
            if not seen:  # The stream is open: only now the job goes on.
                ended(service.store)
            seen.append(event)
    assert [event.id for event in seen] == ["1", "2", "3"]
    assert [event.event for event in seen] == ["state"] * 3
    assert json.loads(seen[-1].data)["data"]["state"] == "failed"

    with service.client(fund.analyst) as client:
        for last, expected in ((1, ["2", "3"]), (3, []), (99, [])):
            headers = {"Last-Event-ID": str(last)}
            path = f"/v1/jobs/{job.id}/events"
            with httpx_sse.connect_sse(client, "GET", path, headers=headers) as source:
                assert [event.id for event in source.iter_sse()] == expected


def test_events_come_as_pages_too(service: Service, fund: Fund) -> None:
    job = queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
    ended(service.store)
    with service.client(fund.analyst, Accept="application/json") as client:
        first = client.get(f"/v1/jobs/{job.id}/events", params={"limit": 2}).json()
        rest = client.get(f"/v1/jobs/{job.id}/events", params={"cursor": first["next"]}).json()
        wrong = client.get(f"/v1/jobs/{job.id}/events", headers={"Accept": "text/html"})

    assert [event["number"] for event in first["items"]] == [1, 2]
    assert [event["number"] for event in rest["items"]] == [3]
    assert rest["next"] is None
    assert wrong.status_code == 406


def test_a_viewer_looks_and_does_not_touch(service: Service, fund: Fund) -> None:
    job = queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
    with service.client(fund.viewer) as client:
        assert client.get(f"/v1/jobs/{job.id}").status_code == 200
        assert client.post(f"/v1/jobs/{job.id}/cancel").status_code == 403
        assert client.post("/v1/jobs", json=solve_request(job.instance_id)).status_code == 403
