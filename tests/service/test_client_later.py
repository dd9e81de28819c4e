"""A client reads the answers of a later service, which knows of more fields and kinds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy import update

from api.client import Client, Network
from api.resources.jobs import ScaleBudget
from api.resources.plans import ReviewRequest
from api.store.tables import jobs as table
from tests.support.application import ended, planned
from tests.support.people import queued, tiny

if TYPE_CHECKING:
    from optimizer import Plan
    from tests.support.application import Fund, Service

NESTED = ("user", "organisation", "quota", "options", "proof", "error", "progress")


def later(answer: Any) -> Any:
    """An answer as a later service may give it, with a field that nobody here knows."""
    if isinstance(answer, list):
        return [later(one) for one in answer]
    found = {name: later(value) if name == "items" else value for name, value in answer.items()}
    for name in NESTED:
        if isinstance(found.get(name), dict):
            found[name] = found[name] | {"later": 1}
    return found | {"later": {"a": [1]}}


class Later(httpx.BaseTransport):
    """The service on its socket, whose answers in JSON have more fields on their way here."""

    def __init__(self) -> None:
        self._wire = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the service, and add to what it says."""
        answer = self._wire.handle_request(request)
        if answer.headers.get("Content-Type") != "application/json":
            return answer
        body = json.dumps(later(json.loads(answer.read())))
        return httpx.Response(answer.status_code, content=body, headers={"ETag": '"1"'})

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_later_service_adds_is_passed_over(
    service: Service, fund: Fund, solved: Plan
) -> None:
    store, ada = service.store, fund.analyst
    plan_id = planned(store, ada, solved)
    with Client(service.url, ada.secret, network=Network(transport=Later())) as client:
        assert client.me().user.id == ada.caller.user_id
        kept = client.upload("instances/tiny", label="later")
        assert client.change(kept.id, (ScaleBudget(kind="scale_budget", factor=0.5),)).parent_id
        assert {one.id for one in client.instances()} > {kept.id}
        job = client.submit(kept.id)
        ended(store)
        assert client.wait(job.id).ended
        assert [one.state for one in client.jobs(states=["failed"])] == ["failed"]
        assert client.replay(plan_id).kind == "replay"
        plan = client.plan_summary(plan_id)
        assert [one.id for one in client.plans()] == [plan_id]
        assert client.review(plan, ReviewRequest(state="in_review")).review == "in_review"  # type: ignore[arg-type]
        assert len(client.review_steps(plan_id)) == 1
        with pytest.raises(ValidationError):
            client.decision_record(plan_id)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_kinds_of_a_later_service_are_read(service: Service, fund: Fund) -> None:
    store, ada = service.store, fund.analyst
    job = queued(store, ada.caller, tiny(store, ada.caller).id)
    with store.database.write() as tx:
        values = {"kind": "oracle", "result": {"words": "beware"}}
        tx.execute(update(table).where(table.c.id == job.id).values(**values))
    with Client(service.url, ada.secret) as client:
        found = client.job(job.id)
        assert [one.kind for one in client.jobs()] == ["oracle"]

    assert (found.kind, found.result, found.replayed) == ("oracle", {"words": "beware"}, None)
