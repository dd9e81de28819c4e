"""Blocks: which operation serves which scenario-year.

Enters: a case. Leaves: the rows that say whether each scenario-year is served, and by a block
that it may share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.rows import Rows, holds

if TYPE_CHECKING:
    from optimizer.checker.case import Case


def operated_as(case: Case) -> list[Rows]:
    """Every scenario-year is served by its own block or by one with the same data.

    Until a scenario is known it is the nominal one: an operator cannot know which scenario this
    is. Where it does not matter that it is known, its later years without shocks are nominal, too.
    """
    worlds, block = case.worlds, case.answer.block
    served = block >= 0
    serving = np.where(served, case.answer.scenario[block], -1) if served.any() else block
    own = np.arange(len(block))[:, None]
    legitimate = serving == own
    for scenario, year in np.argwhere(served & ~legitimate):
        legitimate[scenario, year] = worlds.alike(scenario, serving[scenario, year], year)
    quiet = ~worlds.shocked
    axes = (case.network.labels("scenarios"), case.years)
    return [
        holds(served, axes, "no block of operation serves this scenario-year"),
        holds(~served | legitimate, axes, "is served by a block whose data differ from its own"),
        holds(
            ~served | ~quiet | (serving == worlds.nominal),
            axes,
            "is not known from the nominal year and not operated as it",
        ),
    ]
