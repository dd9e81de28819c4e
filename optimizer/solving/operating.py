"""Operation at a choice: everything whole, everything at its least cost, within the cone.

Enters: a solution whose choice is meant. Leaves: the solution with that choice rounded and operated
anew, in two linear programs: what the objective weighs first, and then, among the operations that
are equally good, the least cost of the blocks that have no probability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.errors import SolverFailed
from optimizer.solving.cone import cuts, outside
from optimizer.solving.fixed_choice import idle_blocks, with_choice, without_needless

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.program.program import Program
    from optimizer.program.stamped import Stamped
    from optimizer.solving.session import Session

    Floats = NDArray[np.float64]

MOST_ROUNDS = 200
"""Rounds of tangents; each is a linear program, and a handful is usual."""


def tightened(stamped: Stamped, session: Session) -> Stamped:
    """The program with the tangents at its relaxation."""
    for _ in range(MOST_ROUNDS):
        x = session.try_linear(stamped.program.relaxed(), "relaxation")
        found = [] if x is None else cuts(stamped, x)
        if not found:
            break
        stamped = stamped.with_rows(found)
    return stamped


def operated(stamped: Stamped, session: Session, x: Floats) -> tuple[Stamped, Floats | None]:
    """The program with the tangents that the choice needs, and its operation.

    None where no operation keeps to the tangents: then the portfolio has to be chosen again.

    Raises:
        SolverFailed: the operation still lies outside the cone after the last round.
    """
    best: Floats | None = None
    for _ in range(MOST_ROUNDS):
        best = session.try_linear(with_choice(stamped, x), "operation at the chosen portfolio")
        if best is None:
            return stamped, None
        best = _survived(stamped, session, best)
        found = cuts(stamped, best)
        if not found:
            return stamped, best
        stamped = stamped.with_rows(found)
    raise SolverFailed(_still_outside(stamped, best))


def needed(stamped: Stamped, session: Session, x: Floats) -> Floats:
    """The solution without needless contracts, and within the cone all the same.

    Trials that the time limit leaves no room for are left out.
    """

    def attempt(program: Program) -> Floats | None:
        if session.over:
            return None
        fewer = session.try_linear(program, "operation with fewer contracts")
        return None if fewer is None or cuts(stamped, fewer) else fewer

    fewer = without_needless(stamped, x, attempt)
    if fewer is x:
        return x
    fewer = _survived(stamped, session, fewer)
    return x if cuts(stamped, fewer) else fewer


def _still_outside(stamped: Stamped, x: Floats | None) -> str:
    """What is wrong with a point that no round of tangents has brought into the cone."""
    found = [] if x is None else list(outside(stamped, x))
    worst = max(found, key=lambda one: one.by, default=None)
    where = ""
    if worst is not None:
        scenario, year = stamped.worlds.blocks[worst.block]
        where = f" ({worst.policy} in {scenario} {year}, by {worst.by:.2g} of its bound)"
    return (
        f"rule 18: after {MOST_ROUNDS} rounds of tangents the operation still lies outside the "
        f"cone of an HHI cap{where}, so no plan is returned. Look for demand in content a million "
        "times larger or smaller than that of other caps, and for caps that nothing can meet."
    )


def _survived(stamped: Stamped, session: Session, x: Floats) -> Floats:
    """The solution with the blocks that have no probability at their least cost."""
    if not stamped.idle.any():
        return x
    return session.linear(idle_blocks(stamped, x), "operation that has to survive")
