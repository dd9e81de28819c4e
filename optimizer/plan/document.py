"""The part of a plan that is no table: what `plan.json` holds.

Apart from the tables, so that who only keeps or shows it, as the service does, loads no pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from optimizer.instance.records import Record
from optimizer.plan import Certificate, Options, Proof
from optimizer.plan.legend import Legend

if TYPE_CHECKING:
    from optimizer.plan import Plan

PLAN_FILE = "plan.json"


class PlanDocument(Record):
    """What `plan.json` holds: everything of a plan that is no table."""

    format: Literal[1] = 1
    """Version of the plan's file format."""
    instance_id: str
    instance_hash: str
    options: Options
    versions: dict[str, str]
    proof: Proof
    criteria: dict[str, float]
    without_fund: dict[str, float] = Field(default_factory=dict)
    certificate: Certificate | None = None
    legend: Legend | None = None
    """What the names in the tables stand for; plans of earlier versions have none."""


def document_of(plan: Plan) -> PlanDocument:
    """The part of a plan that is no table."""
    return PlanDocument(
        instance_id=plan.instance_id,
        instance_hash=plan.instance_hash,
        options=plan.options,
        versions=plan.versions,
        proof=plan.proof,
        criteria=plan.criteria,
        without_fund=plan.without_fund,
        certificate=plan.certificate,
        legend=plan.legend,
    )
