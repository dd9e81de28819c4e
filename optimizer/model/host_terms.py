"""Host terms: what stays in the countries that host plants, and whom the alliance buys from.

One year of operation, judged in the nominal scenario; the terms on what a host earns bar
candidates before (`optimizer.model.selection`).

Data        policy_bound[policy]  the bound of the year, in content (kt/y)
Variables   excess[policy]        content by which a soft row is missed (kt/y)
Rules       6 host terms
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

if TYPE_CHECKING:
    from optimizer.blocks.shares import Shares
    from optimizer.instance.records import Policy, Supplier


def add_host_terms(m: Any, shares: Shares) -> None:
    """Rule 6: a host processes its share of what it mines; purchases come from trusted suppliers.

    local_processing:  Σ_{p,k in c} (processed − value · mined) · activity[p,k] ≥ policy_bound = 0
    untrusted_share:   Σ_{j not trusted} content · purchase[j] ≤ policy_bound + excess
    """
    m.LOCAL = pyo.Set(initialize=shares.of_kind("local_processing"))
    m.UNTRUSTED = pyo.Set(initialize=shares.of_kind("untrusted_share"))

    @m.Constraint(m.LOCAL, doc="rule 6")
    def local_processing(m, policy):
        row = shares.rows[policy]
        kept = {mode: _kept(shares, mode, row) for mode in shares.net.recipes}
        total = sum(share * m.activity[mode] for mode, share in kept.items() if share)
        return m.nothing + total >= m.policy_bound[policy]

    @m.Constraint(m.UNTRUSTED, doc="rule 6")
    def untrusted_share(m, policy):
        row = shares.rows[policy]
        weights = {j: _untrusted(shares, s, row) for j, s in shares.net.suppliers.items()}
        bought = sum(weight * m.purchase[j] for j, weight in weights.items() if weight)
        excess = m.excess[policy] if policy in m.SOFT else 0
        return m.nothing + bought <= m.policy_bound[policy] + excess


def _kept(shares: Shares, mode: tuple[str, str], policy: Policy) -> float:
    """Content that a recipe processes in the policy's country, less the share that it should."""
    if shares.net.q.plants[mode[0]].country != policy.country:
        return 0.0
    element = str(policy.element)
    mined = shares.recipe_content(mode, element, "extraction")
    return shares.recipe_content(mode, element, "processing") - policy.value * mined


def _untrusted(shares: Shares, supplier: Supplier, policy: Policy) -> float:
    """What a tonne bought of a supplier that is not trusted supplies at the policy's stage."""
    if supplier.trusted:
        return 0.0
    return shares.content(supplier.material, str(policy.element), str(policy.stage))
