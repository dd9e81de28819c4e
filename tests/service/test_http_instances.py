"""Instances over HTTP: submit in every format, download, change, delete, share."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from api.client.archives import KINDS
from api.resources.organisations import Quota
from api.store.tables import audit, idempotency, instances
from optimizer import load
from optimizer.instance.formats import save
from tests.support.people import organisation, person, queued, tiny
from tests.support.spreadsheets import as_saved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.application import Fund, Service

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TINY = Path("instances/tiny")


def zipped(folder: Path, top: str = "", more: Mapping[str, bytes] = {}) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, top + path.name)
        for name, content in more.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.fixture(params=["json", "xlsx", "xlsm", "ods", "zip", "zip with a top folder", "finder"])
def submission(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, bytes]:
    """Media type and body of `tiny` in each format."""
    if request.param.startswith("zip"):
        return "application/zip", zipped(TINY, "tiny/" if "top" in request.param else "")
    if request.param == "finder":
        return "application/zip", zipped(TINY, "tiny/", {"__MACOSX/tiny/._zones.csv": b"x"})
    if request.param in ("xlsm", "ods"):
        saved = Path(f"tests/files/budget.{request.param}")
        return KINDS[saved.suffix], saved.read_bytes()
    path = tmp_path / f"tiny.{request.param}"
    save(load(TINY), path)
    return {"json": "application/json", "xlsx": XLSX}[request.param], path.read_bytes()


def test_every_format_says_the_same(
    service: Service, fund: Fund, submission: tuple[str, bytes]
) -> None:
    kind, body = submission
    with service.client(fund.analyst, **{"Content-Type": kind}) as client:
        answer = client.post("/v1/instances", content=body)
        found = client.get(answer.headers["Location"])

    assert answer.status_code == 201, answer.text
    by_libreoffice = kind in (KINDS[".xlsm"], KINDS[".ods"])
    its = as_saved() if by_libreoffice else load(TINY)
    assert answer.json()["content_hash"] == its.content_hash
    assert answer.headers["ETag"] == f'"{its.content_hash}"'
    assert answer.json()["assumed_share"] == 1.0
    assert answer.json()["rows"]["projects"] == 4
    assert found.json() == answer.json()


def kept_of(service: Service) -> list[int]:
    """Rows of the tables that a submission writes to."""
    with service.store.database.read() as connection:
        tables = (instances, audit, idempotency)
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        ]


def test_a_dry_run_says_what_would_be_kept_and_keeps_nothing(
    service: Service, fund: Fund, submission: tuple[str, bytes]
) -> None:
    kind, body = submission
    headers = {"Content-Type": kind, "Idempotency-Key": hashlib.sha256(body).hexdigest()}
    with service.client(fund.analyst, **headers) as client:
        before = kept_of(service)
        tried = client.post("/v1/instances", params={"dry_run": "true"}, content=body)
        assert kept_of(service) == before
        made = client.post("/v1/instances", content=body)

    assert tried.status_code == 200, tried.text
    assert "Location" not in tried.headers
    assert made.status_code == 201
    seen = tried.json()
    assert (seen.pop("fits"), seen.pop("why_not")) == (True, "")
    assert seen == {name: made.json()[name] for name in seen}


def test_a_what_if_is_tried_like_a_submission(service: Service, fund: Fund) -> None:
    path = f"/v1/instances/{tiny(service.store, fund.analyst.caller).id}/changes"
    good = {"changes": [{"kind": "scale_budget", "factor": 0.5}]}
    bad = {"changes": [{"kind": "set", "path": "nowhere.at.all", "value": 1}]}
    with service.client(fund.analyst) as client:
        before = kept_of(service)
        tried = client.post(path, params={"dry_run": "true"}, json=good)
        refused = client.post(path, params={"dry_run": "true"}, json=bad)
        assert kept_of(service) == before
        made, faulty = client.post(path, json=good), client.post(path, json=bad)

    assert tried.status_code == 200, tried.text
    assert tried.json()["content_hash"] == made.json()["content_hash"]
    assert refused.status_code == faulty.status_code == 422
    assert refused.json()["faults"] == faulty.json()["faults"]


def test_a_dry_run_says_which_quota_leaves_no_room(service: Service) -> None:
    full = person(service.store, organisation(service.store, quota=Quota(instances=0)))
    document = load(TINY).model_dump(mode="json")
    with service.client(full) as client:
        tried = client.post("/v1/instances", params={"dry_run": "true"}, json=document)
        refused = client.post("/v1/instances", json=document)

    assert tried.status_code == 200
    assert not tried.json()["fits"]
    assert refused.status_code == 429
    assert tried.json()["why_not"] == refused.json()["detail"]


def test_every_download_can_be_submitted_again(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    with service.client(fund.analyst) as client:
        for part, kind in (
            ("document", "application/json"),
            ("workbook", XLSX),
            ("folder", "application/zip"),
        ):
            download = client.get(f"/v1/instances/{instance.id}/{part}")
            assert download.headers["Content-Type"] == kind
            again = client.post(
                "/v1/instances", content=download.content, headers={"Content-Type": kind}
            )
            assert again.json()["content_hash"] == instance.content_hash
            if part == "document":
                assert hashlib.sha256(download.content).hexdigest() == instance.content_hash


def test_all_faults_are_told_at_once(service: Service, fund: Fund) -> None:
    document = load(TINY).model_dump(mode="json")
    document["projects"][0]["country"] = "Chile"
    document["projects"][1]["capacity_t_per_year"] = -1
    with service.client(fund.analyst) as client:
        answer = client.post("/v1/instances", json=document)

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    faults = answer.json()["faults"]
    assert any("'Chile' is not an ISO 3166-1 alpha-3 code" in fault for fault in faults)
    assert any("is negative" in fault for fault in faults)


def test_thousands_of_faults_are_counted_not_listed(service: Service, fund: Fund) -> None:
    document = load(TINY).model_dump(mode="json")
    for number, table in enumerate(("countries", "zones")):
        row = document[table][0]
        document[table] = [row | {"id": f"!{number}{one}"} for one in range(900)]
    with service.client(fund.analyst) as client:
        problem = client.post("/v1/instances", json=document).json()

    assert len(problem["faults"]) == 1000
    assert problem["faults_left_out"] > 500


def test_a_submission_over_the_quota_is_refused(service: Service) -> None:
    small = organisation(service.store, quota=Quota(instance_bytes=100, instances=0))
    ada = person(service.store, small)
    with service.client(ada, **{"Content-Type": "application/json"}) as client:
        assert client.post("/v1/instances", content=b"{" + b" " * 200).status_code == 413


def test_an_instance_is_deleted_unless_it_is_needed(service: Service, fund: Fund) -> None:
    free = tiny(service.store, fund.analyst.caller)
    needed = tiny(service.store, fund.analyst.caller)
    queued(service.store, fund.analyst.caller, needed.id)
    with service.client(fund.analyst) as client:
        assert client.delete(f"/v1/instances/{free.id}").status_code == 204
        assert client.get(f"/v1/instances/{free.id}").status_code == 404
        assert client.delete(f"/v1/instances/{needed.id}").status_code == 409


def test_lists_go_on_where_they_ended(service: Service, fund: Fund) -> None:
    made = [tiny(service.store, fund.analyst.caller).id for _ in range(5)]
    with service.client(fund.viewer) as client:
        seen: list[str] = []
        cursor = None
        while True:
            params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = client.get("/v1/instances", params=params).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
    assert sorted(seen) == sorted(made)


def test_a_sponsor_sees_its_own_rows_of_a_shared_instance(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    path = f"/v1/instances/{instance.id}"
    organisation_id = fund.sponsor.caller.organisation_id
    with service.client(fund.sponsor) as sponsor, service.client(fund.admin) as admin:
        assert sponsor.get(path).status_code == 404
        shared = admin.put(f"{path}/shares/{organisation_id}", json={"note": "yours"})
        assert shared.json()["organisation_id"] == organisation_id
        seen = sponsor.get(path).json()
        part = sponsor.get(f"{path}/document").json()
        assert seen["rows"] == {}
        assert [row["id"] for row in part["projects"]] == ["pit"]
        assert {row["project"] for row in part["recipes"]} == {"pit"}
        assert sponsor.get(f"{path}/workbook").status_code == 403
        assert sponsor.get(f"{path}/folder").status_code == 403
        assert sponsor.delete(path).status_code == 403
        assert sponsor.get(f"{path}/shares").status_code == 403
        assert len(admin.get(f"{path}/shares").json()) == 1
        assert admin.delete(f"{path}/shares/{organisation_id}").status_code == 204
        assert sponsor.get(path).status_code == 404
        assert admin.delete(f"{path}/shares/{organisation_id}").status_code == 404


def test_a_member_reads_what_is_shared_and_changes_nothing(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    path = f"/v1/instances/{instance.id}"
    with service.client(fund.member) as member, service.client(fund.admin) as admin:
        admin.put(f"{path}/shares/{fund.member.caller.organisation_id}", json={})
        assert member.get(f"{path}/folder").status_code == 200
        change = {"changes": [{"kind": "scale_budget", "factor": 2}]}
        assert member.post(f"{path}/changes", json=change).status_code == 403
        assert member.delete(path).status_code == 403
        body = {"kind": "solve", "instance_id": instance.id}
        assert member.post("/v1/jobs", json=body).status_code == 403
        stranger = fund.stranger.caller.organisation_id
        assert admin.put(f"{path}/shares/{stranger}", json={}).status_code == 422
