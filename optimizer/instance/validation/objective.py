"""What is optimised and bounded: criteria by name, steps in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.instance.validation.horizon import known_criteria
from optimizer.instance.validation.words import suggestion
from optimizer.vocabulary.criteria import CRITERIA, LESS_IS_BETTER, SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Step


def bounds(draft: Draft) -> Iterator[Finding]:
    """A bound is on a criterion that exists, and on a side of it that a plan can be held to."""
    known = known_criteria(draft) | CRITERIA.keys()
    for row in draft.instance.policies:
        if row.kind != "criterion_bound" or row.criterion is None:
            continue
        if row.criterion not in known:
            message = f"'{row.criterion}' is not a criterion{suggestion(row.criterion, known)}"
            yield error(row, "criterion", message)
        elif row.criterion in CRITERIA and row.sense not in CRITERIA[row.criterion].bounded:
            way = "above: write most" if row.sense == "least" else "below: write least"
            yield error(row, "sense", f"{row.criterion} can only be bounded from {way}")
        elif row.criterion == SERVICE and not 0 <= row.value <= 1:
            yield error(row, "value", f"{row.value:g} is not a share within 0 to 1")


def steps(draft: Draft) -> Iterator[Finding]:
    """Further steps weigh criteria that exist, and their rows agree."""
    known = known_criteria(draft)
    first: dict[int, Step] = {}
    for row in draft.instance.steps:
        if row.criterion not in known:
            message = f"'{row.criterion}' is not a criterion{suggestion(row.criterion, known)}"
            yield error(row, "criterion", message)
        if row.criterion == "tail_shortage" and row.sense == "maximise":
            yield error(row, "sense", "rewards a worse tail without end: write minimise")
        elif row.criterion in LESS_IS_BETTER and row.sense == "maximise":
            yield warning(row, "sense", f"maximises {row.criterion}, of which less is better")
        agreed = first.setdefault(row.step, row)
        for field in ("sense", "tolerance_share"):
            if getattr(row, field) != getattr(agreed, field):
                message = f"differs from that of {agreed.criterion} in the same step"
                yield error(row, field, message)


def shared_out(draft: Draft) -> Iterator[Finding]:
    """Fairness is between members that want something."""
    members = {row.member for row in draft.instance.segments if row.member is not None}
    fewest = 2
    for row in draft.instance.policies:
        if row.kind == "fairness" and len(members) < fewest:
            message = "fewer than two members have demand (segments): the row says nothing"
            yield warning(row, "kind", message)


RULES = (
    Rule(bounds, ("attributes",)),
    Rule(steps, ("attributes",)),
    Rule(shared_out, ("segments",)),
)
