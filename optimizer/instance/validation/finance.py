"""Whether a candidate's building cost can be paid at all (rule 3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.instance.validation.fund import worth_musd
from optimizer.instance.validation.shares import ROUNDED
from optimizer.instance.validation.windows import candidates
from optimizer.vocabulary.instruments import PAID_BY_THE_FUND, PAID_BY_TREASURIES, PROMISED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Instrument, Project


def admitted(draft: Draft, project: Project) -> list[Instrument]:
    """The instruments that may finance a project; none without a member to pay.

    A tax credit needs a member that stands for the project's country.
    """
    if not draft.instance.members:
        return []
    treasury = any(project.country in row.countries for row in draft.instance.members)
    return [
        row
        for row in draft.instance.instruments
        if (not project.instruments or row.id in project.instruments)
        and (treasury or row.kind not in PAID_BY_TREASURIES)
    ]


def appetite(draft: Draft, project: Project) -> float:
    """Share of the building cost that private money covers by itself, with a contract if need be.

    a · b of rule 3, b = 1 where the project is bankable or one of its contracts makes it so.
    """
    contracts = draft.instance.contracts
    secured = any(row.bankable and row.project == project.id for row in contracts)
    return project.private_appetite if project.bankable or secured else 0.0


class Cover(NamedTuple):
    """What may pay for a project, guarantees taken into account.

    Private money P ≤ a + Σ μ_i c_i + Σ_g μ_g · share_g · P, so that P is at most
    `leverage` · (a + Σ μ_i c_i) with leverage = 1 / (1 − Σ_g μ_g · share_g).
    """

    paying: list[Instrument]
    """Instruments that pay: all but guarantees."""
    leverage: float
    """Infinite where guarantees draw in at least as much as they secure."""


def cover(draft: Draft, project: Project) -> Cover:
    """The instruments of a project, and how far its guarantees stretch private money."""
    rows = admitted(draft, project)
    secured = sum(row.mobilisation * row.largest_share for row in rows if row.kind in PROMISED)
    paying = [row for row in rows if row.kind not in PROMISED]
    return Cover(paying, 1 / (1 - secured) if secured < 1 - ROUNDED else math.inf)


def largest_cover(draft: Draft, project: Project) -> float:
    """Largest share of the building cost that public and private money cover together.

    Each instrument brings its largest share, and draws in private money by its mobilisation.
    """
    paying, leverage = cover(draft, project)
    if math.isinf(leverage):
        return 1.0
    private = appetite(draft, project) + sum(row.largest_share * row.mobilisation for row in paying)
    return leverage * private + sum(row.largest_share for row in paying)


def largest_private_share(draft: Draft, project: Project) -> float:
    """Largest share that private money may cover: rule 3 with the least public money.

    Private money is at most leverage · (a · b + Σ μ_i c_i), and 1 − Σ c_i is left to it. So Σ c_i
    is least when the instruments that mobilise most are used first, until both meet.
    """
    paying, leverage = cover(draft, project)
    if math.isinf(leverage):
        return 1.0
    gap, public = 1 - leverage * appetite(draft, project), 0.0
    for row in sorted(paying, key=lambda row: -row.mobilisation):
        drawn = 1 + leverage * row.mobilisation
        used = min(row.largest_share, max(gap, 0.0) / drawn)
        public += used
        gap -= used * drawn
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
        if row.kind == "equity" and (row.tenor_years == 0 or row.dividend_rate == 0):
            yield warning(row, "dividend_rate", "the equity never pays a dividend")
    for project in candidates(draft):
        if project.private_appetite and not appetite(draft, project):
            message = "does not count because the project is not bankable"
            yield warning(project, "private_appetite", message)


def dear_candidates(draft: Draft) -> Iterator[Finding]:
    """A candidate whose least fund money exceeds everything that the fund will ever have."""
    budget = math.fsum(row.opening_cash_musd for row in draft.instance.members)
    for row in draft.instance.contributions:
        worth = worth_musd(draft, row)
        if worth is None:
            return
        budget += worth
    for project in candidates(draft):
        others = any(row.kind not in PAID_BY_THE_FUND for row in admitted(draft, project))
        public = project.capex_musd * (1 - appetite(draft, project))
        drawn = max((money.mobilisation for money in draft.instance.instruments), default=0.0)
        if public / (1 + drawn) > budget and project.goes_ahead_alone is None and not others:
            message = (
                f"needs more public money than the fund's {budget:,.0f} MUSD in all years together"
            )
            yield warning(project, "capex_musd", message)


RULES = (
    Rule(unpayable, ("members", "instruments", "contracts")),
    Rule(idle_money, ("contracts",)),
    Rule(
        dear_candidates, ("members", "contributions", "exchange_rates", "instruments", "contracts")
    ),
)
