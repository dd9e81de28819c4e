"""One whole job by the client that openapi-python-client has made.

Enter: address, key, and the instance as JSON and as a zip file. Ends with an error at the first
answer that is not what the document says.
"""

import io
import json
import sys
from pathlib import Path
from typing import TypeVar

from lodestone_client import AuthenticatedClient
from lodestone_client.api.instances import (
    download_instance_workbook,
    get_instance_document,
    submit_instance,
    upload_instance,
)
from lodestone_client.api.jobs import get_job, list_job_events, submit_job
from lodestone_client.api.plans import (
    compare_plans,
    download_plan,
    get_plan,
    get_plan_report,
    get_plan_table,
    get_plan_table_csv,
    list_plans,
)
from lodestone_client.models import (
    Instance,
    Job,
    PlanSummary,
    Problem,
    SolveRequest,
    UploadInstanceFormat,
)
from lodestone_client.types import File

Answer = TypeVar("Answer")


def good(answer: Answer | Problem | None) -> Answer:
    """An answer that is no refusal."""
    if answer is None or isinstance(answer, Problem):
        raise SystemExit(f"refused: {answer}")
    return answer


def solved(client: AuthenticatedClient, instance_id: str) -> Job:
    """The job of the smallest request, once it has ended."""
    wanted = SolveRequest(kind="solve", instance_id=instance_id)
    job = good(submit_job.sync(client=client, body=wanted))
    while job.ended_at is None:
        job = good(get_job.sync(job.id, client=client, wait=30))
    return job


def main(url: str, key: str, document: str, packed: str) -> None:
    """Submit, solve, read, download and compare."""
    client = AuthenticatedClient(url, key, raise_on_unexpected_status=True, timeout=120)
    instance = Instance.from_dict(json.loads(Path(document).read_text()))
    one = good(submit_instance.sync(client=client, body=instance, label="as JSON"))
    file = File(payload=io.BytesIO(Path(packed).read_bytes()))
    other = good(upload_instance.sync(client=client, body=file, format_=UploadInstanceFormat.ZIP))
    assert one.content_hash == other.content_hash
    assert good(get_instance_document.sync(one.id, client=client)).settings.id == "tiny"

    first, second = solved(client, one.id), solved(client, other.id)
    plan = good(get_plan.sync(first.plan_id, client=client))
    assert isinstance(plan, PlanSummary)
    assert plan.proof.status == "optimal", plan
    assert len(good(list_plans.sync(client=client)).items) == 2
    events = good(list_job_events.sync(first.id, client=client)).items
    assert events[-1].data["state"] == "succeeded"

    book = good(download_instance_workbook.sync(one.id, client=client)).payload.read()
    assert book.startswith(b"PK")
    assert good(download_plan.sync(plan.id, client=client)).payload.read().startswith(b"PK")
    table = good(get_plan_table_csv.sync(plan.id, "choice", client=client))
    assert table.startswith("project,year,alone")
    rows = good(get_plan_table.sync(plan.id, "choice", client=client))
    assert {row.project for row in rows} == {"loop", "pit", "works"}
    assert "REVIEW" in good(get_plan_report.sync(plan.id, client=client))
    found = good(compare_plans.sync(client=client, plan=[plan.id, second.plan_id]))
    assert [proof.plan for proof in found.proof] == [plan.id, second.plan_id]
    assert found.money_by_member[0].additional_properties[plan.id] is not None


if __name__ == "__main__":
    main(*sys.argv[1:])
