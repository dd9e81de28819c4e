"""Accounts of projects: what a chosen project earns, owes and is given, as a banker asks for it.

Standard figures of project finance (Yescombe, Principles of Project Finance, 2014; Brealey, Myers
and Allen, Principles of Corporate Finance).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from optimizer.vocabulary.criteria import MUSD

EXPECTED: Final = "(expected)"
"""Basis of the mean over all scenarios; no scenario can be called so."""


@dataclass(frozen=True)
class ProjectFigure:
    """A figure of a project's account."""

    name: str
    unit: str
    says: str


TABLE: Final = (
    ProjectFigure("revenue", MUSD, "output at market prices, present value over its life"),
    ProjectFigure("cash_cost", MUSD, "inputs at market prices, operating cost and carbon price"),
    ProjectFigure("margin", MUSD, "revenue less cash cost"),
    ProjectFigure("debt_service", MUSD, "what it owes the fund on loans, by success"),
    ProjectFigure("uncovered", MUSD, "of it, what the margin of its year does not cover"),
    ProjectFigure("npv", MUSD, "margin less building cost"),
    ProjectFigure("irr", "share", "rate at which that is nothing; missing where no rate does it"),
    ProjectFigure("least_dscr", "share", "debt service cover: least margin over debt service"),
    ProjectFigure("mean_dscr", "share", "mean of the same over the years with debt service"),
    ProjectFigure("payback", "years", "from the start until margins have paid for the building"),
    ProjectFigure("grant_equivalent", MUSD, "public money less what it returns, present value"),
    ProjectFigure("subsidy", "USD/t", "the same over its discounted output"),
    ProjectFigure("idle_years", "years", "within the horizon, online and not running at all"),
)
"""In the order of a project's rows. Present values are those of the instance's base year."""
NAMES: Final = tuple(figure.name for figure in TABLE)
