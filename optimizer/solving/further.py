"""The further steps of the objective, each among the plans that are good enough by those before.

A step may give up its tolerance of the step before, but what it gives up is measured from the
bound that is proven of that step: what the search left undone is part of the tolerance and not
beside it. So at the end objective and bound are no farther apart than the larger of the gaps asked
for and the tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optimizer.blocks.steps import further_steps
from optimizer.highs.gap_test import GapTest
from optimizer.plan import StepProof
from optimizer.program.keys import JOINT, RowKey
from optimizer.program.program import Row, weighted_sum
from optimizer.solving.later_steps import OBJECTIVE_TOLERANCE, step_key
from optimizer.solving.operating import MOST_ROUNDS, operated
from optimizer.solving.rounding import held_bound, rounding
from optimizer.vocabulary.rules import STEPS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.highs.process import Answer, Ending
    from optimizer.program.stamped import Stamped
    from optimizer.solving.session import Session

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Taken:
    """Where the further steps have led."""

    stamped: Stamped
    x: Floats
    held: tuple[dict[str, float], ...]
    """The weightings of criteria that were minimised, one after the other."""
    bounds: tuple[float | None, ...] = ()
    """Bound of each further step, of what it minimises."""
    unfinished: Ending | None = None
    """What came before the last step was taken and proven."""
    granted: float | None = None
    """How far the first step's value may be from its bound by the tolerance that it granted."""


def most_given_up(value: float, bound: float | None, tolerance: float, close: GapTest) -> float:
    """The largest value of a step that the next one may leave it with.

    Args:
        value: what the step has reached.
        bound: what is proven of it.
        tolerance: how much of its size it may give up.
        close: the gaps that were asked for.
    """
    given_up = value + tolerance * abs(value)
    if bound is not None:
        of_bound = bound + tolerance * abs(bound)
        given_up = max(value, min(given_up, max(of_bound, close.largest(bound))))
    return given_up + 1e-9 * max(abs(value), abs(given_up))


def taken_further(
    stamped: Stamped, session: Session, answer: Answer, x: Floats, nothing: float
) -> Taken:
    """Take the further steps.

    Args:
        stamped: the program of the first step.
        session: options, clock and who listens.
        answer: what the first step says.
        x: its solution, operated.
        nothing: what doing nothing scores.
    """
    taken = Taken(stamped, x, (stamped.weights,))
    steps = further_steps(stamped.worlds.q.instance)
    if steps and answer.ending != "optimal":
        return replace(taken, unfinished=answer.ending)
    close = GapTest(session.options.gap, session.options.worth_gap, nothing)
    bound = answer.bound
    for step in steps:
        value = taken.stamped.program.value(taken.x)
        most = most_given_up(value, bound, step.tolerance, close)
        if len(taken.held) == 1 and bound is not None:
            taken = replace(taken, granted=max(0.0, most - bound))
        taken = _held(taken, most, step.weights)
        taken = _step(taken, session)
        if taken.unfinished is not None:
            break
        bound, close = taken.bounds[-1], GapTest(session.options.gap)
    return taken


def at_least_expected_cost(taken: Taken, session: Session) -> Taken:
    """Of the operations that no step tells apart, the one of least expected cost.

    Where the objective does not weigh expected_cost it leaves open how plants run, what is bought
    and who goes short. With the choice fixed and all steps held, operators then keep cost least.
    """
    stamped = taken.stamped
    if stamped.weighs_cost:
        return taken
    row, offset = stamped.vector(stamped.weights)
    value = weighted_sum(row, taken.x)
    most = value + OBJECTIVE_TOLERANCE * max(stamped.unit, abs(value + offset))
    kept = Row.dense(RowKey(STEPS, "kept_objective", (), JOINT), row, most)
    weights = stamped.worlds.q.instance.settings.objective.economic.first_step
    cost, offset = stamped.vector(weights)
    stamped = stamped.with_rows([kept])
    program = replace(stamped.program, cost=cost, offset=offset)
    stamped, best = operated(replace(stamped, program=program), session, taken.x)
    x = taken.x if best is None else best
    return replace(taken, stamped=stamped, x=x, held=(*taken.held, weights))


def proven(taken: Taken) -> tuple[StepProof, ...]:
    """What the plan is worth in each further step that was taken, and the step's bound."""
    found = []
    steps = further_steps(taken.stamped.worlds.q.instance)
    for step, bound in zip(steps, taken.bounds, strict=False):
        sign = 1.0 if step.sense == "minimise" else -1.0
        row, offset = taken.stamped.vector(step.weights)
        value = weighted_sum(row, taken.x) + offset
        bound = held_bound(bound, value, rounding(value, offset), "a further step")
        found.append(
            StepProof(
                criteria=tuple(sorted(step.weights)),
                objective=sign * value,
                bound=None if bound is None else sign * bound,
            )
        )
    return tuple(found)


def _held(taken: Taken, most: float, weights: dict[str, float]) -> Taken:
    """The step taken held at what it may be left with, and the next one to be minimised."""
    row, offset = taken.stamped.vector(taken.held[-1])
    kept = Row.dense(step_key(len(taken.held)), row, most - offset)
    stamped = taken.stamped.with_rows([kept])
    cost, offset = stamped.vector(weights)
    program = replace(stamped.program, cost=cost, offset=offset)
    return replace(taken, stamped=replace(stamped, program=program), held=(*taken.held, weights))


def _step(taken: Taken, session: Session) -> Taken:
    """One further step: its program with the tangents it needed, its solution and its bound."""
    close, stamped, best = GapTest(session.options.gap), taken.stamped, None
    for _ in range(MOST_ROUNDS):
        answer = session.program(stamped.program, close, taken.x)
        if answer.x is None:
            break
        rows = len(stamped.program.row_upper)
        stamped, best = operated(stamped, session, answer.x)
        if best is not None and len(stamped.program.row_upper) == rows:
            break
    x = taken.x if best is None else best
    value = stamped.program.value(x)
    room = rounding(value, stamped.program.offset)
    bound = held_bound(answer.bound, value, room, "a further step")
    near = bound is not None and value - bound <= session.options.gap * abs(value) + room
    unfinished: Ending | None = None if near else answer.ending
    return replace(
        taken, stamped=stamped, x=x, bounds=(*taken.bounds, bound), unfinished=unfinished
    )


def at_least_cost(taken: Taken, session: Session) -> Taken:
    """The objective again, with the choice fixed and the last step held.

    A tolerance is for the further steps and not to be wasted.
    """
    if not taken.bounds:
        return taken
    row, _ = taken.stamped.vector(taken.held[-1])
    value = weighted_sum(row, taken.x)
    most = value + OBJECTIVE_TOLERANCE * max(taken.stamped.unit, abs(value))
    stamped = taken.stamped.with_rows([Row.dense(step_key(len(taken.held)), row, most)])
    cost, offset = stamped.vector(stamped.weights)
    program = replace(stamped.program, cost=cost, offset=offset)
    stamped, best = operated(replace(stamped, program=program), session, taken.x)
    return replace(taken, stamped=stamped, x=taken.x if best is None else best)
