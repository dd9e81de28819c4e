"""Scoped keys: read only, one resource, some networks, and no longer than the service allows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from api.http.scopes import from_elsewhere
from api.resources.organisations import Scope
from tests.support.application import running
from tests.support.people import queued, tiny

if TYPE_CHECKING:
    import httpx

    from api.reading import Readers
    from api.store import Store
    from tests.support.application import Fund, Service
    from tests.support.people import Person


def keys_of(who: Person) -> str:
    return f"/v1/organisations/{who.caller.organisation_id}/users/{who.caller.user_id}/keys"


def scoped(service: Service, who: Person, **scope: Any) -> httpx.Client:
    """A client with a key of these limits."""
    with service.client(who) as client:
        made = client.post(keys_of(who), json={"scope": scope})
        assert made.status_code == 201, made.text
        assert made.json()["scope"].items() >= scope.items()
    return service.client(Authorization=f"Bearer {made.json()['secret']}")


def test_a_key_that_reads_does_nothing_else(service: Service, fund: Fund) -> None:
    job = queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
    with scoped(service, fund.admin, read_only=True) as client:
        for path in ("/v1/me", "/v1/audit", f"/v1/jobs/{job.id}", keys_of(fund.viewer)):
            assert client.get(path).status_code == 200, path
        for path in (f"/v1/jobs/{job.id}/cancel", keys_of(fund.admin), "/v1/organisations"):
            refused = client.post(path, json={})
            assert refused.status_code == 403
            assert "reads only" in refused.json()["detail"]
        assert client.delete(f"/v1/instances/{job.instance_id}").status_code == 403
    with service.client(fund.admin) as client:
        told = client.get("/v1/audit").json()["items"][0]
    assert (told["action"], told["resource"]) == ("act.refuse", job.instance_id)
    assert told["detail"]["method"] == "DELETE"


def test_a_key_of_one_resource_opens_nothing_else(service: Service, fund: Fund) -> None:
    mine, other = (tiny(service.store, fund.analyst.caller).id for _ in range(2))
    with scoped(service, fund.analyst, resource=mine) as client:
        assert client.get(f"/v1/instances/{mine}").status_code == 200
        assert client.get(f"/v1/instances/{mine}/document").status_code == 200
        for path in ("me", "instances", f"instances/{other}", f"instances/{other}/{mine}", "jobs"):
            assert client.get(f"/v1/{path}").status_code == 403, path
        assert client.get("/v1/instances", params={"x": mine}).status_code == 403
        assert client.post("/v1/jobs", json={"kind": "solve", "instance_id": mine}).is_error
    with service.client(fund.analyst) as client:
        for resource in ("x", fund.analyst.caller.user_id, fund.secretariat):
            answer = client.post(keys_of(fund.analyst), json={"scope": {"resource": resource}})
            assert answer.status_code == 422


def test_a_key_is_used_from_its_networks_only(service: Service, fund: Fund) -> None:
    with scoped(service, fund.admin, networks=["127.0.0.0/8", "192.0.2.0/24"]) as client:
        assert client.get("/v1/me").status_code == 200
        made = client.post(keys_of(fund.admin), json={}).json()
        assert made["scope"]["networks"] == ["127.0.0.0/8", "192.0.2.0/24"], "no wider"
        wide = {"scope": {"networks": ["0.0.0.0/0"]}}
        assert client.post(keys_of(fund.admin), json=wide).status_code == 403
        narrow = {"scope": {"networks": ["192.0.2.7/32"]}}
        assert client.post(keys_of(fund.admin), json=narrow).status_code == 201
    with scoped(service, fund.admin, networks=["192.0.2.0/24", "2001:db8::/32"]) as client:
        assert client.get("/v1/me").status_code == 401
    with service.client(fund.admin) as client:
        told = client.get("/v1/audit").json()["items"][0]
        assert (told["action"], told["detail"]) == (
            "login.refuse",
            {"reason": "used from 127.0.0.1"},
        )
        for network in ("intranet", "10.0.0.1/8", "10.0.0.0/33", ""):
            wrong = {"scope": {"networks": [network]}}
            assert client.post(keys_of(fund.admin), json=wrong).status_code == 422


@pytest.mark.parametrize(
    ("origin", "elsewhere"),
    [("192.0.2.9", False), ("192.0.3.9", True), ("2001:db8::1", False), ("unknown", True)],
)
def test_addresses_and_networks(origin: str, elsewhere: bool) -> None:
    scope = Scope(networks=("192.0.2.0/24", "2001:db8::/32"))
    assert from_elsewhere(scope, origin) == elsewhere
    assert not from_elsewhere(Scope(), origin)


def test_no_key_lives_longer_than_the_service_allows(
    store: Store, readers: Readers, fund: Fund
) -> None:
    store.settings = store.settings.model_copy(update={"key_days": 30})
    with running(store, readers) as service, service.client(fund.admin) as client:
        assert client.post(keys_of(fund.admin), json={"days": 30}).status_code == 201
        assert client.post(keys_of(fund.admin), json={}).status_code == 201
        long = client.post(keys_of(fund.admin), json={"days": 31})
        assert long.status_code == 422
        assert "at most 30" in long.json()["faults"][0]
        made = client.post("/v1/organisations", json={"name": "N", "kind": "member"}).json()
        secret = made["invitation"]["secret"]
        with service.client(Authorization=f"Bearer {secret}") as person:
            key = person.post("/v1/invitations/accept").json()
    life = datetime.fromisoformat(key["expires_at"]) - datetime.fromisoformat(key["created_at"])
    assert life.days <= 30
