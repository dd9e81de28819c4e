"""The client: one method for each thing that the service does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import TypeAdapter

from api.client.archives import JSON, content_of, plan_in
from api.client.connection import Connection, Network, ServiceRefused, quoted
from api.client.following import followed
from api.client.solving import await_end, plan_of
from api.resources.base import Page
from api.resources.described import ArchiveChange
from api.resources.instances import ChangesRequest, InstanceSummary
from api.resources.jobs import Job, ReplayRequest, SolveRequest
from api.resources.organisations import Me
from api.resources.plans import (
    DecisionRecord,
    PlanSummary,
    ReviewRequest,
    ReviewStep,
    Share,
    ShareRequest,
    SponsorView,
)
from optimizer.instance import Instance
from optimizer.plan import Options
from optimizer.solving.process import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from api.resources.jobs import Change, JobEvent, JobState
    from api.resources.plans import ReviewState
    from optimizer.plan import Plan
    from optimizer.solving.process import Progress

SEEN: TypeAdapter[PlanSummary | SponsorView] = TypeAdapter(PlanSummary | SponsorView)
STEPS = TypeAdapter(tuple[ReviewStep, ...])
LONGEST_WAIT_S = 60


class Client:
    """The service at an address, as the owner of an API key.

    Args:
        url: for example `http://127.0.0.1:8000`.
        key: an API key, `ldst_…`, or a token of the identity provider.
        timeout_s: how long one request may be without an answer.
        patience_s: how long to try while the service is away, for example while it restarts; one
            that has never been there is told at once.
        network: proxy, trusted certificates or transport, where they are not the usual ones.

    Raises:
        ServiceRefused: address or key cannot be right.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout_s: float = 90.0,
        patience_s: float = 120.0,
        network: Network | None = None,
    ) -> None:
        self._connection = Connection(url, key, timeout_s, patience_s, network)

    def __enter__(self) -> Self:
        """The client itself: `with Client(…) as client:` closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._connection.close()

    def solve(
        self,
        instance: Instance,
        options: Options | None = None,
        *,
        progress: Callable[[Progress], None] | None = None,
        stop: Stop | None = None,
    ) -> Plan:
        """Choose, prove and check a portfolio, as `optimizer.solve` does, on the service.

        Args:
            instance: a valid instance.
            options: gap, time limit and seed.
            progress: called with every `Progress` of the solver, from this thread.
            stop: counts requests to stop from outside; Ctrl-C in the main thread counts as one.

        Returns:
            The plan; `plan.found` is False where none exists or none was found in time.

        Raises:
            SolverFailed: no answer that can be trusted.
            ServiceRefused: the service did not take the job, stayed away, or the job failed.
            KeyboardInterrupt: Ctrl-C was pressed twice.
        """
        stopping = stop or Stop()
        with stopping.on_interrupt():
            kept = self.upload(instance)
            job = self.submit(kept.id, options)
            ended = await_end(self, job.id, progress, stopping)
        return plan_of(self, ended, instance)

    def me(self) -> Me:
        """Who you are to the service, your organisation, its quota and usage."""
        return Me.model_validate_json(self._connection.get("/v1/me").content)

    def upload(self, source: Instance | Path | str, *, label: str = "") -> InstanceSummary:
        """Submit an instance: a loaded one, a JSON file, a workbook, a zip file or a folder.

        Args:
            source: what to submit.
            label: what to call it.

        Raises:
            InvalidInstance: it has faults, all of which are listed.
            ServiceRefused: the service did not take it.
        """
        if isinstance(source, Instance):
            body, kind = source.canonical, JSON
        else:
            body, kind = content_of(Path(source))
        answer = self._connection.act(
            "/v1/instances",
            content=body,
            headers={"Content-Type": kind},
            params={"label": label} if label else None,
        )
        return InstanceSummary.model_validate_json(answer.content)

    def change(
        self, instance_id: str, changes: Sequence[Change], *, label: str = ""
    ) -> InstanceSummary:
        """Make a what-if of an instance.

        Raises:
            InvalidInstance: with the changes it has faults.
        """
        body = ChangesRequest(changes=tuple(changes), label=label).model_dump_json()
        answer = self._connection.act(f"/v1/instances/{instance_id}/changes", **_json(body))
        return InstanceSummary.model_validate_json(answer.content)

    def instance(self, instance_id: str) -> Instance:
        """Download an instance."""
        answer = self._connection.get(f"/v1/instances/{instance_id}/document")
        return Instance.model_validate_json(answer.content)

    def instances(
        self, *, label: str | None = None, parent_id: str | None = None
    ) -> Iterator[InstanceSummary]:
        """The instances that you may see, newest first."""
        return self._all("/v1/instances", InstanceSummary, _given(label=label, parent_id=parent_id))

    def submit(
        self,
        instance_id: str,
        options: Options | None = None,
        *,
        changes: Sequence[Change] = (),
        priority: int = 5,
        label: str = "",
    ) -> Job:
        """Ask for the solve of an instance, or of a what-if of it, and do not wait."""
        request = SolveRequest(
            kind="solve",
            instance_id=instance_id,
            changes=tuple(changes),
            options=options or Options(),
            priority=priority,
            label=label,
        )
        return self._job(self._connection.act("/v1/jobs", **_json(request.model_dump_json())))

    def replay(self, plan_id: str, *, label: str = "") -> Job:
        """Ask to solve again what a plan's decision record says; the job tells what came of it."""
        request = ReplayRequest(kind="replay", plan_id=plan_id, label=label)
        return self._job(self._connection.act("/v1/jobs", **_json(request.model_dump_json())))

    def job(self, job_id: str) -> Job:
        """A job as it is now."""
        return self._job(self._connection.get(f"/v1/jobs/{job_id}"))

    def jobs(
        self,
        *,
        states: Sequence[JobState] = (),
        instance_id: str | None = None,
        parent_id: str | None = None,
        label: str | None = None,
    ) -> Iterator[Job]:
        """Your organisation's jobs, newest first."""
        wanted = _given(instance_id=instance_id, parent_id=parent_id, label=label)
        return self._all("/v1/jobs", Job, wanted | {"state": list(states)})

    def wait(self, job_id: str) -> Job:
        """A job when it has ended, however long that takes."""
        while True:
            answer = self._connection.get(f"/v1/jobs/{job_id}", params={"wait": LONGEST_WAIT_S})
            if (job := self._job(answer)).ended:
                return job

    def events(self, job_id: str, after: int = 0) -> Iterator[JobEvent]:
        """What happens to a job, from the event after `after` to its end."""
        return followed(self._connection, job_id, after)

    def cancel(self, job_id: str) -> Job:
        """Stop a job: it ends soon with its best plan; one that has ended stays as it is."""
        try:
            return self._job(self._connection.sent("POST", f"/v1/jobs/{job_id}/cancel"))
        except ServiceRefused as refusal:
            if refusal.kind != "conflict":
                raise
            return self.job(job_id)

    def retry(self, job_id: str) -> Job:
        """A new job that asks for the same as one that has ended."""
        return self._job(self._connection.act(f"/v1/jobs/{job_id}/retry"))

    def plan(self, plan_id: str) -> Plan:
        """Download a plan, equal to what `optimizer.solve` returned on the service."""
        return plan_in(self._connection.get(f"/v1/plans/{plan_id}/archive").content)

    def plan_summary(self, plan_id: str) -> PlanSummary | SponsorView:
        """A plan without its tables, with its review; a sponsor sees its own projects only."""
        return SEEN.validate_json(self._connection.get(f"/v1/plans/{plan_id}").content)

    def plans(
        self,
        *,
        reviews: Sequence[ReviewState] = (),
        instance_id: str | None = None,
        parent_id: str | None = None,
        label: str | None = None,
    ) -> Iterator[PlanSummary | SponsorView]:
        """The plans that you may see, newest first."""
        wanted = _given(instance_id=instance_id, parent_id=parent_id, label=label)
        wanted |= {"review": list(reviews)}
        return self._all("/v1/plans", PlanSummary | SponsorView, wanted)

    def report(self, plan_id: str) -> str:
        """A plan in words, as `lodestone show` tells it, and who reviewed and signed it."""
        return self._connection.get(f"/v1/plans/{plan_id}/report").text

    def decision_record(self, plan_id: str) -> DecisionRecord:
        """What one needs to decide the same again."""
        answer = self._connection.get(f"/v1/plans/{plan_id}/decision-record")
        return DecisionRecord.model_validate_json(answer.content)

    def compare(self, *plan_ids: str) -> dict[str, Any]:
        """What differs between two or more plans, counted from the first: tables as records.

        `headings` says what people call each of them.
        """
        answer = self._connection.get("/v1/plans/comparison", params={"plan": plan_ids})
        compared: dict[str, Any] = answer.json()
        return compared

    def review(self, plan: PlanSummary, request: ReviewRequest) -> PlanSummary:
        """Take a step of the review of a plan as you have seen it.

        Raises:
            ServiceRefused: somebody else was first, or the step is not allowed.
        """
        answer = self._connection.sent(
            "POST",
            f"/v1/plans/{plan.id}/review",
            again=False,
            **_json(request.model_dump_json(), quoted(plan.version)),
        )
        return PlanSummary.model_validate_json(answer.content)

    def review_steps(self, plan_id: str) -> tuple[ReviewStep, ...]:
        """The steps that the review of a plan has taken."""
        return STEPS.validate_json(self._connection.get(f"/v1/plans/{plan_id}/review").content)

    def delete(self, resource_id: str) -> None:
        """Delete a draft with its job, a job without a plan, or an instance that nothing needs.

        Raises:
            ServiceRefused: it is under review or decided, something needs it, or it is gone.
        """
        headers = {}
        if _table(resource_id) == "plans":
            headers = dict(quoted(self.plan_summary(resource_id).version))
        path = f"/v1/{_table(resource_id)}/{resource_id}"
        self._connection.sent("DELETE", path, again=False, headers=headers)

    def archive(self, resource_id: str, *, archived: bool = True) -> None:
        """Take a plan with its job, a job or an instance out of the lists, or back in."""
        headers = None
        if _table(resource_id) == "plans":
            headers = quoted(self.plan_summary(resource_id).version)
        body = ArchiveChange(archived=archived).model_dump_json()
        path = f"/v1/{_table(resource_id)}/{resource_id}"
        self._connection.sent("PATCH", path, **_json(body, headers))

    def share(self, resource_id: str, organisation_id: str, note: str = "") -> Share:
        """Let a partner of the fund read an instance or a plan."""
        body = ShareRequest(note=note).model_dump_json()
        place = _place(resource_id, organisation_id)
        answer = self._connection.sent("PUT", place, **_json(body))
        return Share.model_validate_json(answer.content)

    def unshare(self, resource_id: str, organisation_id: str) -> None:
        """Take a share back."""
        self._connection.sent("DELETE", _place(resource_id, organisation_id), again=False)

    def _job(self, answer: Any) -> Job:
        return Job.model_validate_json(answer.content)

    def _all(self, path: str, item: Any, wanted: dict[str, Any] | None = None) -> Iterator[Any]:
        """The items of a list, page by page as they are wanted."""
        pages = TypeAdapter(Page[item])
        cursor: dict[str, str] = {}
        while True:
            answer = self._connection.get(path, params={**(wanted or {}), **cursor})
            page = pages.validate_json(answer.content)
            yield from page.items
            if page.next is None:
                return
            cursor = {"cursor": page.next}


def _given(**wanted: object) -> dict[str, Any]:
    """The parameters of a query that are given."""
    return {name: value for name, value in wanted.items() if value is not None}


def _json(body: str, headers: Any = None) -> dict[str, Any]:
    return {"content": body, "headers": {"Content-Type": JSON, **(headers or {})}}


def _place(resource_id: str, organisation_id: str) -> str:
    return f"/v1/{_table(resource_id)}/{resource_id}/shares/{organisation_id}"


def _table(resource_id: str) -> str:
    """The part of a path that a resource is found under."""
    return {"plan": "plans", "job": "jobs"}.get(resource_id.partition("_")[0], "instances")
