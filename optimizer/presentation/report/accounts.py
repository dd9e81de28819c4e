"""What the projects that are started earn, and whether they can pay what they owe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.presentation.report.layout import Grid, Section
from optimizer.presentation.report.words import amount, blank_zero, number_of, percent
from optimizer.vocabulary.project_accounts import EXPECTED

if TYPE_CHECKING:
    from optimizer.plan import Plan

TERMS = (
    "Present values in M$ at market prices, expected over all scenarios, to the end of each life "
    "as in the last year. Net: margin less building; cover: least and mean margin over debt "
    "service; public: what fund and treasuries give, less returns, and per tonne; idle: years "
    "online without output in the undisturbed world."
)
GIVES_WAY = ("revenue", "USD/t", "margin", "public", "idle", "start")
NOTHING = 0.005
"""M$ under which there is nothing to tell."""


def accounts(plan: Plan, nominal: str | None) -> Section:
    """One row for each project that is started.

    Args:
        plan: a plan; an earlier version keeps no accounts, and nothing is said of them.
        nominal: the nominal scenario, where it is known.
    """
    found = _by_project(plan, EXPECTED)
    undisturbed = {} if nominal is None else _by_project(plan, nominal)
    if not found:
        return Section("Accounts")
    rows = tuple(
        (
            project,
            str(year),
            blank_zero(figures["revenue"]),
            blank_zero(figures["margin"]),
            blank_zero(figures["npv"]),
            percent(figures["irr"]) if "irr" in figures else "–",
            _cover(figures),
            blank_zero(figures["grant_equivalent"]),
            f"{figures['subsidy']:,.0f}" if "subsidy" in figures else "–",
            f"{undisturbed.get((project, year), figures)['idle_years']:.0f}",
        )
        for (project, year), figures in sorted(found.items(), key=lambda item: item[0][::-1])
    )
    header = (
        "project",
        "start",
        "revenue",
        "margin",
        "net",
        "IRR",
        "cover",
        "public",
        "USD/t",
        "idle",
    )
    return Section("Accounts", (TERMS, *_owed(found)), Grid(header, "lrrrrrrrrr", rows, GIVES_WAY))


def _owed(found: dict[tuple[str, int], dict[str, float]]) -> list[str]:
    """Whether what projects owe on loans is covered by what they earn."""
    owed = sum(figures["debt_service"] for figures in found.values())
    if owed < NOTHING:
        return []
    bare = {project: one["uncovered"] for (project, _), one in found.items()}
    short = [project for project, musd in bare.items() if musd >= NOTHING]
    if not short:
        return [f"Margins cover all {amount(owed)} M$ of debt service, year by year."]
    total = sum(bare.values())
    return [
        f"Of {amount(owed)} M$ of debt service {amount(total)} M$ ({percent(total / owed)}) are "
        f"not covered by the margin of their year, of {number_of(len(short), 'project')}: a loan "
        "that a project cannot carry is a grant by another name."
    ]


def _cover(figures: dict[str, float]) -> str:
    """Least and mean cover of debt service."""
    if "least_dscr" not in figures:
        return "–"
    return f"{figures['least_dscr']:.2f}/{figures['mean_dscr']:.2f}"


def _by_project(plan: Plan, basis: str) -> dict[tuple[str, int], dict[str, float]]:
    """The figures of each project and start, in a scenario or expected."""
    found: dict[tuple[str, int], dict[str, float]] = {}
    rows = plan.tables.columns("project_accounts")
    for project, of, figure, year, value in zip(*rows.values(), strict=True):
        if of == basis:
            found.setdefault((project, year), {})[figure] = value
    return found
