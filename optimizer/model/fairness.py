"""Fairness: no member's share of unmet demand far above that of all.

Rows over accounts of operation whose multiples differ from block to block, as demand does: so they
are no rows of the compiled year, and the stamping adds them.

Parameters  demand[f, b]   demand of member f in a block, at the first year's prices (M$)
Accounts    unserved[f]    what f goes short of, at the same prices (M$)
Rule        20 fairness
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyomo.core as pyo

from optimizer.blocks.fairness import fairness_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.blocks.worlds import Worlds

    Floats = NDArray[np.float64]


def add_fairness(m: pyo.ConcreteModel, worlds: Worlds) -> None:
    """Rule 20: no member goes short of a much larger share than all members together.

    unserved[f,b] / demand[f,b] ≤ Σ_g unserved[g,b] / Σ_g demand[g,b] + value
        ∀ members f, blocks b of nominal and must-survive scenarios in the years of the row
    """
    rows = fairness_rows(worlds)
    m.FAIR = pyo.Set(initialize=list(rows), dimen=3)

    @m.Constraint(m.FAIR, doc="rule 20")
    def fairness(m, policy, f, b):
        row = rows[policy, f, b]
        left = (
            factor * m.operation[worlds.blocks[block]].account[key]
            for block, key, factor in row.terms
        )
        return m.nothing + sum(left) <= row.upper
