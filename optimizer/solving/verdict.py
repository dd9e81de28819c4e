"""What is proven of a plan: judged by its own value and the proven bound, and by nothing else.

A solver that says "optimal" has judged its own point; the plan is that point operated with whole
decisions, and further steps may have given up some of it. So the status of a plan follows from the
distance that is left at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.plan import Proof
from optimizer.program.program import weighted_sum
from optimizer.solving.later_steps import OBJECTIVE_TOLERANCE
from optimizer.solving.rounding import held_bound, rounding
from optimizer.solving.worth import worth_parts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.plan import Options, Status, StoppedBy
    from optimizer.solving.doing_nothing import Nothing
    from optimizer.solving.portfolio import Portfolio

    Floats = NDArray[np.float64]


def proof_of(
    found: Portfolio, x: Floats, options: Options, nothing: Nothing, criteria: dict[str, float]
) -> Proof:
    """The proof of a plan.

    Args:
        found: the portfolio.
        x: its final solution.
        options: the gaps that were asked for.
        nothing: the world without the fund.
        criteria: the plan's; its worth leaves out the policy penalty.
    """
    stamped, answer = found.stamped, found.answer
    sense = stamped.worlds.q.instance.settings.objective.sense
    sign = 1.0 if sense == "minimise" else -1.0
    row, offset = stamped.vector(stamped.weights)
    objective = weighted_sum(row, x) + offset
    # What each later step may give up of the steps before, which is all there is of an objective
    # that can be 0.
    dust = OBJECTIVE_TOLERANCE * stamped.unit * (1 + len(found.held))
    room = max(dust, rounding(objective, nothing.value))
    bound = held_bound(answer.bound, objective, room, "objective")
    distance = None if bound is None else objective - bound
    worth = nothing.value - (objective - criteria["policy_penalty"])
    stated = Proof(
        status="feasible",
        stopped_by="numerics",
        objective=sign * objective,
        bound=None if bound is None else sign * bound,
        gap=None if distance is None else _gap(distance, objective, dust),
        do_nothing=sign * nothing.value,
        worth=worth,
        worth_parts=worth_parts(stamped, x, criteria, nothing),
        gap_against_doing_nothing=None if distance is None or worth <= 0 else distance / worth,
        steps=found.steps,
        granted=found.granted,
        spared=found.spared,
    )
    status, stopped_by = _status(found, stated, options, room)
    return stated.replaced(status=status, stopped_by=stopped_by)


def _gap(distance: float, objective: float, dust: float) -> float:
    """Distance as a share of the objective's size; none where it is dust."""
    return 0.0 if distance <= dust else distance / max(abs(objective), 1e-9)


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
