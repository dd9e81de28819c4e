"""Host terms: what stays in the countries that host plants, and whom the alliance buys from.

Enters: a case. Leaves: one `PolicyRow` for each policy of rule 6, and for each year where a policy
is judged by year, in kt of the traced element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.policies import PolicyRow, in_force, judged, policy_years, tagged, value_in
from optimizer.checker.shares import content_per_activity, demand_content, needed_at

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array, Rows
    from optimizer.instance.records import Policy


def host_terms(case: Case) -> list[Rows]:
    """Rule 6 host_terms: local processing, benefits of the host, purchases from trusted suppliers.

    local_processing: content that plants of c process ≥ value · content that they mine, nominal,
    by year; host_benefit: no candidate that leaves its host less than the value is chosen;
    untrusted_share: content bought of suppliers that are not trusted ≤ value · demand in content
    (+ excess where soft), nominal, by year.
    """
    return judged(host_rows(case))


def host_rows(case: Case) -> list[PolicyRow]:
    """All rows of rule 6."""
    rows = [_benefit_row(case, policy) for policy in in_force(case, "host_benefit")]
    for policy in in_force(case, "local_processing"):
        rows += _processing_rows(case, policy)
    for policy in in_force(case, "untrusted_share"):
        rows += _untrusted_rows(case, policy)
    return rows


def _benefit_row(case: Case, policy: Policy) -> PolicyRow:
    """Number of chosen candidates under the least benefit; an unknown benefit counts as 0."""
    left_to_host = [row.host_benefit_share or 0.0 for row in case.instance.projects]
    under = tagged(case, policy) & (np.array(left_to_host, dtype=np.float64) < policy.value)
    return PolicyRow(policy, 0, float(np.sum(case.counted & under)), 0.0, "most")


def _processing_rows(case: Case, policy: Policy) -> list[PolicyRow]:
    """Content processed in the country against the share of what is mined there, by year (kt)."""
    here = np.array([row.country == policy.country for row in case.instance.projects], dtype=bool)
    recipes = here[case.network.recipe_project]

    def made(stage: str) -> Array:
        content = content_per_activity(case, policy.replaced(stage=stage)) * recipes
        return _nominal(case, case.answer.operation["activity"] @ content)

    mined, processed = made("extraction"), made("processing")
    return [
        PolicyRow(
            policy,
            year,
            float(processed[year - case.years[0]]),
            policy.value * float(mined[year - case.years[0]]),
            "least",
        )
        for year in policy_years(case, policy)
    ]


def _untrusted_rows(case: Case, policy: Policy) -> list[PolicyRow]:
    """Content bought of suppliers that are not trusted against demand in content, by year (kt)."""
    network, content = case.network, needed_at(case, policy)
    doubtful = np.array([not row.trusted for row in case.instance.suppliers], dtype=bool)
    per_tonne = content[network.supplier_material] * doubtful
    bought = _nominal(case, case.answer.operation["purchases"] @ per_tonne)
    wanted = demand_content(case, content)
    line = network.at("policies", [policy.id])[0]
    return [
        PolicyRow(
            policy,
            year,
            float(bought[year - case.years[0]]),
            value_in(case, policy, year) * float(wanted[year - case.years[0]]),
            "most",
            float(case.answer.excess[line, year - case.years[0]]),
        )
        for year in policy_years(case, policy)
    ]


def _nominal(case: Case, by_block: Array) -> Array:
    """The nominal value of each year; 0 where the year is not operated."""
    blocks = case.answer.block[case.worlds.nominal]
    return np.where(blocks >= 0, by_block[blocks], 0.0) if len(by_block) else np.zeros(len(blocks))
