"""Stockpiles: what is kept for an emergency, and how it is filled and released.

Sets        (p, t) ∈ STOCKED, years in which candidate stockpile p can have been built
Variables   stock_plan[p, t]   level at which p is kept while nothing is wrong (kt), first stage
            stock[p]           stock at the end of the year (kt)
            filled[p], released[p]   put in and taken out in the year (kt)
            understock[p]      what is missing from the plan in a year without an emergency (kt)
Links       stock_before[p]    stock at the end of the year before
            stock_limit[p]     the plan of the year, times the share of p that performs
            stock_kept[p]      the same, 0 in an emergency
Data        release_limit[p]   what may be released beyond rotation: 0 but in an emergency (kt)
            fill_limit[p]      what may be filled: 0 in an emergency (kt)
Rule        14 stockpiles
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from optimizer.blocks.parameters import T_PER_KT
from optimizer.blocks.reserves import DAYS, covered_demand, covering
from optimizer.model.selection import online_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.blocks.network import Network
    from optimizer.blocks.parameters import Parameters

    Floats = NDArray[np.float64]


def add_stock_plan(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 14: a stockpile is planned no fuller than it can be.

    stock_plan[p,t] ≤ capacity[p] · offtake_share[p] · (share of p online in t)   ∀ (p,t) ∈ STOCKED
    """
    m.STOCKED = pyo.Set(initialize=q.stocked, dimen=2)
    m.stock_plan = pyo.Var(m.STOCKED, domain=pyo.NonNegativeReals)

    @m.Constraint(m.STOCKED, doc="rule 14")
    def stock_room(m, p, t):
        project = q.candidates[p]
        capacity = project.capacity_t_per_year / T_PER_KT * project.offtake_share
        return m.stock_plan[p, t] <= capacity * online_share(m, q, p, t)


def add_days_of_cover(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 14: stockpiles cover so many days of nominal demand, by what is expected of them.

    Σ_p success[p] · stock_plan[p,t] ≥ days/365 · Σ_d demand[d,t]    ∀ days_of_cover rows, years
    """
    rows = q.enabled("days_of_cover")
    m.COVERS = pyo.Set(
        initialize=[(policy, t) for policy, row in rows.items() for t in q.policy_years(row)],
        dimen=2,
    )

    @m.Constraint(m.COVERS, doc="rule 14")
    def days_of_cover(m, policy, t):
        kept = [
            q.success(p) * m.stock_plan[p, t] if (p, t) in m.STOCKED else q.settled_stock(p)
            for p in covering(q, rows[policy])
        ]
        days = q.policy_value(rows[policy], t)
        return m.nothing + sum(kept) >= days / DAYS * covered_demand(q, rows[policy], t)


def add_stockpiles(m: Any, net: Network) -> None:
    """Rule 14: a stock is carried from year to year, kept at its plan, released in emergencies.

    stock_balance:  stock[p] = (1 − loss[p]) · stock_before[p] + filled[p] − released[p]
    stock_most:     stock[p] ≤ stock_limit[p]
    stock_least:    stock[p] + understock[p] ≥ stock_kept[p]
    release_most:   released[p] ≤ rotation[p] · stock_before[p] + release_limit[p]
    rotation:       released[p] ≥ rotation[p] · stock_before[p]
    fill_most:      filled[p] ≤ fill_limit[p]
    """
    stockpiles = net.q.stockpiles

    @m.Constraint(m.STOCKPILES, doc="rule 14")
    def stock_balance(m, p):
        kept = (1.0 - stockpiles[p].loss_share) * m.stock_before[p]
        return m.stock[p] == kept + m.filled[p] - m.released[p]

    @m.Constraint(m.STOCKPILES, doc="rule 14")
    def stock_most(m, p):
        return m.stock[p] <= m.stock_limit[p]

    @m.Constraint(m.STOCKPILES, doc="rule 14")
    def stock_least(m, p):
        return m.stock[p] + m.understock[p] >= m.stock_kept[p]

    @m.Constraint(m.STOCKPILES, doc="rule 14")
    def release_most(m, p):
        rotated = stockpiles[p].rotation_share * m.stock_before[p]
        return m.released[p] <= rotated + m.release_limit[p]

    m.ROTATED = pyo.Set(initialize=[p for p, row in stockpiles.items() if row.rotation_share > 0])

    @m.Constraint(m.ROTATED, doc="rule 14")
    def rotation(m, p):
        return m.released[p] >= stockpiles[p].rotation_share * m.stock_before[p]

    @m.Constraint(m.STOCKPILES, doc="rule 14")
    def fill_most(m, p):
        return m.filled[p] <= m.fill_limit[p]
