"""Plans: found, downloaded, compared, reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from api.client.archives import plan_in
from api.client.calls import Calls, as_json, given, read
from api.client.connection import quoted
from api.client.refusals import ServiceRefused
from api.resources.described import headings_of
from api.resources.plans import DecisionRecord, PlanSummary, ReviewStep, SponsorView
from optimizer.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.resources.plans import ReviewRequest, ReviewState
    from optimizer.plan import Plan
    from optimizer.questions.comparison import Comparison

SEEN: TypeAdapter[PlanSummary | SponsorView] = TypeAdapter(PlanSummary | SponsorView)


class PlanCalls(Calls):
    """What is done with plans."""

    def plan(self, plan_id: str) -> Plan:
        """Download a plan, equal to what `optimizer.solve` returned on the service."""
        return plan_in(self._connection.get(f"/v1/plans/{plan_id}/archive").content)

    def plan_summary(self, plan_id: str) -> PlanSummary | SponsorView:
        """A plan without its tables, with its review; a sponsor sees its own projects only."""
        answer = self._connection.get(f"/v1/plans/{plan_id}")
        return SEEN.validate_json(answer.content, extra="ignore")

    def plans(
        self,
        *,
        reviews: Sequence[ReviewState] = (),
        instance_id: str | None = None,
        parent_id: str | None = None,
        label: str | None = None,
    ) -> Iterator[PlanSummary | SponsorView]:
        """The plans that you may see, newest first."""
        wanted = given(instance_id=instance_id, parent_id=parent_id, label=label)
        wanted |= {"review": list(reviews)}
        return self._all("/v1/plans", PlanSummary | SponsorView, wanted)

    def report(self, plan_id: str) -> str:
        """A plan in words, as `lodestone show` tells it, and who reviewed and signed it."""
        return self._connection.get(f"/v1/plans/{plan_id}/report").text

    def decision_record(self, plan_id: str) -> DecisionRecord:
        """What one needs to decide the same again.

        It is signed: one with fields that this client does not know is not read at all.
        """
        answer = self._connection.get(f"/v1/plans/{plan_id}/decision-record")
        return DecisionRecord.model_validate_json(answer.content)

    def compare(self, *plan_ids: str) -> Comparison:
        """Lay plans side by side, as `optimizer.compare` does with them and their instances.

        They are downloaded and compared here. Each is named by what people call it: its label, else
        what was changed, else its instance's name. Where an instance may not be seen, none is used.

        Raises:
            ServiceRefused: there is no such plan, or you see your own projects of it only.
            OptimizerError: a label cannot name a column.
        """
        from optimizer.questions.comparison import compare

        plans = {name: self.plan(name) for name in plan_ids}
        summaries = [self.plan_summary(name) for name in plans]
        shown = [one for one in summaries if isinstance(one, PlanSummary)]
        headings = headings_of(shown)
        instances = self._instances_of(shown)
        return compare(
            {headings[name]: plan for name, plan in plans.items()},
            instances and {headings[name]: instance for name, instance in instances.items()},
        )

    def _instances_of(self, plans: Sequence[PlanSummary]) -> dict[str, Instance] | None:
        """The instance of each plan, by the plan; None where one may not be seen."""
        known: dict[str, Instance] = {}
        for plan in plans:
            if plan.instance_id in known:
                continue
            try:
                answer = self._connection.get(f"/v1/instances/{plan.instance_id}/document")
            except ServiceRefused as refusal:
                if refusal.kind != "not-found":
                    raise
                return None
            known[plan.instance_id] = Instance.model_validate_json(answer.content)
        return {plan.id: known[plan.instance_id] for plan in plans}

    def review(self, plan: PlanSummary, request: ReviewRequest) -> PlanSummary:
        """Take a step of the review of a plan as you have seen it.

        Raises:
            ServiceRefused: somebody else was first, or the step is not allowed.
        """
        answer = self._connection.sent(
            "POST",
            f"/v1/plans/{plan.id}/review",
            again=False,
            **as_json(request, quoted(plan.version)),
        )
        return read(PlanSummary, answer.content)

    def review_steps(self, plan_id: str) -> tuple[ReviewStep, ...]:
        """The steps that the review of a plan has taken."""
        answer = self._connection.get(f"/v1/plans/{plan_id}/review")
        return read(tuple[ReviewStep, ...], answer.content)
