"""Whether a candidate's building cost can be paid at all (rule 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.validation.shares import ROUNDED
from optimizer.validation.windows import candidates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.records import Instrument, Project


def admitted(draft: Draft, project: Project) -> list[Instrument]:
    """The instruments that may finance a project; none without a member to pay."""
    if not draft.instance.members:
        return []
    return [
        row
        for row in draft.instance.instruments
        if not project.instruments or row.id in project.instruments
    ]


def appetite(project: Project) -> float:
    """Share of the building cost that private money covers by itself: a · b0 of rule 3."""
    return project.private_appetite if project.bankable else 0.0


def largest_cover(draft: Draft, project: Project) -> float:
    """Largest share of the building cost that public and private money cover together.

    Each instrument brings its largest share, and draws in private money by its mobilisation.
    """
    shares = (row.largest_share * (1 + row.mobilisation) for row in admitted(draft, project))
    return appetite(project) + sum(shares)


def largest_private_share(draft: Draft, project: Project) -> float:
    """Largest share that private money may cover: rule 3 with the least public money.

    Private money is at most a · b0 + Σ μ_i c_i, and 1 − Σ c_i is left to it. So Σ c_i is least
    when the instruments that mobilise most are used first, until both meet.
    """
    gap, public = 1 - appetite(project), 0.0
    by_mobilisation = sorted(admitted(draft, project), key=lambda row: -row.mobilisation)
    for row in by_mobilisation:
        used = min(row.largest_share, max(gap, 0.0) / (1 + row.mobilisation))
        public += used
        gap -= used * (1 + row.mobilisation)
    return 1 - public


def unpayable(draft: Draft) -> Iterator[Finding]:
    """A candidate that can never be financed."""
    for row in candidates(draft):
        if row.capex_musd == 0 or row.goes_ahead_alone is not None:
            continue
        cover = largest_cover(draft, row)
        if cover < 1 - ROUNDED:
            why = "" if draft.instance.members else "; there is no member to pay"
            message = (
                f"can never be financed: private money and the instruments that it admits cover "
                f"at most {cover:.4g} of the building cost{why}"
            )
            yield error(row, "instruments" if row.instruments else "private_appetite", message)
            continue
        most = largest_private_share(draft, row)
        if row.private_least_share > most + ROUNDED:
            message = (
                f"{row.private_least_share:g} is more than private money may cover, {most:.4g}"
            )
            yield error(row, "private_least_share", message)


def idle_money(draft: Draft) -> Iterator[Finding]:
    """Instruments without terms, and appetite that does not count."""
    for row in draft.instance.instruments:
        if row.kind == "loan" and row.tenor_years == 0:
            yield warning(row, "tenor_years", "is 0: the loan is never repaid")
        if row.kind == "equity" and (row.tenor_years == 0 or row.dividend_rate == 0):
            yield warning(row, "dividend_rate", "the equity never pays a dividend")
    for project in candidates(draft):
        if project.private_appetite and not project.bankable:
            message = "does not count because the project is not bankable"
            yield warning(project, "private_appetite", message)


RULES = (
    Rule(unpayable, ("members", "instruments")),
    Rule(idle_money),
)
