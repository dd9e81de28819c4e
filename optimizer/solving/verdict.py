"""What is proven of a plan: judged by its own value and the proven bound, and by nothing else.

A solver that says "optimal" has judged its own point; the plan is that point operated with whole
decisions, and further steps may have given up some of it. So the status of a plan follows from the
distance that is left at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.plan import Proof
from optimizer.program.program import weighted_sum
from optimizer.solving.rounding import held_bound, rounding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.plan import Options, Status, StoppedBy
    from optimizer.solving.portfolio import Portfolio

    Floats = NDArray[np.float64]


def proof_of(
    found: Portfolio, x: Floats, options: Options, nothing: float, penalty: float
) -> Proof:
    """The proof of a plan.

    Args:
        found: the portfolio.
        x: its final solution.
        options: the gaps that were asked for.
        nothing: what doing nothing scores.
        penalty: policy penalties of the plan, which its worth leaves out.
    """
    stamped, answer = found.stamped, found.answer
    sense = stamped.worlds.q.instance.settings.objective.sense
    sign = 1.0 if sense == "minimise" else -1.0
    row, offset = stamped.vector(stamped.weights)
    objective = weighted_sum(row, x) + offset
    room = rounding(objective, nothing)
    bound = held_bound(answer.bound, objective, room, "objective")
    distance = None if bound is None else objective - bound
    worth = nothing - (objective - penalty)
    stated = Proof(
        status="feasible",
        stopped_by="numerics",
        objective=sign * objective,
        bound=None if bound is None else sign * bound,
        gap=None if distance is None else distance / max(abs(objective), 1e-9),
        do_nothing=sign * nothing,
        worth=worth,
        gap_against_doing_nothing=None if distance is None or worth <= 0 else distance / worth,
        steps=found.steps,
        granted=found.granted,
    )
    status, stopped_by = _status(found, stated, options, room)
    return stated.replaced(status=status, stopped_by=stopped_by)


def _status(
    found: Portfolio, stated: Proof, options: Options, room: float
) -> tuple[Status, StoppedBy]:
    """Whether the distance left is small enough, and what came before if not."""
    if stated.objective is not None and stated.bound is not None and found.unfinished is None:
        distance, worth = abs(stated.objective - stated.bound), stated.worth or 0.0
        near = distance <= options.gap * abs(stated.objective) + room
        if near and (worth <= 0 or distance <= options.worth_gap * worth + room):
            return "optimal", "gap"
        if found.granted is not None and distance <= found.granted + room:
            return "optimal", "tolerance"
    ending = found.unfinished or found.answer.ending
    if ending in ("time_limit", "interrupt"):
        return "feasible", ending
    return "feasible", "numerics"
