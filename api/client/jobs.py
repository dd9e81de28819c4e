"""Jobs: asked for, followed, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.client.calls import Calls, as_json, given, read
from api.client.following import followed
from api.client.refusals import ServiceRefused
from api.kinds import ReplayRequest, SolveRequest
from api.resources.jobs import Job
from optimizer.plan import Options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx

    from api.kinds.kind import Request
    from api.resources.jobs import Change, JobEvent, JobState

LONGEST_WAIT_S = 60


class JobCalls(Calls):
    """What is done with jobs."""

    def submit(
        self,
        instance_id: str,
        options: Options | None = None,
        *,
        changes: Sequence[Change] = (),
        priority: int = 5,
        label: str = "",
    ) -> Job:
        """Ask for the solve of an instance, or of a what-if of it, and do not wait.

        Raises:
            InvalidInstance: with the changes it has faults.
            ServiceRefused: the service did not take it.
        """
        request = SolveRequest(
            kind="solve",
            instance_id=instance_id,
            changes=tuple(changes),
            options=options or Options(),
            priority=priority,
            label=label,
        )
        return self.ask(request)

    def replay(self, plan_id: str, *, label: str = "") -> Job:
        """Ask to solve again what a plan's decision record says; the job tells what came of it."""
        return self.ask(ReplayRequest(kind="replay", plan_id=plan_id, label=label))

    def ask(self, request: Request) -> Job:
        """Ask for work of any kind, one of the requests of `api.kinds`, and do not wait.

        Raises:
            InvalidInstance: with the changes it has faults.
            ServiceRefused: the service did not take it.
        """
        return _job(self._connection.act("/v1/jobs", **as_json(request)))

    def job(self, job_id: str) -> Job:
        """A job as it is now."""
        return _job(self._connection.get(f"/v1/jobs/{job_id}"))

    def jobs(
        self,
        *,
        states: Sequence[JobState] = (),
        instance_id: str | None = None,
        parent_id: str | None = None,
        label: str | None = None,
    ) -> Iterator[Job]:
        """Your organisation's jobs, newest first."""
        wanted = given(instance_id=instance_id, parent_id=parent_id, label=label)
        return self._all("/v1/jobs", Job, wanted | {"state": list(states)})

    def wait(self, job_id: str) -> Job:
        """A job when it has ended, however long that takes."""
        while True:
            answer = self._connection.get(f"/v1/jobs/{job_id}", params={"wait": LONGEST_WAIT_S})
            if (job := _job(answer)).ended:
                return job

    def events(self, job_id: str, after: int = 0) -> Iterator[JobEvent]:
        """What happens to a job, from the event after `after` to its end."""
        return followed(self._connection, job_id, after)

    def cancel(self, job_id: str) -> Job:
        """Stop a job: it ends soon with its best plan; one that has ended stays as it is."""
        try:
            return _job(self._connection.sent("POST", f"/v1/jobs/{job_id}/cancel"))
        except ServiceRefused as refusal:
            if refusal.kind != "conflict":
                raise
            return self.job(job_id)

    def retry(self, job_id: str) -> Job:
        """A new job that asks for the same as one that has ended."""
        return _job(self._connection.act(f"/v1/jobs/{job_id}/retry"))


def _job(answer: httpx.Response) -> Job:
    return read(Job, answer.content)
