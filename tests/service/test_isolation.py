"""Isolation, made from the OpenAPI document: nobody meets what is another organisation's.

Every route with an identifier in its path is asked by every role of three strangers (another
fund, a member of the fund, a sponsor of the fund) for what a secretariat owns.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.store import access
from tests.service.test_hostile import valid
from tests.support.application import Service, running
from tests.support.people import organisation, person
from tests.support.whole_job import Everything, Operation, everything, opened, operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from api.reading import Readers
    from api.resources.base import OrganisationKind, Role
    from optimizer import Plan
    from tests.support.people import Person

ROLES: tuple[Role, ...] = ("viewer", "analyst", "admin")
SHARED_READS = {
    "member": {
        f"get /v1/{part}"
        for part in (
            "instances/{instance_id}",
            "instances/{instance_id}/document",
            "instances/{instance_id}/workbook",
            "instances/{instance_id}/folder",
            "plans/{plan_id}",
            "plans/{plan_id}/certificate",
            "plans/{plan_id}/decision-record",
            "plans/{plan_id}/report",
            "plans/{plan_id}/archive",
            "plans/{plan_id}/review",
            "plans/{plan_id}/tables",
            "plans/{plan_id}/tables/{name}",
            "plans/{plan_id}/tables/{name}/csv",
            "plans/{plan_id}/tables/{name}/parquet",
        )
    },
    "sponsor": {
        "get /v1/instances/{instance_id}",
        "get /v1/instances/{instance_id}/document",
        "get /v1/plans/{plan_id}",
        "get /v1/plans/{plan_id}/tables/{name}",
        "get /v1/plans/{plan_id}/tables/{name}/csv",
        "get /v1/plans/{plan_id}/tables/{name}/parquet",
    },
}
"""What may be read of what is shared; everything else of it answers 403."""
NEVER_SHARED = ("jobs", "organisations", "webhooks")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, readers: Readers) -> Iterator[Service]:
    """One service for all of these tests."""
    for store in opened(tmp_path_factory.mktemp("isolation")):
        with running(store, readers) as found:
            yield found


@pytest.fixture(scope="module")
def owner(service: Service, solved: Plan) -> Everything:
    """A secretariat with something of everything."""
    return everything(service.store, solved)


def outsiders(service: Service, owner: Everything, kind: OrganisationKind, role: Role) -> Person:
    """Somebody of an organisation that owns nothing here."""
    fund = None if kind == "secretariat" else owner.ids["organisation_id"]
    projects = ("pit",) if kind == "sponsor" else ()
    here = organisation(service.store, kind, kind, fund, projects=projects)
    return person(service.store, here, role)


def asked(client: httpx.Client, owner: Everything, operation: Operation, of: str) -> httpx.Response:
    """A request for what is the owner's, valid but for who asks."""
    ids = owner.ids | {"resource_id": owner.ids[of]}
    body = valid(owner).get(str(operation))
    headers = {"If-Match": '"1"', "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body)
    return client.request(operation.method, operation.at(ids), content=content, headers=headers)


def with_identifiers(service: Service) -> list[tuple[Operation, str]]:
    """Every route with an identifier, and which of the owner's it is."""
    found = []
    for operation in operations(service.app.openapi()):
        if "{" in operation.path:
            of = "instance_id" if operation.path.startswith("/v1/instances") else "plan_id"
            found.append((operation, of))
    return found


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ["secretariat", "member", "sponsor"])
def test_nobody_meets_what_is_another_s(
    service: Service, owner: Everything, kind: OrganisationKind, role: Role
) -> None:
    stranger = outsiders(service, owner, kind, role)
    with service.client(stranger) as client:
        routes = with_identifiers(service)
        assert len(routes) > 30
        for operation, of in routes:
            answer = asked(client, owner, operation, of)
            # A role too low is refused before anything is looked for.
            refusals = (404,) if operation.method == "get" and role == "admin" else (403, 404)
            assert answer.status_code in refusals, f"{operation}: {answer.status_code}"
            told = answer.text
            assert not any(one in told for one in owner.ids.values() if "_" in one), operation


@pytest.mark.parametrize("kind", ["member", "sponsor"])
def test_what_is_shared_is_read_and_nothing_else(
    service: Service, owner: Everything, kind: OrganisationKind
) -> None:
    partner = outsiders(service, owner, kind, "admin")
    with service.store.database.write() as tx:
        for of in ("instance_id", "plan_id"):
            access.share(tx, owner.admin.caller, owner.ids[of], partner.caller.organisation_id, "")
    with service.client(partner) as client:
        for operation, of in with_identifiers(service):
            answer = asked(client, owner, operation, of)
            if operation.path.split("/")[2] in NEVER_SHARED:
                assert answer.status_code == 404, operation
            elif str(operation) in SHARED_READS[kind]:
                assert answer.status_code == 200, f"{operation} {answer.text}"
            else:
                assert answer.status_code == 403, f"{operation} {answer.status_code}"


@pytest.mark.parametrize("kind", ["secretariat", "member", "sponsor"])
def test_nobody_names_what_is_another_s_in_a_body_or_query(
    service: Service, owner: Everything, kind: OrganisationKind
) -> None:
    stranger = outsiders(service, owner, kind, "admin")
    solve: dict[str, Any] = {"kind": "solve", "instance_id": owner.ids["instance_id"]}
    changed = solve | {"changes": [{"kind": "scale_budget", "factor": 2}]}
    replay = {"kind": "replay", "plan_id": owner.ids["plan_id"]}
    with service.client(stranger) as client:
        for body in (solve, changed, replay):
            assert client.post("/v1/jobs", json=body).status_code == 404, body
        compared = {"plan": [owner.ids["plan_id"], owner.ids["plan_id"]]}
        assert client.get("/v1/plans/comparison", params=compared).status_code == 404
        filtered = client.get("/v1/jobs", params={"instance_id": owner.ids["instance_id"]})
        assert filtered.json()["items"] == []


@pytest.mark.parametrize("kind", ["secretariat", "member", "sponsor"])
def test_lists_hold_nothing_of_another_s(
    service: Service, owner: Everything, kind: OrganisationKind
) -> None:
    stranger = outsiders(service, owner, kind, "admin")
    with service.client(stranger) as client:
        for operation in operations(service.app.openapi()):
            if operation.method == "get" and "{" not in operation.path:
                answer = client.get(operation.path)
                told = answer.text
                secret = [one for name, one in owner.ids.items() if name != "organisation_id"]
                assert not any(one in told for one in secret if "_" in one), operation


def test_idempotency_keys_are_each_user_s_own(service: Service, owner: Everything) -> None:
    """The same key and body from elsewhere gets no answer of the owner's."""
    body = {"kind": "solve", "instance_id": owner.ids["instance_id"]}
    key = {"Idempotency-Key": "shared-name"}
    with service.client(owner.analyst, **key) as client:
        assert client.post("/v1/jobs", json=body).status_code == 202
    for kind in ("secretariat", "member", "sponsor"):
        stranger = outsiders(service, owner, kind, "admin")
        with service.client(stranger, **key) as client:
            assert client.post("/v1/jobs", json=body).status_code == 404


def test_a_secretariat_manages_its_members_but_sees_nothing_of_theirs(
    service: Service, owner: Everything, solved: Plan
) -> None:
    member = everything(service.store, solved, secretariat=owner.ids["organisation_id"])
    here = f"/v1/organisations/{member.ids['organisation_id']}"
    with service.client(owner.admin) as client:
        assert client.get(here).status_code == 200
        assert client.get(f"{here}/users").status_code == 200
        for path in (
            f"/v1/instances/{member.ids['instance_id']}",
            f"/v1/jobs/{member.ids['job_id']}",
            f"/v1/jobs/{member.ids['job_id']}/events",
            f"/v1/plans/{member.ids['plan_id']}/archive",
            f"/v1/webhooks/{member.ids['webhook_id']}",
        ):
            assert client.get(path).status_code == 404, path
