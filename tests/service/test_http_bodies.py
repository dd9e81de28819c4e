"""Bodies of requests: the role before the body, no large ones but submissions, no million items."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from api.http.admission import CONTROL_BYTES
from api.http.strict_bodies import MOST_VALUES
from tests.support.whole_job import operations

if TYPE_CHECKING:
    from tests.support.application import Fund, Service

UPLOADS = (("post", "/v1/instances"), ("post", "/v1/instances/upload"))
BODIES = {
    "items": b'{"kind":"solve","changes":[' + b",".join([b"{}"] * 80_000) + b"]}",
    "fields": b"{" + b",".join(b'"f%d":1' % n for n in range(20_000)) + b"}",
    "list": b"[" + b",".join([b"0"] * 100_000) + b"]",
    "pairs": b'{"changes":[' + b",".join([b'{"a":1,"b":2}'] * 15_000) + b"]}",
}
"""Each within the bytes that a request may have, and far beyond what one can mean."""


def with_body(service: Service) -> list[tuple[str, str]]:
    """Every route that takes a JSON body, but the submission of an instance."""
    return [
        (one.method, re.sub(r"\{\w+\}", "x", one.path))
        for one in operations(service.app.openapi())
        if "requestBody" in one.declared and (one.method, one.path) not in UPLOADS
    ]


def test_only_submissions_may_be_large(service: Service, fund: Fund) -> None:
    body = b'{"a":"' + b"x" * CONTROL_BYTES + b'"}'
    routes = with_body(service)
    assert len(routes) > 10
    with service.client(fund.admin, **{"Content-Type": "application/json"}) as client:
        for method, path in routes:
            whole = client.request(method, path, content=body)
            parts = client.request(method, path, content=iter([body[:1000], body[1000:]]))
            assert (whole.status_code, parts.status_code) == (413, 413), (method, path)
        assert client.post("/v1/instances", content=body).status_code == 422
        file = {"Content-Type": "application/octet-stream"}
        answer = client.post("/v1/instances/upload?format=zip", content=body, headers=file)
        assert answer.status_code == 422


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_of_too_many_values_is_one_fault(service: Service, fund: Fund, body: bytes) -> None:
    assert len(body) <= CONTROL_BYTES
    with service.client(fund.admin, **{"Content-Type": "application/json"}) as client:
        for method, path in with_body(service):
            answer = client.request(method, path, content=body)
            assert answer.status_code == 422, (method, path)
            assert f"more than {MOST_VALUES:,} values" in answer.json()["detail"]
            assert len(answer.content) < 1000


def test_the_role_comes_before_the_body(service: Service, fund: Fund) -> None:
    """A viewer who may not act learns that, whatever it sends, and nothing is made of it."""
    refused = 0
    with service.client(fund.viewer, **{"Content-Type": "application/json"}) as client:
        for method, path in with_body(service):
            proper = client.request(method, path, content=b"{}")
            broken = client.request(method, path, content=b"{")
            many = client.request(method, path, content=BODIES["items"])
            assert (
                broken.status_code
                == many.status_code
                == (403 if proper.status_code == 403 else 422)
            ), (method, path)
            refused += proper.status_code == 403
    assert refused > 5


def test_a_thousand_changes_are_taken(service: Service, fund: Fund) -> None:
    changes = [
        {"kind": "set_value", "path": f"projects.p{n}.name", "value": n} for n in range(1000)
    ]
    with service.client(fund.analyst) as client:
        answer = client.post(
            "/v1/instances/ins_" + "0" * 24 + "/changes", json={"changes": changes}
        )

    assert "values" not in json.dumps(answer.json().get("detail", ""))
