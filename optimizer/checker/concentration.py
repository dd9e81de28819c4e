"""Concentration: the Herfindahl index of origins.

Enters: a case. Leaves: the rows of rule 18, in kt of content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.policies import PolicyRow, in_force, judged, policy_years, value_in
from optimizer.checker.shares import demand_content, from_countries, needed_at

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array, Rows
    from optimizer.instance.records import Policy


def hhi(case: Case) -> list[Rows]:
    """Rule 18 hhi: the content supplied by countries keeps within a Herfindahl index.

    ‖x‖₂ ≤ √H · demand in content (+ excess), x_c ≥ 0 as rule 17 counts it.
    """
    return judged(hhi_rows(case))


def hhi_rows(case: Case) -> list[PolicyRow]:
    """All rows of rule 18: the norm of the content by country against √H · demand (kt)."""
    rows = []
    for policy in in_force(case, "hhi_cap"):
        content = needed_at(case, policy)
        norm = np.linalg.norm(by_country(case, policy, content), axis=0)
        wanted = demand_content(case, content)
        line = case.network.at("policies", [policy.id])[0]
        for year in policy_years(case, policy):
            place = year - case.years[0]
            bound = value_in(case, policy, year) ** 0.5 * float(wanted[place])
            excess = float(case.answer.excess[line, place])
            rows.append(PolicyRow(policy, year, float(norm[place]), bound, "most", excess))
    return rows


def by_country(case: Case, policy: Policy, content: Array) -> Array:
    """Content at the policy's stage by country and year, not below 0 (kt)."""
    countries = [row.id for row in case.instance.countries]
    return np.maximum(from_countries(case, policy, content, countries), 0.0)
