"""Survival: what segments may go without in the scenarios that must be survived.

One year of operation.

Data        most_short[policy, d] what a segment may be short of in a year to survive (kt/y)
Rules       19 must survive
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from optimizer.blocks.network import grouped

if TYPE_CHECKING:
    from optimizer.blocks.shares import Shares


def add_must_survive(m: Any, shares: Shares) -> None:
    """Rule 19: no segment is short of more than its service level grants.

    Σ_n short[d,n] ≤ most_short[policy,d] = value · demand[d]    in the years of must-survive
    scenarios
    """
    numbers = grouped(shares.net.tranches, lambda key: key[0])
    m.SERVICE_LEVELS = pyo.Set(initialize=shares.service_levels, dimen=2)

    @m.Constraint(m.SERVICE_LEVELS, doc="rule 19")
    def must_survive(m, policy, d):
        short = sum(m.short[key] for key in numbers[d])
        return m.nothing + short <= m.most_short[policy, d]
