"""What generated clients live by: bytes both ways, one type an operation, types that are true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.errors import NotAcceptable
from api.http.accept import accepted, preferred
from api.http.operation_names import LOCATED, NAMES, TAGGED
from api.resources.comparisons import Comparison
from api.resources.organisations import Quota
from api.resources.plan_tables import DESCRIBED, TableRow
from optimizer import load
from optimizer.instance.formats import save
from tests.service.test_http_instances import TINY, zipped
from tests.support.application import planned
from tests.support.people import organisation, person, tiny
from tests.support.whole_job import operations

if TYPE_CHECKING:
    import httpx

    from optimizer import Plan
    from tests.support.application import Fund, Service

OCTETS = "application/octet-stream"
FILE = {"Content-Type": OCTETS}
UPLOAD = "/v1/instances/upload"
STREAM, JSON = "text/event-stream", "application/json"
AXIOS = "application/json, text/plain, */*"


@pytest.mark.parametrize(
    ("header", "best"),
    [
        ("*/*", STREAM),
        (AXIOS, JSON),
        ("*/*, application/*", JSON),
        ("text/*, application/json", JSON),
        ("text/*, application/json;q=0.9", STREAM),
        ("application/json;q=0.1, */*;q=0.2", STREAM),
        ("text/event-stream, application/json", STREAM),
    ],
)
def test_a_type_that_is_named_goes_before_one_of_a_range(header: str, best: str) -> None:
    assert accepted(header, (STREAM, JSON)) == best


def test_what_is_not_accepted_is_refused_or_the_first() -> None:
    with pytest.raises(NotAcceptable):
        accepted("image/png", (STREAM, JSON))
    assert preferred("image/png", (STREAM, JSON)) == STREAM


@pytest.fixture(params=["zip", "xlsx"])
def upload(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, bytes]:
    """A format, and `tiny` in it."""
    if request.param == "zip":
        return "zip", zipped(TINY)
    path = tmp_path / "tiny.xlsx"
    save(load(TINY), path)
    return "xlsx", path.read_bytes()


def test_a_file_is_submitted_as_bytes(
    service: Service, fund: Fund, upload: tuple[str, bytes]
) -> None:
    """As by `POST /v1/instances`: with label and tag, once by a key, and in the audit log."""
    form, body = upload
    asked = {"format": form, "label": "by bytes"}
    with service.client(fund.analyst, **FILE, **{"Idempotency-Key": "k"}) as client:
        answer = client.post(UPLOAD, params=asked, content=body)
        again = client.post(UPLOAD, params=asked, content=body)
        other = client.post(UPLOAD, params=asked | {"label": "x"}, content=body)
        found = client.get(answer.headers["Location"])
    with service.client(fund.admin) as client:
        log = client.get("/v1/audit").json()["items"]

    assert answer.status_code == 201, answer.text
    assert answer.json()["content_hash"] == load(TINY).content_hash
    assert answer.json()["label"] == "by bytes"
    assert answer.headers["ETag"] == f'"{load(TINY).content_hash}"'
    assert again.json() == answer.json() == found.json()
    assert other.status_code == 422
    told = [one for one in log if one["action"] == "instance.submit"]
    assert [one["resource"] for one in told] == [answer.json()["id"]]


def test_an_upload_is_refused_as_a_submission_is(service: Service, fund: Fund) -> None:
    small = person(
        service.store, organisation(service.store, "Small", quota=Quota(instance_bytes=100))
    )
    zipfile = {"format": "zip"}
    with service.client(fund.analyst) as client:
        unnamed = client.post(UPLOAD, content=zipped(TINY), headers=FILE)
        unknown = client.post(UPLOAD, params={"format": "json"}, content=b"{}", headers=FILE)
        typed = client.post(
            UPLOAD, params=zipfile, content=b"PK", headers={"Content-Type": "application/zip"}
        )
        broken = client.post(UPLOAD, params=zipfile, content=b"PK", headers=FILE)
    with service.client(fund.viewer, **FILE) as client:
        viewer = client.post(UPLOAD, params=zipfile, content=zipped(TINY))
    with service.client(small, **FILE) as client:
        large = client.post(UPLOAD, params=zipfile, content=zipped(TINY))

    got = [one.status_code for one in (unnamed, unknown, typed, broken, viewer, large)]
    assert got == [422, 422, 415, 422, 403, 413]


def test_downloads_are_bytes_for_those_who_ask_so_and_have_names(
    service: Service, fund: Fund, solved: Plan
) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    plan_id = planned(service.store, fund.analyst, solved)
    plan, here = f"/v1/plans/{plan_id}", f"/v1/instances/{instance.id}"
    names = {
        f"{here}/workbook": "tiny.xlsx",
        f"{here}/folder": "tiny.zip",
        f"{plan}/archive": f"{plan_id}.zip",
        f"{plan}/tables/choice/parquet": f"{plan_id}-choice.parquet",
    }
    with service.client(fund.viewer) as client:
        for path, name in names.items():
            usual, octets = client.get(path), client.get(path, headers={"Accept": OCTETS})
            other = client.get(path, headers={"Accept": "image/png"})
            assert usual.headers["Content-Disposition"] == f'attachment; filename="{name}"'
            assert octets.headers["Content-Type"] == OCTETS
            assert usual.headers["Content-Type"] == other.headers["Content-Type"] != OCTETS
            assert usual.content[:4] == octets.content[:4]
        table = client.get(f"{plan}/tables/choice/csv")
        assert (
            table.text == client.get(f"{plan}/tables/choice", headers={"Accept": "text/csv"}).text
        )
        assert table.headers["Content-Disposition"].endswith('-choice.csv"')
        for path in (f"{plan}/report", f"{plan}/tables/choice", f"{here}/document"):
            assert "filename=" in client.get(path).headers["Content-Disposition"], path


def test_the_rows_of_every_table_are_as_described(
    service: Service, fund: Fund, solved: Plan
) -> None:
    plan_id = planned(service.store, fund.analyst, solved)
    with service.client(fund.viewer) as client:
        found = {one["name"] for one in client.get(f"/v1/plans/{plan_id}/tables").json()}
        for name in found:
            for row in client.get(f"/v1/plans/{plan_id}/tables/{name}").json():
                TableRow.model_validate(row)
    assert found == set(DESCRIBED)


def test_a_comparison_is_as_described(service: Service, fund: Fund, solved: Plan) -> None:
    plans = [planned(service.store, fund.analyst, solved) for _ in range(2)]
    with service.client(fund.viewer) as client:
        answer = client.get("/v1/plans/comparison", params={"plan": plans})
    found = Comparison.model_validate_json(answer.content)
    assert found.plans == tuple(plans)
    assert found.schedule
    assert found.criteria


def test_events_have_an_operation_for_pages(service: Service, fund: Fund, solved: Plan) -> None:
    planned(service.store, fund.analyst, solved)
    with service.client(fund.analyst) as client:
        (job,) = client.get("/v1/jobs").json()["items"]
        whole = client.get(f"/v1/jobs/{job['id']}/history").json()
        as_before = client.get(f"/v1/jobs/{job['id']}/events", headers={"Accept": AXIOS})
        first = client.get(f"/v1/jobs/{job['id']}/history", params={"limit": 1}).json()
    assert as_before.json() == whole
    assert len(whole["items"]) > 1
    assert first == {"items": whole["items"][:1], "next": "1"}


def test_no_operation_mixes_what_generators_cannot_tell_apart(service: Service) -> None:
    """One type of body; one answer that is parsed, and no stream beside JSON."""
    for operation in operations(service.app.openapi()):
        body = operation.declared.get("requestBody", {}).get("content", {})
        assert len(body) <= 1, operation
        for status, answer in operation.declared["responses"].items():
            kinds = set(answer.get("content", {}))
            assert STREAM not in kinds or kinds == {STREAM}, (operation, status)
            binary = {
                kind
                for kind in kinds
                if answer["content"][kind]["schema"].get("format") == "binary"
            }
            assert not binary or OCTETS in binary or JSON in kinds, (operation, status)


def test_the_instance_s_schema_is_served_to_anybody(service: Service) -> None:
    with service.client() as client:
        answer = client.get("/v1/instance.schema.json")
    assert answer.json() == json.loads(Path("docs/instance.schema.json").read_text())


def test_what_is_made_has_a_place_and_what_changes_a_tag(
    service: Service, fund: Fund, solved: Plan
) -> None:
    """As declared: no operation that is not called here declares a Location."""
    plan_id = planned(service.store, fund.analyst, solved)
    home = f"/v1/organisations/{fund.secretariat}"
    with service.client(fund.admin) as client:
        answers: dict[str, httpx.Response] = {}

        def send(called: str, method: str, path: str, **how: Any) -> httpx.Response:
            answers[called] = client.request(method, path, **how)
            assert answers[called].is_success, answers[called].text
            return answers[called]

        document = load(TINY).model_dump(mode="json")
        made = send("submit_instance", "POST", "/v1/instances", json=document).json()["id"]
        zipfile = {"format": "zip", "label": "x"}
        send("upload_instance", "POST", UPLOAD, params=zipfile, content=zipped(TINY), headers=FILE)
        poorer = {"changes": [{"kind": "scale_budget", "factor": 0.8}]}
        send("change_instance", "POST", f"/v1/instances/{made}/changes", json=poorer)
        job = send("submit_job", "POST", "/v1/jobs", json={"kind": "solve", "instance_id": made})
        client.post(f"/v1/jobs/{job.json()['id']}/cancel")
        send("retry_job", "POST", f"/v1/jobs/{job.json()['id']}/retry")
        sponsor = {"name": "New", "kind": "sponsor"}
        send("add_organisation", "POST", "/v1/organisations", json=sponsor)
        user = send("add_user", "POST", f"{home}/users", json={"name": "Eve", "role": "viewer"})
        there = user.headers["Location"]
        tag = {"If-Match": '"1"'}
        send("change_user", "PATCH", there, json={"name": "Eva"}, headers=tag)
        send("free_user_subject", "DELETE", f"{there}/subject")
        send("change_organisation", "PATCH", home, json={"name": "Fund"}, headers=tag)
        archived = {"archived": False}
        send("archive_plan", "PATCH", f"/v1/plans/{plan_id}", json=archived, headers=tag)
        step = {"state": "in_review"}
        send("review_plan", "POST", f"/v1/plans/{plan_id}/review", json=step, headers=tag)
        send("add_webhook", "POST", "/v1/webhooks", json={"url": "https://1.1.1.1/"})

    assert set(answers) == LOCATED | TAGGED <= set(NAMES.values())
    for called, answer in answers.items():
        assert ("Location" in answer.headers) == (called in LOCATED), called
        assert ("ETag" in answer.headers) == (called in TAGGED), called
