"""The portfolio: the first step, the cuts of rule 18, and the further steps of the objective.

Enters: the stamped program. Leaves: the choice with its operation, and what is proven of it.
Where an instance has rule 18 rows, tangents are added to the relaxation, and again to the program
with the choice fixed, until the point lies in the cone; the mixed-integer program is solved again
only where they moved the portfolio out of its gap.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optimizer.errors import SolverFailed
from optimizer.model.steps import further_steps
from optimizer.plan import StepProof
from optimizer.solving.choice import idle_blocks, with_choice, without_needless
from optimizer.solving.close import Close
from optimizer.solving.cone import cuts
from optimizer.solving.first_step import first_step

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.plan import Options
    from optimizer.solving.process import Answer
    from optimizer.solving.program import Program
    from optimizer.solving.session import Session
    from optimizer.solving.stamp import Stamped

    Floats = NDArray[np.float64]

MOST_ROUNDS = 200
"""Rounds of tangents; each is a linear program, and a handful is usual."""


@dataclass(frozen=True)
class Portfolio:
    """What was chosen, how it is operated and what is proven."""

    stamped: Stamped
    answer: Answer
    """What the first step says; its bound is that of the objective."""
    x: Floats | None = None
    """A solution with the choice of the answer and its least cost of operation."""
    held: tuple[dict[str, float], ...] = ()
    """The weightings of criteria that were minimised, one after the other."""
    steps: tuple[StepProof, ...] = ()
    """What is proven of the further steps."""


def choose(stamped: Stamped, session: Session, nothing: float) -> Portfolio:
    """Solve the first step, and operate what it chooses.

    Args:
        stamped: the program.
        session: options, and who listens.
        nothing: what doing nothing scores, for the gap against the worth.
    """
    began, options = time.monotonic(), session.options
    coned = bool(stamped.worlds.q.enabled("hhi_cap"))
    if coned:
        stamped = _tightened(stamped, session)
    while True:
        watch = session.watch()
        answer = first_step(stamped, _left(options, began), nothing, watch)
        session.cpu_s += answer.cpu_s
        if answer.x is None:
            return Portfolio(stamped, answer)
        before = len(stamped.program.row_upper)
        stamped, x = _operated(stamped, session, answer.x)
        moved = len(stamped.program.row_upper) > before
        if x is None and not moved:
            raise SolverFailed("operation at the chosen portfolio: no solution")
        if x is not None and (not moved or _enough(stamped, options, answer, x, nothing)):
            return _further(stamped, session, answer, _needed(stamped, session, x), began)


def _left(options: Options, began: float) -> Options:
    if options.time_limit_s is None:
        return options
    left = options.time_limit_s - (time.monotonic() - began)
    return options.replaced(time_limit_s=max(left, 1e-3))


def _enough(stamped: Stamped, options: Options, answer: Answer, x: Floats, nothing: float) -> bool:
    """Whether the tangents left the portfolio within its gap, or there is no time for more."""
    if answer.ending != "optimal" or answer.bound is None:
        return True
    close = Close(options.gap, options.worth_gap, nothing)
    return close.reached(stamped.program.value(x), answer.bound)


def _tightened(stamped: Stamped, session: Session) -> Stamped:
    """The program with the tangents at its relaxation."""
    for _ in range(MOST_ROUNDS):
        x = session.try_linear(stamped.program.relaxed(), "relaxation")
        found = [] if x is None else cuts(stamped, x)
        if not found:
            break
        stamped = stamped.with_rows(found)
    return stamped


def _needed(stamped: Stamped, session: Session, x: Floats) -> Floats:
    """The solution without needless contracts, and within the cone all the same."""

    def attempt(program: Program) -> Floats | None:
        fewer = session.try_linear(program, "operation with fewer contracts")
        return None if fewer is None or cuts(stamped, fewer) else fewer

    return without_needless(stamped, x, attempt)


def _operated(stamped: Stamped, session: Session, x: Floats) -> tuple[Stamped, Floats | None]:
    """The program with the tangents that the choice needs, and its operation.

    None where no operation keeps to the tangents: then the portfolio has to be chosen again.
    """
    for _ in range(MOST_ROUNDS):
        best = session.try_linear(with_choice(stamped, x), "operation at the chosen portfolio")
        if best is None:
            return stamped, None
        if stamped.worlds.net.remembers and stamped.idle.any():
            best = session.linear(idle_blocks(stamped, best), "operation that has to survive")
        found = cuts(stamped, best)
        if not found:
            return stamped, best
        stamped = stamped.with_rows(found)
    return stamped, best


def _further(
    stamped: Stamped, session: Session, answer: Answer, x: Floats, began: float
) -> Portfolio:
    """The further steps, each among the plans that are good enough by those before."""
    held: list[dict[str, float]] = [stamped.weights]
    bounds: list[float | None] = []
    value = stamped.program.value(x)
    for step in further_steps(stamped.worlds.q.instance):
        if answer.ending != "optimal":
            break
        row, offset = stamped.vector(held[-1])
        most = value + step.tolerance * abs(value) + 1e-9 * max(1.0, abs(value))
        stamped = stamped.with_rows([(row, most - offset)])
        weights = step.weights
        cost, offset = stamped.vector(weights)
        stamped = replace(stamped, program=replace(stamped.program, cost=cost, offset=offset))
        stamped, found, bound = _step(stamped, session, x, began)
        x = x if found is None else found
        held.append(weights)
        value = stamped.program.value(x)
        bounds.append(None if bound is None else min(bound, value))
    if bounds:
        stamped, x = _at_least_cost(stamped, session, x, held[-1])
    return Portfolio(stamped, answer, x, tuple(held), _proven(stamped, x, bounds))


def _proven(stamped: Stamped, x: Floats, bounds: list[float | None]) -> tuple[StepProof, ...]:
    """What the plan is worth in each further step that was taken, and the step's bound."""
    found = []
    for step, bound in zip(further_steps(stamped.worlds.q.instance), bounds, strict=False):
        sign = 1.0 if step.sense == "minimise" else -1.0
        row, offset = stamped.vector(step.weights)
        value = float(row @ x) + offset
        found.append(
            StepProof(
                criteria=tuple(sorted(step.weights)),
                objective=sign * value,
                bound=None if bound is None else sign * min(bound, value),
            )
        )
    return tuple(found)


def _at_least_cost(
    stamped: Stamped, session: Session, x: Floats, last: dict[str, float]
) -> tuple[Stamped, Floats]:
    """The objective again, with the choice fixed and the last step held.

    A tolerance is for the further steps and not to be wasted.
    """
    row, _ = stamped.vector(last)
    value = float(row @ x)
    stamped = stamped.with_rows([(row, value + 1e-9 * max(1.0, abs(value)))])
    cost, offset = stamped.vector(stamped.weights)
    program = replace(stamped.program, cost=cost, offset=offset)
    stamped, best = _operated(replace(stamped, program=program), session, x)
    return stamped, x if best is None else best


def _step(
    stamped: Stamped, session: Session, x: Floats, began: float
) -> tuple[Stamped, Floats | None, float | None]:
    """One further step: its program with the tangents it needed, its solution and its bound."""
    close, best = Close(session.options.gap), None
    for _ in range(MOST_ROUNDS):
        options = _left(session.options, began)
        answer = session.program(stamped.program, close, options, x)
        if answer.x is None:
            return stamped, None, answer.bound
        rows = len(stamped.program.row_upper)
        stamped, best = _operated(stamped, session, answer.x)
        if best is not None and len(stamped.program.row_upper) == rows:
            break
    return stamped, best, answer.bound
