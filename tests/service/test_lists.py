"""Lists, made from the OpenAPI document: pages, filters, and what nobody else may learn by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.store import jobs
from tests.support.application import Service, running
from tests.support.people import organisation, person
from tests.support.whole_job import Everything, Operation, everything, opened, operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from api.reading import Readers
    from optimizer import Plan


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, readers: Readers) -> Iterator[Service]:
    """One service for all of these tests."""
    for store in opened(tmp_path_factory.mktemp("lists")):
        with running(store, readers) as found:
            yield found


@pytest.fixture(scope="module")
def here(service: Service, solved: Plan) -> Everything:
    """An organisation with several of what lists hold."""
    made = everything(service.store, solved)
    with service.store.database.write() as tx:
        jobs.cancel(tx, made.analyst.caller, made.ids["job_id"])
    with service.client(made.admin) as client:
        client.get(f"/v1/plans/{made.ids['plan_id']}")
    return made


def lists(service: Service) -> list[Operation]:
    """Every route that answers with a page."""
    found = []
    for operation in operations(service.app.openapi()):
        answer = operation.declared["responses"].get("200", {}).get("content", {})
        schema = answer.get("application/json", {}).get("schema", {})
        if schema.get("$ref", "").endswith("Page"):
            found.append(operation)
    return found


def followed(client: httpx.Client, path: str) -> list[Any]:
    """Every item of a list, one by one, as a client goes who knows nothing but `next`."""
    items: list[Any] = []
    cursor: dict[str, str] = {}
    for _ in range(100):
        page = client.get(path, params={"limit": 1, **cursor}).json()
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}
    raise AssertionError(f"{path} does not end")


def test_next_is_the_cursor_of_every_list(service: Service, here: Everything) -> None:
    long = 0
    with service.client(here.admin, Accept="application/json") as client:
        routes = lists(service)
        assert len(routes) >= 9
        for operation in routes:
            names = {one["name"] for one in operation.declared["parameters"]}
            assert names >= {"cursor", "limit"}, operation
            path = operation.at(here.ids)
            whole = client.get(path, params={"limit": 200}).json()["items"]
            assert followed(client, path) == whole, operation
            long += len(whole) > 1
    assert long >= 5


def test_no_filter_finds_what_is_another_s(service: Service, here: Everything) -> None:
    """Each alone, with the owner's own values; the owner finds something by most of them."""
    values = {
        "instance_id": here.ids["instance_id"],
        "parent_id": here.ids["instance_id"],
        "label": "",
        "name": "tiny",
        "archived": False,
        "review": "draft",
        "state": "succeeded",
        "kind": "solve",
        "since": "2020-01-01",
        "until": "2126-01-01",
    }
    stranger = person(service.store, organisation(service.store, "Another fund"), "admin")
    found = 0
    with service.client(stranger) as client, service.client(here.admin) as owner:
        for operation in lists(service):
            if operation.path not in ("/v1/instances", "/v1/jobs", "/v1/plans"):
                continue
            names = {one["name"] for one in operation.declared["parameters"]}
            assert names - {"cursor", "limit"} <= set(values), operation
            for name in sorted(names & set(values)):
                asked = {name: values[name]}
                assert client.get(operation.path, params=asked).json()["items"] == [], asked
                found += bool(owner.get(operation.path, params=asked).json()["items"])
    assert found > 15


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1" * 19, "W10=", "²", "1 "])
def test_a_cursor_of_nobody_s_is_refused(service: Service, here: Everything, cursor: str) -> None:
    with service.client(here.admin, Accept="application/json") as client:
        for operation in lists(service):
            answer = client.get(operation.at(here.ids), params={"cursor": cursor})
            assert answer.status_code == 422, operation
            assert "cursor" in answer.json()["detail"], operation
