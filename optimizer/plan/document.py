"""The part of a plan that is no table: what `plan.json` holds.

Apart from the tables, so that who only keeps or shows it, as the service does, loads no pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from optimizer.instance.records import Record
from optimizer.plan import Certificate, Options, Proof
from optimizer.plan.legend import Legend
from optimizer.vocabulary.versions import MODEL, PLAN_FORMAT

if TYPE_CHECKING:
    from optimizer.plan import Plan

PLAN_FILE = "plan.json"


def _known(newest: int) -> AfterValidator:
    """Refuse what a later version has written, in words."""

    def refuse_later(version: int) -> int:
        if version > newest:
            raise ValueError(f"{version} is of a later Lodestone; this one reads up to {newest}")
        return version

    return AfterValidator(refuse_later)


class PlanDocument(Record):
    """What `plan.json` holds: everything of a plan that is no table."""

    format: Annotated[int, Field(ge=1), _known(PLAN_FORMAT)] = 1
    """Version of the plan's file format."""
    model: Annotated[int, Field(ge=1), _known(MODEL)] = 1
    """Version of the model by which the plan was judged."""
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
    do_nothing: bool = False
    """Whether the tables of doing nothing are in the plan's folder; format 1 has none."""
    kept: tuple[str, ...] | None = None
    """The scenarios whose operation is in the tables; null for all, as in format 1."""


def document_of(plan: Plan) -> PlanDocument:
    """The part of a plan that is no table."""
    return PlanDocument(
        format=PLAN_FORMAT,
        model=plan.model,
        instance_id=plan.instance_id,
        instance_hash=plan.instance_hash,
        options=plan.options,
        versions=plan.versions,
        proof=plan.proof,
        criteria=plan.criteria,
        without_fund=plan.without_fund,
        certificate=plan.certificate,
        legend=plan.legend,
        do_nothing=plan.do_nothing is not None,
        kept=plan.kept,
    )
