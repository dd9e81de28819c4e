"""Manners of HTTP at every route: HEAD, Allow, entity tags, compression, other origins, hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.datastructures import Headers

from api.http.manners import Strict
from api.store import Store
from tests.support.application import planned, running
from tests.support.people import queued, tiny

if TYPE_CHECKING:
    import httpx

    from api.reading import Readers
    from api.settings import Settings
    from optimizer import Plan
    from tests.support.application import Fund, Service

LARGE = {"Accept-Encoding": "gzip"}


@pytest.fixture
def pages(store: Store, service: Service, fund: Fund, solved: Plan) -> list[str]:
    """Every page of the document that is read, with what its path names."""
    plan = planned(store, fund.admin, solved)
    job = queued(store, fund.admin.caller, tiny(store, fund.admin.caller).id)
    names: dict[str, Any] = {
        "plan_id": plan,
        "job_id": job.id,
        "instance_id": job.instance_id,
        "organisation_id": fund.secretariat,
        "user_id": fund.admin.caller.user_id,
        "table": "choice",
        "name": "choice",
    }
    found = []
    for path, operations in service.app.openapi()["paths"].items():
        if "get" in operations and "webhook" not in path:
            shared = plan if path.startswith("/v1/plans") else job.instance_id
            found.append(path.format_map(names | {"resource_id": shared}))
    assert len(found) > 20
    query = {"/v1/plans/comparison": f"?ids={plan}&ids={plan}"}
    return [page + query.get(page, "") for page in found if "{" not in page]


def test_head_answers_as_get_does_without_a_body(
    service: Service, fund: Fund, pages: list[str]
) -> None:
    """At every page, streams among them, which would go on for as long as the job."""
    with service.client(fund.admin, Accept="*/*") as client:
        for page in pages:
            head = client.head(page)
            assert head.content == b"", page
            if page.endswith("/events"):
                assert head.headers["Content-Type"].startswith("text/event-stream")
                continue
            got = client.get(page)
            assert head.status_code == got.status_code, page
            assert head.headers["Content-Type"] == got.headers["Content-Type"], page


def test_what_has_not_changed_is_not_sent_again(
    service: Service, fund: Fund, pages: list[str]
) -> None:
    tagged = 0
    with service.client(fund.admin) as client:
        for page in pages:
            if page.endswith("/events") or page == "/metrics":
                continue
            first = client.get(page)
            tag = first.headers.get("ETag")
            if first.status_code != 200 or tag is None:
                continue
            tagged += 1
            again = client.get(page, headers={"If-None-Match": f'"other", {tag}'})
            changed = client.get(page, headers={"If-None-Match": '"other"'})
            if page == "/v1/me" or "keys" in page:  # The last use of a key is told there.
                continue
            assert again.status_code == 304, page
            assert again.content == b""
            assert again.headers["ETag"] == tag
            assert changed.status_code == 200
    assert tagged > 15


def test_a_method_that_is_not_there_is_told_all_that_are(service: Service, fund: Fund) -> None:
    """Allow names every method that the document has at the path, and HEAD beside GET."""
    document = service.app.openapi()
    with service.client(fund.admin) as client:
        for path, operations in document["paths"].items():
            methods = {method.upper() for method in operations}
            page = path.replace("{", "").replace("}", "")
            missing = next(m for m in ("PUT", "PATCH", "DELETE", "POST") if m not in methods)
            answer = client.request(missing, page)
            if answer.status_code != 405:
                continue  # Another path of the document matches it as well.
            told = set(answer.headers["Allow"].split(", "))
            assert told >= methods | ({"HEAD"} if "GET" in methods else set()), path
            assert missing not in told


def test_large_answers_are_compressed_for_those_who_can_read_it(
    service: Service, fund: Fund, store: Store, solved: Plan
) -> None:
    plan = planned(store, fund.admin, solved)
    page = "/v1/openapi.json"
    with service.client(fund.admin) as client:
        plain = client.get(page, headers={"Accept-Encoding": "identity"})
        small = client.get(page, headers=LARGE)
        assert "Content-Encoding" not in plain.headers
        assert small.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in small.headers["Vary"]
        assert int(small.headers["Content-Length"]) < len(plain.content) / 4
        assert small.json() == plain.json()
        assert small.headers["ETag"] == plain.headers["ETag"]
        archive = client.get(f"/v1/plans/{plan}/archive", headers=LARGE)
        assert "Content-Encoding" not in archive.headers
        table = client.get(
            f"/v1/plans/{plan}/tables/choice",
            headers=LARGE | {"Accept": "application/vnd.apache.parquet"},
        )
        assert "Content-Encoding" not in table.headers


def preflight(client: httpx.Client, origin: str) -> httpx.Response:
    return client.options(
        "/v1/plans",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization, idempotency-key",
        },
    )


def test_pages_of_the_origins_of_the_settings_may_call_and_no_others(
    store: Store, settings: Settings, readers: Readers, fund: Fund, service: Service
) -> None:
    ours, other = "https://fund.example", "https://evil.example"
    with service.client(fund.admin) as client:
        assert "Access-Control-Allow-Origin" not in preflight(client, ours).headers
        answer = client.get("/v1/me", headers={"Origin": ours})
        assert "Access-Control-Allow-Origin" not in answer.headers
    opened = Store(settings.model_copy(update={"origins": (ours,)}))
    with running(opened, readers) as found, found.client(fund.admin) as client:
        allowed = preflight(client, ours)
        assert allowed.status_code == 200
        assert allowed.headers["Access-Control-Allow-Origin"] == ours
        assert "Access-Control-Allow-Credentials" not in allowed.headers
        assert preflight(client, other).status_code == 400
        answer = client.get("/v1/me", headers={"Origin": ours})
        assert answer.headers["Access-Control-Allow-Origin"] == ours
        assert "RateLimit-Remaining" in answer.headers["Access-Control-Expose-Headers"]
        refused = client.get("/v1/nowhere", headers={"Origin": ours})
        assert refused.headers["Access-Control-Allow-Origin"] == ours
        elsewhere = client.get("/v1/me", headers={"Origin": other})
        assert "Access-Control-Allow-Origin" not in elsewhere.headers
    opened.close()


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("fund.example", True),
        ("FUND.example:8443", True),
        ("10.0.0.5", True),
        ("[::1]", True),
        ("[::1]:8000", True),
        ("evil.example", False),
        ("fund.example.evil.example", False),
        ("", False),
    ],
)
def test_only_the_hosts_of_the_settings_are_served(host: str, taken: bool) -> None:
    strict = Strict(lambda *_: None, ("fund.example", "10.0.0.5", "[::1]"))  # type: ignore[arg-type,return-value]
    assert strict._takes(Headers({"host": host})) is taken
    assert Strict(lambda *_: None)._takes(Headers({"host": host}))  # type: ignore[arg-type,return-value]


def test_no_answer_sends_to_a_host_that_the_request_made_up(service: Service) -> None:
    with service.client() as client:
        forged = {"Host": "evil.example", "X-Forwarded-Proto": "https"}
        answer = client.get("/livez/", headers=forged)
    assert answer.status_code == 404
    assert "Location" not in answer.headers


def test_a_stream_that_has_told_everything_is_not_asked_for_again(
    service: Service, fund: Fund, store: Store
) -> None:
    """204 ends the reconnections of a browser's EventSource; before the end it streams."""
    job = queued(store, fund.analyst.caller, tiny(store, fund.analyst.caller).id)
    page = f"/v1/jobs/{job.id}/events"
    with service.client(fund.analyst, Accept="text/event-stream") as client:
        assert client.post(f"/v1/jobs/{job.id}/cancel").status_code in (200, 202)
        first = client.get(page)
        assert first.status_code == 200
        last = [line for line in first.text.splitlines() if line.startswith("id: ")][-1][4:]
        again = client.get(page, headers={"Last-Event-ID": last})
        half = client.get(page, headers={"Last-Event-ID": str(int(last) - 1)})
    assert again.status_code == 204
    assert again.headers["Content-Type"].startswith("text/event-stream")
    assert again.content == b""
    assert half.status_code == 200
    assert f"id: {last}" in half.text
