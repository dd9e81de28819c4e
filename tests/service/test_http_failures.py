"""What fails on our side is told to the operator, whoever asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog

from tests.support.application import planned

if TYPE_CHECKING:
    from optimizer import Plan
    from tests.support.application import Fund, Service


@pytest.mark.parametrize("how", ["altered", "gone"])
@pytest.mark.parametrize("page", ["tables/choice", "archive"])
def test_a_damaged_result_file_is_in_the_log(
    how: str, page: str, service: Service, fund: Fund, solved: Plan
) -> None:
    plan = planned(service.store, fund.admin, solved)
    for name in service.store.files.all():
        path = service.store.files.place(name)
        if how == "gone":
            path.unlink()
        else:
            path.write_bytes(b"something else")
    with structlog.testing.capture_logs() as lines, service.client(fund.admin) as client:
        answer = client.get(f"/v1/plans/{plan}/{page}")
    told = [line for line in lines if line["event"] == "a failure of ours"]

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(told) == 1
    assert told[0]["log_level"] == "error"
    assert "the result file " in told[0]["reason"]
    assert told[0]["path"].endswith(page)


def test_a_refusal_is_no_failure(service: Service, fund: Fund) -> None:
    with structlog.testing.capture_logs() as lines, service.client(fund.admin) as client:
        assert client.get("/v1/plans/plan_" + "0" * 24).status_code == 404
    assert not [line for line in lines if line["log_level"] == "error"]
