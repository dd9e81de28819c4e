"""The OpenAPI document: complete, and true by what schemathesis sends for each role."""

from __future__ import annotations

import itertools
import os
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

from tests.service.application import Service, running
from tests.service.whole import Everything, everything, opened, operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.reading import Readers
    from optimizer import Plan

EXAMPLES = 25 if os.environ.get("LODESTONE_LONG") else 3
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ALWAYS = {"401", "415", "422", "429", "500", "503"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, readers: Readers) -> Iterator[Service]:
    """One service for all of these tests."""
    for store in opened(tmp_path_factory.mktemp("openapi")):
        with running(store, readers) as found:
            yield found


@pytest.fixture(scope="module")
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
    for found in schema.get_all_operations():
        hold(found.ok(), service.url, headers, known)


def hold(operation: Any, url: str, headers: dict[str, str], known: dict[str, str]) -> None:
    """Send requests to one operation and hold its answers against the document."""
    turn = itertools.count()

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
            case.path_parameters = {name: known[name] for name in case.path_parameters}
        response = case.call(base_url=url, headers=headers)
        case.validate_response(response, checks=CHECKS)

    answered()
