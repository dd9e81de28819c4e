"""Survival: what segments go without in the scenarios that must be survived.

Enters: a case. Leaves: one `PolicyRow` for each policy of rule 19 and year, from what each block
was found to leave short when it was in hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.operation import short_of
from optimizer.checker.policies import PolicyRow, in_force, judged, policy_years, value_in

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array, Rows


def must_survive(case: Case) -> list[Rows]:
    """Rule 19 must_survive: in marked scenarios no segment is short of more than is granted.

    max over marked scenarios and segments of Σ_n short[d,n] / demand[d,t,s] ≤ value
    """
    return judged(survival_rows(case))


def survival_rows(case: Case) -> list[PolicyRow]:
    """All rows of rule 19: the worst share short of the year against the share granted."""
    policies = in_force(case, "must_survive")
    if not policies:
        return []
    marked = np.array([row.must_survive for row in case.every.scenarios], dtype=bool)
    rows = []
    for policy in policies:
        short = case.books.taken(case.books.largest_short[policy.id])
        worst = np.where(case.books.serving >= 0, short, 1.0)[marked]
        for year in policy_years(case, policy):
            left = float(np.max(worst[:, year - case.years[0]], initial=0.0))
            rows.append(PolicyRow(policy, year, left, value_in(case, policy, year), "most"))
    return rows


def largest_short(case: Case) -> dict[str, Array]:
    """By policy of rule 19, the largest share that one of its segments lacks, by block in hand."""
    wanted = case.worlds.demand[case.answer.scenario, case.answer.year]
    share = np.divide(short_of(case), wanted, out=np.zeros(wanted.shape), where=wanted > 0)
    found = {}
    for policy in in_force(case, "must_survive"):
        segments = [row.id for row in case.instance.segments]
        counted = np.array([policy.segment in (None, d) for d in segments], dtype=bool)
        found[policy.id] = np.max(share[:, counted], axis=1, initial=0.0)
    return found
