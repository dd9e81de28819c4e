"""What stands around every route: recognition, limits, problems, headers, log lines, measures."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import httpx
import pytest
import structlog

from api.resources.organisations import UserChange
from api.store import Store, keys, organisations
from tests.support.application import running
from tests.support.people import tiny

if TYPE_CHECKING:
    from api.reading import Readers
    from api.settings import Settings
    from tests.support.application import Fund, Service

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer nonsense",
        "Basic YTpi",
        "Bearer a.b.c",
        f"Bearer ldst_{'0' * 24}_{'A' * 43}",
        "Bearer \xff",
    ],
)
def test_strangers_are_asked_for_a_key(service: Service, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    answer = httpx.get(f"{service.url}/v1/jobs", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == PROBLEM


def test_a_key_that_has_ended_opens_nothing(service: Service, fund: Fund) -> None:
    with service.client(fund.analyst) as client:
        assert client.get("/v1/me").json()["user"]["role"] == "analyst"
        with service.store.database.write() as tx:
            assert fund.analyst.caller.key_id is not None
            keys.revoke(tx, fund.analyst.caller.key_id)
        assert client.get("/v1/me").status_code == 401
    with service.client(fund.viewer) as client:
        with service.store.database.write() as tx:
            user = organisations.user(tx, fund.viewer.caller.user_id)
            organisations.change_user(tx, user.id, UserChange(active=False), user.version)
        assert client.get("/v1/me").status_code == 401


def test_its_use_is_noted(service: Service, fund: Fund) -> None:
    with service.client(fund.admin) as client:
        here = f"/v1/organisations/{fund.secretariat}/users/{fund.admin.caller.user_id}/keys"
        assert client.get(here).json()["items"][0]["last_used_at"] is not None


def limited(store: Store, settings: Settings, **limits: int) -> Store:
    return Store(settings.model_copy(update=limits))


def test_too_many_requests_of_a_key(
    store: Store, settings: Settings, readers: Readers, fund: Fund
) -> None:
    few = limited(store, settings, requests_per_minute=3)
    with running(few, readers) as service, service.client(fund.admin) as client:
        answers = [client.get("/v1/me") for _ in range(4)]
        with service.client(fund.viewer) as viewer:
            other = viewer.get("/v1/me")
    few.close()
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers[:3]] == ["2", "1", "0"]
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert answers[3].json()["type"] == "urn:lodestone:problem:rate"
    assert other.status_code == 200


def test_too_many_strangers_do_not_shut_out_callers(
    store: Store, settings: Settings, readers: Readers, fund: Fund
) -> None:
    few = limited(store, settings, strangers_per_minute=2)
    with running(few, readers) as service, service.client() as client:
        statuses = [client.get("/v1/me").status_code for _ in range(4)]
        with service.client(fund.admin) as known:
            assert known.get("/v1/me").status_code == 200
        assert client.get("/livez").status_code == 200
    few.close()
    assert statuses == [401, 401, 429, 429]


def test_every_error_is_a_problem(service: Service, fund: Fund) -> None:
    with service.client(fund.admin) as client:
        for method, path, status in (
            ("GET", "/nowhere", 404),
            ("GET", "/v1/nowhere", 404),
            ("PUT", "/v1/jobs", 405),
            ("GET", "/v1/jobs/job_1", 422),
            ("GET", f"/v1/jobs/job_{'0' * 24}", 404),
            ("GET", "/v1/jobs?limit=0", 422),
            ("GET", "/v1/jobs?cursor=%ff", 422),
            ("GET", "/v1/jobs?since=0001-01-01T00:00:00", 200),
            ("GET", "/v1/jobs?until=9999-12-31T23:59:59-23:59", 200),
        ):
            answer = client.request(method, path)
            assert answer.status_code == status, path
            if status >= 400:
                assert answer.headers["Content-Type"] == PROBLEM
                assert answer.json()["status"] == status
                assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


def test_answers_cannot_be_misused(service: Service, fund: Fund) -> None:
    with service.client(fund.admin) as client:
        for path in ("/v1/me", "/v1/nowhere", "/livez"):
            headers = client.get(path).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"
            assert headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert "Server" not in headers


def test_a_request_keeps_its_number(service: Service, fund: Fund) -> None:
    """In the answer and in the audit log; a number that is none is replaced."""
    instance = tiny(service.store, fund.analyst.caller)
    with service.client(fund.admin) as client:
        headers = {"X-Request-ID": "my-request-0001"}
        answer = client.get(f"/v1/instances/{instance.id}", headers=headers)
        entry = client.get("/v1/audit").json()["items"][0]
        odd = client.get("/v1/me", headers={"X-Request-ID": "<script>alert(1)</script>"})
    assert answer.headers["X-Request-ID"] == "my-request-0001"
    assert (entry["action"], entry["request_id"]) == ("instance.read", "my-request-0001")
    assert "script" not in odd.headers["X-Request-ID"]


def test_log_lines_tell_who_and_what_but_no_secret(service: Service, fund: Fund) -> None:
    with structlog.testing.capture_logs() as lines, service.client(fund.analyst) as client:
        client.get("/v1/jobs?cursor=secret-query")
        client.post("/v1/jobs", json={"kind": "secret-body"})
        client.get("/v1/secret-path")
        deadline = time.monotonic() + 30
        told = []
        while len(told) < 3 and time.monotonic() < deadline:  # A line comes after its answer.
            told = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in told] == [422, 422, 404]
    assert [line["route"] for line in told] == ["/v1/jobs", "/v1/jobs", "unmatched"]
    assert {line["user_id"] for line in told} == {fund.analyst.caller.user_id}
    text = str(lines)
    assert "secret" not in text
    assert fund.analyst.secret not in text


def test_a_failure_is_told_without_what_was_sent(
    service: Service, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret-value")

    monkeypatch.setattr("api.store.organisations.user", broken)
    with structlog.testing.capture_logs() as lines, service.client(fund.admin) as client:
        answer = client.get("/v1/me")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == PROBLEM
    assert "secret-value" not in answer.text
    assert "secret-value" not in str(lines)
    assert any(line["event"] == "request failed" for line in lines)


def test_measures_name_routes_and_states_but_no_tenant(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    with service.client(fund.analyst) as client:
        client.post("/v1/jobs", json={"kind": "solve", "instance_id": instance.id})
        client.get(f"/v1/instances/{instance.id}")
        text = client.get("/metrics").text
    route = 'method="GET",route="/v1/instances/{instance_id}",status="200"'
    assert f"lodestone_requests_total{{{route}}} 1.0" in text
    assert 'lodestone_jobs{state="queued"} 1.0' in text
    assert "lodestone_jobs_waiting 1.0" in text
    assert "lodestone_streams_open 0.0" in text
    assert instance.id not in text
    assert fund.secretariat not in text


def test_readiness_is_the_database_s_and_the_disk_s(
    store: Store, settings: Settings, readers: Readers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    full = limited(store, settings, free_disk_mb=10_000_000)
    with running(full, readers) as service, service.client() as client:
        assert client.get("/livez").status_code == 200
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == PROBLEM
    full.close()
    empty = Store(
        settings.model_copy(
            update={"data_dir": tmp_path_factory.mktemp("empty"), "database_url": ""}
        )
    )
    with running(empty, readers) as service, service.client() as client:
        assert client.get("/readyz").status_code == 503
    empty.close()


def test_nothing_is_accepted_without_room(
    store: Store, settings: Settings, readers: Readers, fund: Fund
) -> None:
    instance = tiny(store, fund.analyst.caller)
    full = limited(store, settings, free_disk_mb=10_000_000)
    with running(full, readers) as service, service.client(fund.analyst) as client:
        body = {"kind": "solve", "instance_id": instance.id}
        assert client.post("/v1/jobs", json=body).status_code == 507
        assert client.get("/v1/jobs").json()["items"] == []
    full.close()


def test_a_question_in_unknown_words_is_refused_at_every_route(
    service: Service, fund: Fund
) -> None:
    """`plans?review=signed_off` was answered with every plan: a filter that is none misleads."""
    operations = [
        (method, path) for path, item in service.app.openapi()["paths"].items() for method in item
    ]
    assert len(operations) > 40
    with service.client(fund.admin, **{"Content-Type": "application/json"}) as client:
        for method, path in operations:
            place = re.sub(r"\{\w+\}", "x", path)
            answer = client.request(method, place, params={"revue": "signed_off"}, content=b"{}")
            assert answer.status_code == 422, (method, path)
            assert any("query revue: no such parameter" in f for f in answer.json()["faults"]), path
        answer = client.get("/v1/webhooks", params={"limit": 3, "cursr": "x", "a": 1})
    assert answer.json()["faults"] == [
        "query cursr: no such parameter; known: cursor, limit",
        "query a: no such parameter; known: cursor, limit",
    ]
