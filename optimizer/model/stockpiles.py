"""Stockpiles: what is kept for an emergency, and how it is filled and released.

Sets        (p, t) ∈ STOCKED, years in which candidate stockpile p can have been built
Variables   stock_plan[p, t]   level at which p is kept while nothing is wrong (kt), first stage
            stock[p]           stock at the end of the year (kt)
            filled[p], released[p]   put in and taken out in the year (kt)
            understock[p]      what is missing from the plan in a year without an emergency (kt)
Links       stock_before[p]    stock at the end of the year before
            stock_limit[p]     the plan of the year
            stock_kept[p]      the plan of the year, 0 in an emergency
Data        release_limit[p]   what may be released beyond rotation: 0 but in an emergency (kt)
            fill_limit[p]      what may be filled: 0 in an emergency (kt)
Rule        14 stockpiles
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from optimizer.model.parameters import T_PER_KT
from optimizer.model.selection import online_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.model.network import Network
    from optimizer.model.parameters import Parameters
    from optimizer.model.worlds import Worlds
    from optimizer.records import Policy

    Floats = NDArray[np.float64]

DAYS = 365.0


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
    """Rule 14: stockpiles cover so many days of nominal demand.

    Σ_p stock_plan[p,t] ≥ days/365 · Σ_d demand[d,t]    ∀ days_of_cover rows and their years
    """
    rows = q.enabled("days_of_cover")
    m.COVERS = pyo.Set(
        initialize=[(policy, t) for policy, row in rows.items() for t in q.policy_years(row)],
        dimen=2,
    )

    @m.Constraint(m.COVERS, doc="rule 14")
    def days_of_cover(m, policy, t):
        kept = [
            m.stock_plan[p, t] if (p, t) in m.STOCKED else q.settled_stock(p)
            for p in covering(q, rows[policy])
        ]
        days = q.policy_value(rows[policy], t)
        return m.nothing + sum(kept) >= days / DAYS * covered_demand(q, rows[policy], t)


def covered_demand(q: Parameters, policy: Policy, year: int) -> float:
    """Nominal demand for what the stockpiles that a row counts keep, of its member if any, kt/y."""
    materials = {q.stockpiles[p].material for p in covering(q, policy)}
    wanted = {
        d.id
        for d in q.instance.segments
        if d.material in materials and policy.member in (None, d.member)
    }
    rows = (d for d in q.instance.demand if d.segment in wanted and d.year == year)
    return sum(d.demand_t_per_year for d in rows) / T_PER_KT


def covering(q: Parameters, policy: Policy) -> list[str]:
    """Stockpiles that a days_of_cover row counts: those with its tag."""
    return [p for p in q.stockpiles if q.tagged(policy, q.plants[p])]


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


def fill_limit(worlds: Worlds) -> Floats:
    """What can be put into each stockpile, kt: 0 in an emergency; infinite without a limit."""
    largest = [
        np.inf if s.largest_fill_t_per_year is None else s.largest_fill_t_per_year / T_PER_KT
        for s in worlds.q.stockpiles.values()
    ]
    return np.where(worlds.emergency[:, None], 0.0, np.array(largest, dtype=float)[None, :])


def release_limit(worlds: Worlds) -> Floats:
    """What each stockpile may release beyond rotation, kt: 0 but in an emergency."""
    largest = [
        (
            worlds.q.plants[p].capacity_t_per_year
            if s.largest_release_t_per_year is None
            else s.largest_release_t_per_year
        )
        / T_PER_KT
        for p, s in worlds.q.stockpiles.items()
    ]
    return np.outer(worlds.emergency, largest).astype(float)


def residual_price(worlds: Worlds) -> Floats:
    """What a kilotonne in each stockpile costs at the end of a block, M$.

    Its worth, negative, in the last year, and 0 before.
    """
    materials = list(worlds.q.stages)
    prices = np.zeros((len(worlds.blocks), len(worlds.q.stockpiles)))
    last = worlds.block_years == len(worlds.q.years) - 1
    for i, s in enumerate(worlds.q.stockpiles.values()):
        price = worlds.price[:, materials.index(s.material)]
        prices[:, i] = np.where(last, -s.residual_share * price, 0.0)
    return prices
