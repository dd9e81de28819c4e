"""The root: relaxation, cuts that it misses, relaxation, while that lifts the bound."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optimizer.solving.use_cuts import UseCuts

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.solving.process import Answer
    from optimizer.solving.program import Program
    from optimizer.solving.stamp import Stamped

ROUNDS_OF_CUTS = 20
"""Most rounds of cuts at the root."""
LIFTED = 1e-4
"""Share of its size by which a round must lift the bound to be worth its rows."""


def tightened_root(
    stamped: Stamped, solve: Callable[[Program], Answer], lasts: Callable[[], bool]
) -> tuple[Stamped, Answer]:
    """The program with the cuts that lift its bound, and its relaxation.

    Args:
        stamped: the program.
        solve: solves a linear program.
        lasts: whether there is time for more of them.
    """
    answer = solve(stamped.program.relaxed())
    cuts = UseCuts(stamped)
    for _ in range(ROUNDS_OF_CUTS):
        if answer.ending != "optimal" or answer.x is None or not lasts():
            break
        found = cuts.violated(answer.x)
        if found is None:
            break
        tighter = replace(stamped, program=stamped.program.with_rows(*found))
        after = solve(tighter.program.relaxed())
        if after.ending != "optimal" or not _lifted(answer, after):
            break
        stamped, answer = tighter, after
    return stamped, answer


def _lifted(before: Answer, after: Answer) -> bool:
    if before.objective is None or after.objective is None:
        return False
    return after.objective - before.objective > LIFTED * abs(before.objective)
