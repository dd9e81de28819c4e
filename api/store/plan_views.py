"""Plans as they are shown: whole, or a sponsor's part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.resources.base import moment
from api.resources.plans import ChosenProject, PlanSummary, SponsorView
from api.store.access import access
from optimizer.plan_files import PlanDocument

if TYPE_CHECKING:
    from api.caller import Caller


def seen(row: Any, caller: Caller) -> PlanSummary | SponsorView:
    """A plan as the caller may see it: whole, or a sponsor's own projects."""
    if access(row, caller) != "sponsor":
        return summary(row)
    return SponsorView(
        id=row.id,
        organisation_id=row.organisation_id,
        projects=tuple(sorted(caller.projects)),
        chosen=tuple(c for c in chosen_of(row) if c.project in caller.projects),
        review=row.review,
        version=row.version,
        created_at=moment(row.created_at),
    )


def summary(row: Any) -> PlanSummary:
    """A plan without its tables."""
    document = PlanDocument.model_validate(row.document)
    return PlanSummary(
        id=row.id,
        organisation_id=row.organisation_id,
        job_id=row.job_id,
        instance_id=row.instance_id,
        instance_hash=document.instance_hash,
        found=document.proof.objective is not None,
        proof=document.proof,
        criteria=document.criteria,
        without_fund=document.without_fund,
        chosen=chosen_of(row),
        certified=document.certificate is not None and document.certificate.ok,
        assumed_share=row.assumed_share,
        review=row.review,
        version=row.version,
        created_at=moment(row.created_at),
    )


def chosen_of(row: Any) -> tuple[ChosenProject, ...]:
    """The projects that a plan makes happen."""
    return tuple(ChosenProject(**entry) for entry in row.chosen)
