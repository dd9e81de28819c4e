"""Plans over HTTP: summary, tables, report, archive, comparison, review, a sponsor's part."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from optimizer import Options, check, load, load_plan
from optimizer.plan.files import plans_equal
from optimizer.plan.keeping import kept_part
from optimizer.presentation.report import plain, report
from optimizer.vocabulary.plan_tables import OF_NOTHING, in_nothing
from tests.support.application import planned
from tests.support.people import person

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from optimizer import Plan
    from tests.support.application import Fund, Service

PARQUET = "application/vnd.apache.parquet"


@pytest.fixture
def plan_id(service: Service, fund: Fund, solved: Plan) -> str:
    """A plan of the secretariat's."""
    return planned(service.store, fund.analyst, solved)


def test_a_plan_is_shown_whole(service: Service, fund: Fund, plan_id: str, solved: Plan) -> None:
    with service.client(fund.viewer) as client:
        plan = client.get(f"/v1/plans/{plan_id}")
        certificate = client.get(f"/v1/plans/{plan_id}/certificate")
        record = client.get(f"/v1/plans/{plan_id}/decision-record")
        words = client.get(f"/v1/plans/{plan_id}/report")
        listed = client.get("/v1/plans")

    assert plan.headers["ETag"] == '"1"'
    assert plan.json()["proof"]["objective"] == solved.proof.objective
    assert [one["project"] for one in plan.json()["chosen"]] == [name for name, _ in solved.chosen]
    assert certificate.json()["ok"] is True
    assert record.json()["replay"] == {"kind": "replay", "plan_id": plan_id}
    assert words.text.startswith(plain(report(solved, load("instances/tiny"))))
    assert words.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert [one["id"] for one in listed.json()["items"]] == [plan_id]


def test_a_plan_is_replayed(service: Service, fund: Fund, plan_id: str) -> None:
    with service.client(fund.analyst) as client:
        record = client.get(f"/v1/plans/{plan_id}/decision-record").json()
        job = client.post("/v1/jobs", json=record["replay"])
    assert job.status_code == 202
    assert job.json()["kind"] == "replay"


def test_the_archive_is_the_plan(
    service: Service, fund: Fund, plan_id: str, solved: Plan, tmp_path: Path
) -> None:
    with service.client(fund.viewer) as client:
        archive = client.get(f"/v1/plans/{plan_id}/archive")
    zipfile.ZipFile(io.BytesIO(archive.content)).extractall(tmp_path)
    assert plans_equal(load_plan(tmp_path), solved)


def test_doing_nothing_has_tables_of_its_own(
    service: Service, fund: Fund, plan_id: str, solved: Plan
) -> None:
    path = f"/v1/plans/{plan_id}/tables"
    with service.client(fund.viewer) as client:
        listed = client.get(path).json()
        rows = client.get(f"{path}/do_nothing.purchases")
        text = client.get(f"{path}/do_nothing.amounts/csv")
        none = client.get(f"{path}/do_nothing.cash")

    assert solved.do_nothing is not None
    assert {in_nothing(name) for name in OF_NOTHING} <= {table["name"] for table in listed}
    assert rows.json() == solved.do_nothing.purchases.to_dict(orient="records")
    assert pd.read_csv(io.StringIO(text.text))["value"].tolist() == list(
        solved.do_nothing.amounts["value"]
    )
    assert none.status_code == 404


def test_a_plan_that_keeps_a_part_goes_through_as_it_is(
    service: Service, fund: Fund, solved: Plan, tmp_path: Path
) -> None:
    """Marked scenarios alone: the archive is the plan, and the report says what is not kept."""
    tiny = load("instances/tiny")
    part = kept_part(replace(solved, options=Options(keep="marked")), tiny)
    assert part.kept == ("nominal",)
    name = planned(service.store, fund.analyst, part)
    with service.client(fund.viewer) as client:
        archive = client.get(f"/v1/plans/{name}/archive")
        words = client.get(f"/v1/plans/{name}/report").text

    zipfile.ZipFile(io.BytesIO(archive.content)).extractall(tmp_path)
    back = load_plan(tmp_path)
    assert plans_equal(back, part)
    assert check(tiny, back).violations == ()
    assert "is not kept" in " ".join(words.split())


def test_tables_come_in_three_formats(
    service: Service, fund: Fund, plan_id: str, solved: Plan
) -> None:
    path = f"/v1/plans/{plan_id}/tables"
    with service.client(fund.viewer) as client:
        listed = client.get(path).json()
        rows = client.get(f"{path}/choice", headers={"Accept": "application/json"})
        text = client.get(f"{path}/choice", headers={"Accept": "text/csv"})
        file = client.get(f"{path}/activity", headers={"Accept": PARQUET})
        none = client.get(f"{path}/choice", headers={"Accept": "text/html"})
        unknown = client.get(f"{path}/choices")

    assert {table["name"] for table in listed} >= {"choice", "policies", "activity"}
    assert rows.json() == solved.tables.choice.to_dict(orient="records")
    assert pd.read_csv(io.StringIO(text.text))["project"].tolist() == list(
        solved.tables.choice["project"]
    )
    assert pd.read_parquet(io.BytesIO(file.content)).equals(solved.tables.activity)
    assert none.status_code == 406
    assert unknown.status_code == 404


def test_a_spreadsheet_runs_no_formula_of_ours(service: Service, fund: Fund, solved: Plan) -> None:
    from dataclasses import replace

    choice = solved.tables.choice.assign(project="=1+1")
    wicked = replace(solved, tables=replace(solved.tables, choice=choice))
    identifier = planned(service.store, fund.analyst, wicked)
    with service.client(fund.viewer, Accept="text/csv") as client:
        text = client.get(f"/v1/plans/{identifier}/tables/choice").text
    assert "'=1+1," in text
    assert "\n=" not in text


def test_plans_are_compared(service: Service, fund: Fund, plan_id: str, solved: Plan) -> None:
    other = planned(service.store, fund.analyst, solved)
    with service.client(fund.viewer) as client:
        found = client.get("/v1/plans/comparison", params={"plan": [plan_id, other]})
        one = client.get("/v1/plans/comparison", params={"plan": [plan_id]})

    assert found.status_code == 200, found.text
    assert found.json()["plans"] == [plan_id, other]
    assert found.json()["inputs"] == []
    cost = next(row for row in found.json()["criteria"] if row["criterion"] == "expected_cost")
    assert cost["value"][other] == solved.criteria["expected_cost"]
    assert cost["difference"] == {other: 0.0}
    assert one.status_code == 422


def test_a_sponsor_sees_its_own_projects_only(
    service: Service, fund: Fund, plan_id: str, solved: Plan
) -> None:
    path = f"/v1/plans/{plan_id}"
    with service.client(fund.admin) as admin:
        admin.put(f"{path}/shares/{fund.sponsor.caller.organisation_id}", json={})
    with service.client(fund.sponsor) as sponsor:
        seen = sponsor.get(path).json()
        assert "proof" not in seen
        assert {one["project"] for one in seen["chosen"]} <= {"pit"}
        for part in ("certificate", "decision-record", "report", "archive", "review", "tables"):
            assert sponsor.get(f"{path}/{part}").status_code == 403, part
        for name in ("cash", "policies", "flows", "served"):
            assert sponsor.get(f"{path}/tables/{name}").status_code == 403, name
        for name in ("choice", "commitments", "private", "activity"):
            rows = sponsor.get(f"{path}/tables/{name}").json()
            assert {row["project"] for row in rows} <= {"pit"}, name
        headers = {"Accept": PARQUET}
        file = sponsor.get(f"{path}/tables/activity", headers=headers).content
        assert set(pd.read_parquet(io.BytesIO(file))["project"]) <= {"pit"}
        compared = {"plan": [plan_id, plan_id]}
        assert sponsor.get("/v1/plans/comparison", params=compared).status_code == 403
        assert len(sponsor.get("/v1/plans").json()["items"]) == 1


def test_a_review_is_taken_step_by_step(service: Service, fund: Fund, plan_id: str) -> None:
    path = f"/v1/plans/{plan_id}/review"
    with service.client(fund.analyst) as analyst, service.client(fund.admin) as admin:
        assert analyst.post(path, json={"state": "in_review"}).status_code == 428
        first = {"If-Match": '"1"'}
        asked = analyst.post(path, json={"state": "in_review"}, headers=first)
        assert asked.headers["ETag"] == '"2"'
        second = {"If-Match": '"2"'}
        own = analyst.post(path, json={"state": "reviewed"}, headers=second)
        assert own.status_code == 403
        stale = admin.post(path, json={"state": "reviewed"}, headers=first)
        assert stale.status_code == 412
        assert admin.post(path, json={"state": "signed_off"}, headers=second).status_code == 409
        admin.post(path, json={"state": "reviewed"}, headers=second)
        third = {"If-Match": '"3"'}
        same = admin.post(path, json={"state": "signed_off"}, headers=third)
        assert same.status_code == 403
        chair = person(service.store, fund.secretariat, "admin", "Chair")
        with service.client(chair) as other:
            signed = other.post(path, json={"state": "signed_off"}, headers=third)
        assert signed.json()["review"] == "signed_off"
        steps = analyst.get(path).json()
        log = [entry["action"] for entry in admin.get("/v1/audit").json()["items"]]
    assert [step["after"] for step in steps] == ["in_review", "reviewed", "signed_off"]
    acts = [action for action in log if action != "act.refuse"]
    assert acts[:3] == ["plan.sign_off", "plan.review", "plan.submit"]


def test_of_two_changes_to_one_version_one_is_made(service: Service, fund: Fund) -> None:
    path = f"/v1/organisations/{fund.secretariat}"

    def rename(name: str) -> httpx.Response:
        with service.client(fund.admin, **{"If-Match": '"1"'}) as client:
            return client.patch(path, json={"name": name})

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(rename, ["one", "other"]))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
