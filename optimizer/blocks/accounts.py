"""Accounts of operation, and what costs money whatever is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.blocks.parameters import Parameters

Account = tuple[str, str]
"""Kind of account, and the material, node or route that its price belongs to, if it has one."""
COST_ACCOUNTS = (
    "opex",
    "carbon_cost",
    "extra",
    "freight",
    "disposal",
    "holding",
    "understock",
    "shortage",
)
"""Accounts that are money (M$) in every year; all enter expected_cost."""


def remaining_cost(q: Parameters) -> float:
    """Present value of what committed projects inside the alliance still cost, M$.

    In equal parts from the first year to the year before `online_year`, at least one year.
    """
    first = q.years[0]
    total = 0.0
    for project in q.plants.values():
        if project.status == "committed" and q.inside(project):
            years = range(first, max(first + 1, project.online_year or first))
            total += project.capex_musd * sum(q.delta(y) for y in years) / len(years)
    return total
