"""Concentration: a cap on the Herfindahl index of the origins of what members need.

The rows here bound each country by itself. The cone itself is held by tangent cuts, which the
solving adds where a solution leaves it (`optimizer.solving.cone`).

Accounts    origin[policy, c]   content supplied by country c, as rule 17 counts it (kt/y)
Rule        18 HHI
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from optimizer.model.shares import supplied

if TYPE_CHECKING:
    from optimizer.blocks.shares import Shares


def add_hhi(m: Any, shares: Shares) -> None:
    """Rule 18: the content of one country alone keeps within what the index allows for all.

    ‖x‖₂ ≤ √H · demand (+ excess), of which here x_c ≤ policy_bound + excess    ∀ countries c
    """
    pairs = [
        (policy, c)
        for policy, row in shares.rows.items()
        if row.kind == "hhi_cap"
        for c in shares.origin_countries
    ]
    m.ORIGINS = pyo.Set(initialize=pairs, dimen=2)

    @m.Expression(m.ORIGINS)
    def origin(m, policy, c):
        return supplied(m, shares, shares.rows[policy], c)

    @m.Constraint(m.ORIGINS, doc="rule 18")
    def hhi(m, policy, c):
        excess = m.excess[policy] if policy in m.SOFT else 0
        return m.origin[policy, c] <= m.policy_bound[policy] + excess
