"""If all succeed: what a choice would be worth if no project failed.

Enters: a plan's program and solution. Leaves: its worth with failure ignored, in two linear
programs: the world without the fund, and the plan's own choice operated anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks.worlds import Worlds
from optimizer.instance.failure import may_fail
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


def worth_if_all_succeed(stamped: Stamped, x: Floats, session: Session) -> float | None:
    """Worth of a choice if every project succeeds, in the objective's unit.

    None where nothing can fail or failure is ignored anyway, where the time limit leaves no room,
    and where the choice cannot be kept then, as where price floors that surely pay are more than
    the fund has.

    Args:
        stamped: the plan's program.
        x: its solution, of which the starts and contracts are kept.
        session: the solve under way.
    """
    instance = stamped.worlds.q.instance
    if session.over or not _matters(instance):
        return None
    certain = instance.model_copy(
        update={"settings": instance.settings.replaced(failure="ignored")}
    )
    nothing = doing_nothing(certain, session)
    sure = stamp_prepared(Worlds.of(certain))
    choice = np.zeros(len(sure.program.cost))
    choice[sure.program.integer] = x[stamped.program.integer]
    sure, found = operated(sure, session, choice)
    if found is None:
        return None
    penalty = criteria_of(sure, found)["policy_penalty"]
    return nothing.value - (sure.program.value(found) - penalty)


def _matters(instance: Instance) -> bool:
    """Whether a failure counts at all."""
    if instance.settings.failure == "ignored":
        return False
    risky = any(may_fail(row) and row.success_probability < 1 for row in instance.projects)
    return risky or bool(instance.failures)
