"""Shares: how much of what members need comes from where, traced through the chain.

One year of operation; shares are judged in the nominal scenario. Content of an element at a stage
counts for the country where it went through that stage, whether it was bought there or arrives
inside a later form.

Variables   excess[policy]        content by which a soft row is missed (kt/y)
Data        policy_bound[policy]  the bound of the year, in content (kt/y)
Rules       17 country share, and the largest share of rule 21
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from optimizer.blocks.largest_share import bounded_shares
from optimizer.blocks.shares import Shares, supply_content

if TYPE_CHECKING:
    from optimizer.instance.records import Policy


def add_country_share(m: Any, shares: Shares) -> None:
    """Rule 17: shares of nominal demand in content, by country or by a stage's own capacity.

    country_share:  Σ_j content · purchase[j] + Σ_{p,k in c} content · activity[p,k]
                    − Σ content · sold[z,m] ≤ policy_bound + excess
    largest_share:  the same of each country outside, hard, where rule 21 bounds the largest
    stage_share:    Σ_p content · (online[p] + contracted[p]) + excess ≥ policy_bound

    Sales take off at most what c supplies, which needs no row: no bound is below 0.
    """
    soft = [policy for policy, row in shares.rows.items() if not row.hard]
    m.SOFT = pyo.Set(initialize=soft)
    m.excess = pyo.Var(m.SOFT, domain=pyo.NonNegativeReals)
    of_a_criterion = bounded_shares(shares.net.q)
    capped = shares.of_kind("country_share")
    m.COUNTRY_SHARES = pyo.Set(initialize=[row for row in capped if row not in of_a_criterion])
    m.LARGEST_SHARES = pyo.Set(initialize=[row for row in capped if row in of_a_criterion])
    m.STAGE_SHARES = pyo.Set(initialize=shares.of_kind("stage_share"))

    @m.Constraint(m.COUNTRY_SHARES, doc="rule 17")
    def country_share(m, policy):
        excess = m.excess[policy] if policy in m.SOFT else 0
        row = shares.rows[policy]
        left = supplied(m, shares, row, str(row.country))
        return left <= m.policy_bound[policy] + excess

    @m.Constraint(m.LARGEST_SHARES, doc="rule 21")
    def largest_share(m, policy):
        row = shares.rows[policy]
        return supplied(m, shares, row, str(row.country)) <= m.policy_bound[policy]

    @m.Constraint(m.STAGE_SHARES, doc="rule 17")
    def stage_share(m, policy):
        row = shares.rows[policy]
        weights = {p: shares.capacity_content(p, row) for p in shares.net.modes}
        online = sum(weight * m.online[p] for p, weight in weights.items() if weight)
        online += sum(weights[p] * m.contracted[p] for p in shares.net.contracted if weights[p])
        excess = m.excess[policy] if policy in m.SOFT else 0
        return m.nothing + online + excess >= m.policy_bound[policy]


def supplied(m: Any, shares: Shares, policy: Policy, country: str) -> Any:
    """Content at the policy's stage that a country supplies in a year, net of sales (kt)."""
    parts = supply_content(shares, policy.model_copy(update={"country": country}))
    return m.nothing + sum(
        content * getattr(m, name)[key] for name, part in parts.items() for key, content in part
    )
