"""The OpenAPI document: complete, and true by what schemathesis sends for each role."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.http.answers import OPEN
from api.http.operation_names import LOCATED, NAMED_FILES, NAMES, TAGGED
from tests.support.application import Service, running
from tests.support.profiles import examples
from tests.support.whole_job import Everything, everything, opened, operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.reading import Readers
    from optimizer import Plan

EXAMPLES = examples(9)
PATIENCE_S = 600
"""How long an answer may take, on a machine that does other things: no test depends on a clock."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""What is deleted can no longer be read."""
UNKNOWN_PLANS = "GET /v1/plans/comparison"
"""The identifiers of what it compares are no part of its path, and not those of plans here."""
ALWAYS = {"401", "415", "422", "429", "500", "503"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, readers: Readers) -> Iterator[Service]:
    """One service for all of these tests."""
    for store in opened(tmp_path_factory.mktemp("openapi")):
        with running(store, readers) as found:
            yield found


@pytest.fixture
def here(service: Service, solved: Plan) -> Everything:
    return everything(service.store, solved)


def test_the_document_is_served_to_anybody(service: Service) -> None:
    with service.client() as client:
        document = client.get("/v1/openapi.json")
        assert document.json()["openapi"].startswith("3.1")
        assert document.json() == service.app.openapi()
        assert client.get("/docs").status_code == 200
        assert client.get("/redoc").status_code == 404


def test_every_route_is_told_whole(service: Service) -> None:
    """Summary, description, tag, security, every refusal with one schema."""
    problem = {"$ref": "#/components/schemas/Problem"}
    for operation in operations(service.app.openapi()):
        declared = operation.declared
        assert declared["summary"], operation
        assert declared["description"], operation
        assert declared["tags"], operation
        assert declared["security"] == [{"bearer": []}], operation
        refusals = {status for status in declared["responses"] if int(status) >= 400}
        assert refusals >= ALWAYS, operation
        for status in refusals:
            content = declared["responses"][status]["content"]
            assert content == {"application/problem+json": {"schema": problem}}, operation
        if operation.method != "get":
            assert "403" in refusals, operation
        if "requestBody" in declared:
            assert refusals >= {"400", "413"}, operation


def test_what_wants_no_key_says_so(service: Service) -> None:
    paths = service.app.openapi()["paths"]
    for path in ("/livez", "/readyz", "/metrics"):
        assert paths[path]["get"]["security"] == []


def test_operations_have_readable_names(service: Service) -> None:
    names = [
        operation["operationId"]
        for methods in service.app.openapi()["paths"].values()
        for operation in methods.values()
    ]
    assert sorted(names) == sorted(NAMES.values())
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch("[a-z]+(_[a-z]+)+", name)] == []
    assert set(names) >= LOCATED | TAGGED | NAMED_FILES | {*OPEN}


def test_schemas_have_readable_names_and_nothing_that_generators_stumble_over(
    service: Service,
) -> None:
    """Unions have names and discriminators; what has a default may be left out."""
    schemas = service.app.openapi()["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch("([A-Z]+[a-z]+)+", name)] == []
    for name, schema in schemas.items():
        assert "discriminator" in schema or "oneOf" not in schema, name
        for field, found in schema.get("properties", {}).items():
            assert "default" not in found, f"{name}.{field}"
            assert "unit" not in found, f"{name}.{field}"


def test_what_needs_if_match_says_so(service: Service) -> None:
    needing = 0
    for operation in operations(service.app.openapi()):
        headers = (
            {one["name"]: one for one in operation.declared["parameters"] if one["in"] == "header"}
            if "parameters" in operation.declared
            else {}
        )
        assert ("If-Match" in headers) == ("428" in operation.declared["responses"]), operation
        if "If-Match" in headers:
            needing += 1
            assert headers["If-Match"]["required"], operation
    assert needing >= 5


def test_the_headers_of_answers_are_those_declared(service: Service, here: Everything) -> None:
    """Those declared of any answer to GET are there, but where it comes in a stream."""
    asked = 0
    with service.client(here.admin) as client:
        for operation in operations(service.app.openapi()):
            if operation.method != "get" or "comparison" in operation.path:
                continue
            ids = here.ids | {"resource_id": here.ids["plan_id"]}
            if "/instances/" in operation.path:
                ids["resource_id"] = here.ids["instance_id"]
            if "/events" in operation.path:
                continue
            answer = client.get(operation.at(ids))
            declared = operation.declared["responses"][str(answer.status_code)]["headers"]
            missing = {name for name in declared if name not in answer.headers}
            assert missing == set(), operation
            asked += answer.status_code == 200
    assert asked > 20


def test_every_reference_leads_somewhere(service: Service) -> None:
    document = service.app.openapi()

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, part in value.items():
                if key == "$ref":
                    yield part
                else:
                    yield from references(part)
        elif isinstance(value, list):
            for part in value:
                yield from references(part)

    for reference in set(references(document)):
        place: Any = document
        for name in reference.removeprefix("#/").split("/"):
            assert name in place, reference
            place = place[name]


@pytest.mark.parametrize("role", ["admin", "analyst", "viewer"])
def test_answers_are_as_the_document_says(service: Service, here: Everything, role: str) -> None:
    """Valid and invalid requests by schema, with identifiers that exist half of the time."""
    schema = schemathesis.openapi.from_dict(service.app.openapi())
    person = getattr(here, role)
    headers = {"Authorization": f"Bearer {person.secret}"}
    with service.store.database.read() as connection:
        from api.store import jobs

        ended = jobs.listed(connection, person.caller, jobs.JobFilter(("succeeded",)), None, 1)
    known = here.ids | {"job_id": ended.items[0].id, "resource_id": here.ids["plan_id"]}
    found = [each.ok() for each in schema.get_all_operations()]
    found.sort(key=lambda operation: ORDER.index(operation.method.upper()))
    answers = {each.label: hold(each, service.url, headers, known) for each in found}
    good = {200} if role == "admin" else {200, 403}
    reads = {label: seen for label, seen in answers.items() if label.startswith("GET ")}
    assert len(reads) > 30
    assert [label for label, seen in reads.items() if not seen & good] == [UNKNOWN_PLANS]


def hold(operation: Any, url: str, headers: dict[str, str], known: dict[str, str]) -> set[int]:
    """Send requests to one operation, hold its answers against the document; their statuses."""
    turn, seen = itertools.count(), set()

    @bounds(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answered(case: Any) -> None:
        if next(turn) % 2 == 0 and case.path_parameters:
            ids = known
            if "/instances/" in case.path:
                ids = known | {"resource_id": known["instance_id"]}
            case.path_parameters = {name: ids[name] for name in case.path_parameters}
        response = case.call(base_url=url, headers=headers, timeout=PATIENCE_S)
        seen.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    answered()
    return seen
