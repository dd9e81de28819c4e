"""The choice fixed: operation at its own least cost, and no contract signed for nothing.

The first step does not care whether a price floor inside the alliance is signed, because what it
pays is a transfer. So a contract that the objective does not need is left out afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.program.keys import JOINT, RowKey
from optimizer.program.program import Row, weighted_sum
from optimizer.solving.later_steps import OBJECTIVE_TOLERANCE
from optimizer.vocabulary.rules import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimizer.program.program import Program
    from optimizer.program.stamped import Stamped

    Floats = NDArray[np.float64]


def with_choice(stamped: Stamped, x: Floats) -> Program:
    """The program of operation with every start and signature as in x: a linear program."""
    program = stamped.program
    choice = np.flatnonzero(program.integer)
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[choice] = upper[choice] = np.round(x[choice])
    return program.with_bounds(lower, upper).relaxed()


def without_needless(
    stamped: Stamped, x: Floats, attempt: Callable[[Program], Floats | None]
) -> Floats:
    """The solution without the contracts that its objective does not need.

    Each one signed that costs the fund something, or nothing, is left out by way of trial, the
    dearest first, and stays out where the objective is the same without it.

    Args:
        stamped: the program.
        x: its solution.
        attempt: solves a linear program; None where it has no solution.
    """
    block = stamped.investment
    place = block.columns["signed"]
    cost = block.expression("fund_cost")[place]
    best = stamped.program.value(x)
    most = best + OBJECTIVE_TOLERANCE * max(stamped.unit, abs(best))
    signed = np.flatnonzero((x[place] > 0.5) & (cost >= 0))
    for contract in signed[np.argsort(-cost[signed], kind="stable")]:
        fewer = x.copy()
        fewer[place.start + contract] = 0.0
        found = attempt(with_choice(stamped, fewer))
        if found is not None and stamped.program.value(found) <= most:
            x = found
    return x


def idle_blocks(stamped: Stamped, x: Floats) -> Program:
    """Operation of the blocks without probability at their least cost, all else as it is.

    What the objective weighs of them, the penalties of soft policies in a nominal year without
    probability, stays what it is: the objective comes first. Where years remember, such a block
    shares stocks with blocks that do happen, and must not move them.
    """
    free = np.zeros(len(x), dtype=bool)
    place = stamped.position[stamped.idle]
    free[place[place >= 0]] = True
    lower = np.where(free, stamped.program.lower, x)
    upper = np.where(free, stamped.program.upper, x)
    weighed = np.where(free, stamped.program.cost, 0.0)
    if weighed.any():
        value = weighted_sum(weighed, x)
        size = abs(stamped.program.value(x))
        most = value + OBJECTIVE_TOLERANCE * max(size, value)
        key = RowKey(STEPS, "kept_penalty", (), JOINT)
        stamped = stamped.with_rows([Row.dense(key, weighed, most)])
    program = replace(stamped.program, cost=np.where(free, stamped.operating_cost, 0.0))
    return program.with_bounds(lower, upper).relaxed()
