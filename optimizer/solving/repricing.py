"""A choice in another world: what the same starts and contracts would be worth there.

Enters: a choice and an instance that differs from its own in what the world does. Leaves: the
choice's worth there, in two linear programs: that world without the fund, and the choice with money
and operation found anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.blocks.worlds import Worlds
from optimizer.program.criteria import criteria_of
from optimizer.program.prepared import stamp_prepared
from optimizer.solving.doing_nothing import doing_nothing
from optimizer.solving.operating import operated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.instance import Instance
    from optimizer.program.stamped import Stamped
    from optimizer.solving.session import Session

    Floats = NDArray[np.float64]


class Repriced(NamedTuple):
    """What a choice comes to in a world, against doing nothing there."""

    worth: float
    """In the objective's unit, policy penalties left out."""
    saved: float
    """Expected cost that it saves, M$."""


def choice_of(stamped: Stamped, x: Floats) -> Floats:
    """The whole decisions of a solution: what is started by when, and what is signed."""
    return np.round(x[: stamped.investment.size][stamped.investment.integer])


def repriced(world: Instance, choice: Floats, session: Session) -> Repriced | None:
    """What a choice would be worth in a world; None where its rules cannot be kept with it.

    Args:
        world: has the candidates, windows and contracts of the instance that was chosen for.
        choice: by `choice_of`.
        session: the solve under way.
    """
    nothing = doing_nothing(world, session)
    stamped = stamp_prepared(Worlds.of(world))
    x = np.zeros(len(stamped.program.cost))
    x[stamped.program.integer] = choice
    stamped, found = operated(stamped, session, x)
    if found is None:
        return None
    criteria = criteria_of(stamped, found)
    score = stamped.program.value(found) - criteria["policy_penalty"]
    saved = nothing.criteria["expected_cost"] - criteria["expected_cost"]
    return Repriced(nothing.value - score, saved)
