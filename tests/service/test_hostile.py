"""Hostile bodies to every route that takes one: documented refusals, no failure, no echo."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from optimizer import load
from tests.support.application import Service, running
from tests.support.whole_job import Everything, Operation, everything, opened, operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from api.reading import Readers
    from optimizer import Plan

LONG = "Q" * 1_000_000
LONGEST_QUOTE = 60
NOT_OURS = ("input should", "unable to", "valid tuple", "discriminator", "value error", "regex")
NOT_OURS += ("pattern", "validation", "not what is documented")
"""Words of the library, and our last resort."""
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, readers: Readers) -> Iterator[Service]:
    """One service for all of these tests: they leave nothing behind."""
    for store in opened(tmp_path_factory.mktemp("hostile")):
        with running(store, readers) as found:
            yield found


@pytest.fixture(scope="module")
def here(service: Service, solved: Plan) -> Everything:
    return everything(service.store, solved)


def valid(here: Everything) -> dict[str, Any]:
    """A body that each route takes, by method and path."""
    changes = [
        {"kind": "set", "path": "settings.title", "value": "x"},
        {"kind": "scale_budget", "factor": 1.5},
        {"kind": "lock", "project": "pit", "locked": "in"},
        {"kind": "switch", "policy": "cap", "enabled": True},
    ]
    user = "/v1/organisations/{organisation_id}/users"
    quota = {"queued_jobs": 5, "running_jobs": 1, "cpu_s_per_30_days": 9.5}
    return {
        "post /v1/instances": load("instances/tiny").model_dump(mode="json"),
        "post /v1/instances/upload": "a file",
        "post /v1/instances/{instance_id}/changes": {"changes": changes, "label": "x"},
        "patch /v1/instances/{instance_id}": {"archived": True},
        "patch /v1/jobs/{job_id}": {"archived": True},
        "patch /v1/plans/{plan_id}": {"archived": True},
        "post /v1/jobs": {
            "kind": "solve",
            "instance_id": here.ids["instance_id"],
            "changes": changes,
            "options": {"gap": 0.1, "worth_gap": 0.1, "time_limit_s": 5.0, "seed": 1},
            "priority": 3,
            "label": "x",
        },
        "post /v1/plans/{plan_id}/review": {"state": "in_review", "comment": "x"},
        "put /v1/instances/{resource_id}/shares/{organisation_id}": {"note": "x"},
        "put /v1/plans/{resource_id}/shares/{organisation_id}": {"note": "x"},
        "post /v1/organisations": {
            "name": "x",
            "kind": "member",
            "projects": ["pit"],
            "quota": quota,
        },
        "patch /v1/organisations/{organisation_id}": {"name": "x", "quota": quota},
        f"post {user}": {"name": "x", "role": "viewer", "subject": "somebody"},
        f"patch {user}/{{user_id}}": {"name": "x", "role": "viewer", "active": True},
        f"post {user}/{{user_id}}/keys": {"label": "x", "days": 3},
        "post /v1/webhooks": {"url": "https://1.1.1.1/"},
    }


def with_body(service: Service) -> list[Operation]:
    return [
        operation
        for operation in operations(service.app.openapi())
        if operation.method in ("post", "put", "patch")
    ]


def send(
    client: httpx.Client, here: Everything, operation: Operation, body: Any, **headers: str
) -> httpx.Response:
    path = operation.at(here.ids | {"resource_id": here.ids["plan_id"]})
    known = JSON | {"If-Match": '"1"'} | {name.replace("_", "-"): headers[name] for name in headers}
    return client.request(operation.method, path, content=body, headers=known)


def check(answer: httpx.Response, operation: Operation, what: object) -> None:
    """A documented refusal in our own form, that says nothing back."""
    told = f"{operation} {what}: {answer.status_code} {answer.text[:300]}"
    assert 400 <= answer.status_code < 500, told
    assert answer.status_code in operation.statuses, told
    assert answer.headers["Content-Type"] == "application/problem+json", told
    assert "Q" * (LONGEST_QUOTE + 1) not in answer.text, told
    assert "<script" not in answer.text, told
    assert answer.text.isprintable(), told
    assert len(answer.content) < 200_000, told
    said = " ".join(answer.json().get("faults", [])).lower()
    assert [words for words in NOT_OURS if words in said] == [], told
    assert len(answer.json().get("faults", [])) == len(answer.json().get("places", [])), told


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the single values of a body are; the first row of each list only."""
    if isinstance(value, dict):
        for key in list(value)[:12]:
            yield from leaves(value[key], (*at, key))
    elif isinstance(value, list):
        for number, part in enumerate(value[:4] if at == ("changes",) else value[:1]):
            yield from leaves(part, (*at, number))
    else:
        yield at


def replaced(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    """The same with another value at one place."""
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = replaced(value[at[0]], at[1:], new)
    return copy


HOSTILE = {
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "1e999": "1e999",
    "surrogate": '"\\ud800"',
    "NUL": '"\\u0000<script>"',
    "long": json.dumps(LONG),
    "digits": "9" * 5000,
    "nested": "[" * 100_000 + "]" * 100_000,
    "object": '{"<script>": {"__proto__": 1}}',
}
PLACEHOLDER = "@here@"


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_value_in_every_field(service: Service, here: Everything, what: str) -> None:
    bodies = valid(here)
    with service.client(here.admin) as client:
        for operation in with_body(service):
            body = bodies.get(str(operation))
            places = list(leaves(body))[:12] if body else []
            for place in places:
                text = json.dumps(replaced(body, place, PLACEHOLDER))
                text = text.replace(f'"{PLACEHOLDER}"', HOSTILE[what])
                answer = send(client, here, operation, text)
                check(answer, operation, (place, what))


def test_every_route_with_a_body_has_a_valid_one_here(service: Service, here: Everything) -> None:
    taking = {str(one) for one in with_body(service) if "requestBody" in one.declared}
    assert taking == set(valid(here))


RAW = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a million of nothing": b"[" + b"0," * 999_999 + b"0]",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "twice": b'{"name": "x", "name": "y", "kind": "solve", "kind": "solve"}',
    "long key": b'{"' + b"Q" * 1_000_000 + b'": 1}',
    "wicked key": b'{"<script>\\u0000\\u202e": 1}',
}


@pytest.mark.parametrize("what", RAW)
def test_a_hostile_body_to_every_route(service: Service, here: Everything, what: str) -> None:
    with service.client(here.admin) as client:
        for operation in with_body(service):
            if "requestBody" in operation.declared:
                check(send(client, here, operation, RAW[what]), operation, what)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", "?"])
def test_a_body_of_another_type(service: Service, here: Everything, kind: str) -> None:
    with service.client(here.admin) as client:
        for operation in with_body(service):
            if "requestBody" in operation.declared:
                body = json.dumps(valid(here)[str(operation)])
                check(send(client, here, operation, body, Content_Type=kind), operation, kind)


def test_packed_bodies_are_not_unpacked(service: Service, here: Everything) -> None:
    with service.client(here.admin) as client:
        for operation in with_body(service):
            answer = send(client, here, operation, gzip.compress(b"{}"), Content_Encoding="gzip")
            assert answer.status_code == 415
            check(answer, operation, "gzip")


def test_sixty_megabytes_are_refused(service: Service, here: Everything) -> None:
    """At once where the length is declared, on the way where it is not."""
    block = b" " * 2**20

    def chunks() -> Iterator[bytes]:
        for _ in range(60):
            yield block

    unannounced = ("post /v1/instances", "post /v1/jobs", "post /v1/organisations")
    with service.client(here.admin) as client:
        for operation in with_body(service):
            if "requestBody" in operation.declared:
                bodies = [block * 60, chunks()] if str(operation) in unannounced else [block * 60]
                for body in bodies:
                    answer = send(client, here, operation, body)
                    assert answer.status_code == 413, operation
                    check(answer, operation, "60 MB")
