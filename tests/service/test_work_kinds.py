"""Every kind of job is run by a real worker, and one that nobody knows harms nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest
from sqlalchemy import select, update

from api import kinds
from api.kinds import KINDS, JobRequest
from api.kinds.replay import compare
from api.kinds.task import RESULT_BYTES, Report
from api.resources.jobs import Job, JobKind
from api.store import claims, jobs
from api.store.tables import jobs as table
from tests.support.application import planned
from tests.support.fleet import all_ended, process, until
from tests.support.people import queued, tiny

if TYPE_CHECKING:
    from api.settings import Settings
    from api.store import Store
    from optimizer import Plan
    from tests.support.application import Fund, Service

WORKER = "api.work.worker"
PLAN = "plan_cc1178b0d3f2e4956a071c28"


def test_the_register_is_what_may_be_asked_for() -> None:
    """Python's types must be written out; here they are held to the register."""
    union, _ = get_args(JobRequest)

    assert set(KINDS) == set(get_args(JobKind))
    assert list(get_args(union)) == [kind.request for kind in KINDS.values()]
    assert all(name == kind.name for name, kind in KINDS.items())
    assert all(kind.told_as is None or kind.told_as in Job.model_fields for kind in KINDS.values())


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_run_by_a_worker(
    service: Service, settings: Settings, fund: Fund, solved: Plan, name: str
) -> None:
    """Its example is asked for by HTTP, of what is there; it succeeds and tells its result."""
    store, ada = service.store, fund.analyst
    there = {
        "plan_id": planned(store, ada, solved),
        "instance_id": tiny(store, ada.caller).id,
    }
    example = KINDS[name].example
    body = {field: there.get(field, value) for field, value in example.items()}
    with service.client(ada) as client, process(settings, WORKER):
        asked = client.post("/v1/jobs", json=body)
        assert asked.status_code == 202, asked.text
        until(lambda: all_ended(store))
        job = client.get(asked.headers["Location"]).json()
        again = client.post(f"/v1/jobs/{job['id']}/retry").json()
        until(lambda: all_ended(store))
        after = client.get(f"/v1/jobs/{again['id']}").json()
        found = client.get("/v1/jobs", params={"kind": name, "state": "succeeded"}).json()["items"]

    assert (job["kind"], job["state"], job["error"]) == (name, "succeeded", None)
    assert (after["kind"], after["state"], after["retry_of"]) == (name, "succeeded", job["id"])
    assert {job["id"], after["id"]} <= {one["id"] for one in found}
    assert job["label"] == example["label"]
    assert all(job[field] == job["result"] for field in [KINDS[name].told_as] if field)
    assert job["plan_id"] or job["result"], "a job that leaves nothing was for nothing"


UNREADABLE: dict[str, tuple[dict[str, Any], str]] = {
    "another kind": ({"kind": "oracle"}, "no jobs of kind 'oracle', only solve, replay"),
    "another form": ({"request": {"kind": "solve", "instances": []}}, "instance_id, instances"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_job_of_another_version_fails_and_its_worker_goes_on(
    service: Service, settings: Settings, fund: Fund, case: str
) -> None:
    """It may be left by a newer service whose database was put back to an older one's."""
    store, ada = service.store, fund.analyst
    instance = tiny(store, ada.caller).id
    strange = queued(store, ada.caller, instance, priority=9)
    values, words = UNREADABLE[case]
    with store.database.write() as tx:
        tx.execute(update(table).where(table.c.id == strange.id).values(**values))
    with process(settings, WORKER):
        until(lambda: all_ended(store))
        usual = queued(store, ada.caller, instance)
        until(lambda: all_ended(store))
    with service.client(ada) as client:
        job = client.get(f"/v1/jobs/{strange.id}").json()
        listed = client.get("/v1/jobs").json()["items"]
        retried = client.post(f"/v1/jobs/{strange.id}/retry")
    with store.database.read() as tx:
        workers = set(tx.execute(select(table.c.worker)).scalars())

    assert (job["state"], job["error"]["reason"]) == ("failed", "internal")
    assert words in job["error"]["detail"]
    assert [one["id"] for one in listed] == [usual.id, strange.id]
    assert [one["state"] for one in listed] == ["succeeded", "failed"]
    assert len(workers) == 1, "the same worker has run both"
    assert (retried.status_code, words in retried.text) == (409, True)


def test_a_plan_is_kept_for_what_reads_it(store: Store, fund: Fund, solved: Plan) -> None:
    """The plan of a replay until its job has ended; a job that cannot be read keeps none."""
    ada = fund.analyst
    plan_id = planned(store, ada, solved)
    request = kinds.ReplayRequest(kind="replay", plan_id=plan_id)
    with store.database.write() as tx:
        job = jobs.enqueue(tx, ada.caller, request)
        assert jobs.reading(tx, ada.caller, plan_id) == job.id
        assert jobs.reading(tx, fund.stranger.caller, plan_id) is None
        assert claims.claim(tx, "a worker", 60) is not None
        assert jobs.reading(tx, ada.caller, plan_id) == job.id, "while it runs"
        tx.execute(update(table).where(table.c.id == job.id).values(kind="oracle"))
        assert jobs.reading(tx, ada.caller, plan_id) is None


def test_a_result_is_small() -> None:
    """It is told with every job of a list."""
    fits = {"text": "x" * (RESULT_BYTES - len(json.dumps({"text": ""})))}
    assert Report(state="succeeded", result=fits).result == fits
    with pytest.raises(ValueError, match="65,536 bytes"):
        Report(state="succeeded", result=fits | {"more": 1})


def test_a_plan_of_format_1_is_compared_by_what_it_keeps(solved: Plan) -> None:
    """Without amounts and doing nothing it is the same; with other money it is not."""
    none = replace(solved.tables, amounts=solved.tables.amounts.iloc[:0])
    before = replace(solved, tables=none, do_nothing=None, model=1)
    other = replace(solved, tables=replace(none, private=none.private.iloc[:0]))

    assert compare(PLAN, before, solved).same
    assert compare(PLAN, before, solved).other_versions == {"model": ("1", "2")}
    assert "amounts" in compare(PLAN, solved, before).differs_in
    assert compare(PLAN, before, other).differs_in == ("private",)
