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

import pyomo.core as pyo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.blocks.network import Network

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
