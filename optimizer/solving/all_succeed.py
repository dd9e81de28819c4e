"""If all succeed: what a choice would be worth if no project failed.

Enters: a plan's program and solution. Leaves: its worth with failure ignored, in two linear
programs: the world without the fund, and the plan's own choice operated anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.failure import may_fail
from optimizer.solving.repricing import choice_of, repriced

if TYPE_CHECKING:
    import numpy as np
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
    found = repriced(certain, choice_of(stamped, x), session)
    return None if found is None else found.worth


def _matters(instance: Instance) -> bool:
    """Whether a failure counts at all."""
    if instance.settings.failure == "ignored":
        return False
    risky = any(may_fail(row) and row.success_probability < 1 for row in instance.projects)
    return risky or bool(instance.failures)
