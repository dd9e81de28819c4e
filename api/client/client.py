"""The client: one method for each thing that the service does, and `solve` for the usual one."""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING, Self

from api.client.calls import as_json, path_of, read
from api.client.connection import Connection, Network, quoted
from api.client.instances import InstanceCalls
from api.client.jobs import JobCalls
from api.client.plans import PlanCalls
from api.client.solving import await_end, plan_of
from api.resources.described import ArchiveChange
from api.resources.organisations import Me
from api.resources.plans import Share, ShareRequest
from optimizer.highs.process import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from api.resources.jobs import Job
    from optimizer.highs.process import Progress
    from optimizer.instance import Instance
    from optimizer.plan import Options, Plan

log = logging.getLogger("api.client")


class Client(InstanceCalls, JobCalls, PlanCalls):
    """The service at an address, as the owner of an API key.

    The steps one by one are in the modules `instances`, `jobs` and `plans`.

    Args:
        url: for example `http://127.0.0.1:8000`; other machines are reached by `https://`.
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
        super().__init__(Connection(url, key, timeout_s, patience_s, network))
        self._solved: dict[int, Job] = {}

    @property
    def url(self) -> str:
        """The address of the service."""
        return self._connection.url

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

    def me(self) -> Me:
        """Who you are to the service, your organisation, its quota and usage."""
        return read(Me, self._connection.get("/v1/me").content)

    def solve(
        self,
        instance: Instance,
        options: Options | None = None,
        *,
        label: str = "",
        progress: Callable[[Progress], None] | None = None,
        stop: Stop | None = None,
    ) -> Plan:
        """Choose, prove and check a portfolio, as `optimizer.solve` does, on the service.

        Args:
            instance: a valid instance.
            options: gap, time limit and seed.
            label: what to call the instance, the job and the plan.
            progress: called with every `Progress` of the solver, from this thread.
            stop: counts requests to stop from outside; Ctrl-C in the main thread counts as one.

        Returns:
            The plan; `plan.found` is False where none exists or none was found in time. `job_of`
            tells by which job, and as which plan the service keeps it.

        Raises:
            SolverFailed: no answer that can be trusted.
            ServiceRefused: the service did not take the job, stayed away, or the job failed.
            KeyboardInterrupt: Ctrl-C was pressed twice.
        """
        stopping = stop or Stop()
        with stopping.on_interrupt():
            kept = self.upload(instance, label=label)
            job = self.submit(kept.id, options, label=label)
            log.info("%s solves %s at %s", job.id, kept.id, self.url)
            ended = await_end(self, job.id, progress, stopping)
        plan = plan_of(self, ended, instance)
        self._solved[id(plan)] = ended
        weakref.finalize(plan, self._solved.pop, id(plan), None)
        return plan

    def job_of(self, plan: Plan) -> Job:
        """The job by which `solve` of this client came to a plan; its `plan_id` is the plan's.

        Raises:
            LookupError: this client did not solve it.
        """
        try:
            return self._solved[id(plan)]
        except KeyError:
            raise LookupError("this client's `solve` did not return this plan") from None

    def delete(self, resource_id: str) -> None:
        """Delete a draft with its job, a job without a plan, or an instance that nothing needs.

        Raises:
            ServiceRefused: it is under review or decided, something needs it, or it is gone.
        """
        headers = self._as_seen(resource_id)
        self._connection.sent("DELETE", path_of(resource_id), again=False, headers=headers)

    def archive(self, resource_id: str, *, archived: bool = True) -> None:
        """Take a plan with its job, a job or an instance out of the lists, or back in."""
        body = as_json(ArchiveChange(archived=archived), self._as_seen(resource_id))
        self._connection.sent("PATCH", path_of(resource_id), **body)

    def share(self, resource_id: str, organisation_id: str, note: str = "") -> Share:
        """Let a partner of the fund read an instance or a plan."""
        place = f"{path_of(resource_id)}/shares/{organisation_id}"
        answer = self._connection.sent("PUT", place, **as_json(ShareRequest(note=note)))
        return read(Share, answer.content)

    def unshare(self, resource_id: str, organisation_id: str) -> None:
        """Take a share back."""
        place = f"{path_of(resource_id)}/shares/{organisation_id}"
        self._connection.sent("DELETE", place, again=False)

    def _as_seen(self, resource_id: str) -> Mapping[str, str]:
        """The header that names the version of what has one, as it is now."""
        if not resource_id.startswith("plan_"):
            return {}
        return quoted(self.plan_summary(resource_id).version)
