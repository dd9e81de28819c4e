"""Bounds on criteria: what may be minimised may be bounded.

A criterion is a sum over the investment and every block of operation, so its bound is no row of
the compiled year; the stamping adds it.

Rule        21 criterion bound
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from optimizer.blocks.fairness import member_demand
from optimizer.vocabulary.criteria import LARGEST, SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.blocks.worlds import Worlds


def add_criterion_bound(
    m: pyo.ConcreteModel, worlds: Worlds, criterion: Callable[[str], Any]
) -> None:
    """Rule 21: a criterion stays on one side of a value.

    criterion ≤ or ≥ value; for worst_member_service ≥ value, of each member f:
    Σ_b π[b] · unserved[f,b] ≤ (1 − value) · Σ_b π[b] · demand[f,b];
    for largest_country_share the rows are those of rule 17 (`largest_share.bounded_shares`)

    Args:
        m: the whole model.
        worlds: what it is for.
        criterion: the expression of a criterion, by its name.
    """
    rows = worlds.q.enabled("criterion_bound")
    plain = [policy for policy, row in rows.items() if row.criterion not in (SERVICE, LARGEST)]
    m.CEILINGS = pyo.Set(initialize=plain)

    @m.Constraint(m.CEILINGS, doc="rule 21")
    def criterion_bound(m, policy):
        left, row = m.nothing + criterion(str(rows[policy].criterion)), rows[policy]
        return left <= row.value if row.sense == "most" else left >= row.value

    wanted = member_demand(worlds)
    served = [
        (policy, f) for policy, row in rows.items() if row.criterion == SERVICE for f in wanted
    ]
    m.SERVICES = pyo.Set(initialize=served, dimen=2)

    @m.Constraint(m.SERVICES, doc="rule 21")
    def member_service(m, policy, f):
        left = sum(
            float(worlds.weights[b]) * m.operation[block].account["unserved", f]
            for b, block in enumerate(worlds.blocks)
        )
        most = (1.0 - rows[policy].value) * float(worlds.weights @ wanted[f])
        return m.nothing + left <= most
