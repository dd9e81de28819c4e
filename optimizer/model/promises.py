"""What contracts do in operation: plants that would close stay open, and output is taken.

Links       opened[p]        capacity that a price floor keeps open (kt/y)
            contracted[p]    capacity that an offtake contract adds to what the alliance can have
            owed[p]          output that is paid for whether it is taken or not
Data        closing[p]       capacity that runs below cash cost without a contract; infinite where
                             the price covers it (kt/y)
Variables   untaken[p]       output paid for and not taken (kt/y)
Rules       9 (take or pay), 10 price floor
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from optimizer.model.parameters import T_PER_KT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.model.network import Network
    from optimizer.model.worlds import Worlds

    Floats = NDArray[np.float64]


def add_price_floor(m: Any, net: Network) -> None:
    """Rule 10: below its cash cost a plant runs only as far as it stays open or has a contract.

    Σ_k capacity_use[p,k] · activity[p,k] ≤ closing[p] + opened[p]
        = capacity[p] · availability · (open[p] + (1 − open[p]) · Σ_x signed[x] in force)
    """
    m.FLOORED = pyo.Set(initialize=net.floored)

    @m.Constraint(m.FLOORED, doc="rule 10")
    def price_floor(m, p):
        return running(m, net, p) <= m.closing[p] + m.opened[p]


def add_offtake(m: Any, net: Network) -> None:
    """Rule 9: what an offtake contract owes is taken or paid for.

    Σ_k capacity_use[p,k] · activity[p,k] + untaken[p] ≥ owed[p] = Σ_x take_share[x] · contracted[x]
        ∀ plants outside the alliance with such a contract; inside, the payment is a transfer
    """
    m.OWED = pyo.Set(initialize=net.owed)
    m.untaken = pyo.Var(m.OWED, domain=pyo.NonNegativeReals)

    @m.Constraint(m.OWED, doc="rule 9")
    def offtake(m, p):
        return running(m, net, p) + m.untaken[p] >= m.owed[p]


def running(m: Any, net: Network, p: str) -> Any:
    """Capacity of a plant that its recipes use."""
    return sum(net.recipes[mode].capacity_use * m.activity[mode] for mode in net.modes[p])


def closing(worlds: Worlds) -> Floats:
    """(blocks × plants that may close) what runs without a contract, kt/y.

    Infinite where the revenue per tonne of the first recipe at the block's prices covers its cash
    cost: opex and inputs at the nominal prices of the year.
    """
    net, plants = worlds.net, list(worlds.q.plants)
    found = np.full((len(worlds.blocks), len(net.floored)), np.inf)
    materials = {material: i for i, material in enumerate(worlds.q.stages)}
    for column, p in enumerate(net.floored):
        mode = net.modes[p][0]
        revenue = sum(t * worlds.price[:, materials[m]] for m, t in net.outputs[mode].items())
        nominal = worlds.price[worlds.block_years]
        inputs = sum(t * nominal[:, materials[m]] for m, t in net.inputs[mode].items())
        cash = net.recipes[mode].opex_usd_per_t / T_PER_KT + inputs
        open_kt = worlds.q.plants[p].open_share * worlds.q.capacity(p)
        at = worlds.availability[:, plants.index(p)] * open_kt
        found[:, column] = np.where(revenue < cash, at, np.inf)
    return found
