"""One whole job by the client that openapi-generator has made.

Enter: address, key, and the instance as JSON and as a zip file.
"""

import sys
from pathlib import Path

from openapi_client import ApiClient, Configuration, InstancesApi, JobsApi, PlansApi
from openapi_client.models import Instance, JobRequest, SolveRequest


def main(url: str, key: str, document: str, packed: str) -> None:
    """Submit, solve, read and download."""
    with ApiClient(Configuration(host=url, access_token=key)) as client:
        instances, jobs, plans = InstancesApi(client), JobsApi(client), PlansApi(client)
        instance = Instance.from_json(Path(document).read_text())
        one = instances.submit_instance(instance)
        other = instances.upload_instance("zip", Path(packed).read_bytes())
        assert one.content_hash == other.content_hash
        wanted = SolveRequest(kind="solve", instance_id=one.id)
        job = jobs.submit_job(JobRequest(wanted))
        while job.ended_at is None:
            job = jobs.get_job(job.id, wait=30)
        assert plans.get_plan(job.plan_id).actual_instance.proof.status == "optimal"
        assert jobs.list_job_events(job.id).items[-1].data["state"] == "succeeded"
        assert instances.download_instance_workbook(one.id).startswith(b"PK")
        assert plans.get_plan_table_csv(job.plan_id, "choice").startswith("project,year,alone")
        assert len(plans.get_plan_table(job.plan_id, "choice")) == 3
        assert len(plans.list_plans().items) > 0


if __name__ == "__main__":
    main(*sys.argv[1:])
