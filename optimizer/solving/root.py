"""The root: relaxation, cuts that it misses, relaxation, while that lifts the bound."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.solving.use_cuts import UseCuts

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.highs.process import Answer
    from optimizer.highs.values import Basis
    from optimizer.program.keys import RowKey
    from optimizer.program.program import Program
    from optimizer.program.stamped import Stamped

    Solve = Callable[[Program, Basis | None], Answer]

ROUNDS_OF_CUTS = 20
"""Most rounds of cuts at the root."""
LIFTED = 1e-4
"""Share of its size by which a round must lift the bound to be worth its rows …"""
WANING = 0.1
"""… and the share of the best round's lift below which it is the last."""


@dataclass(frozen=True)
class Root:
    """A relaxation of the whole program with its cuts, and what a solver says of it."""

    program: Program
    answer: Answer


def tightened_root(
    stamped: Stamped,
    solve: Solve,
    lasts: Callable[[float], bool],
) -> tuple[Stamped, Answer]:
    """The program with the cuts that lift its bound, and its relaxation.

    Args:
        stamped: the program.
        solve: solves a linear program, from a basis where there is one.
        lasts: whether there is time for a round that takes so many seconds.
    """
    began = time.monotonic()
    answer = solve(stamped.program.relaxed(), None)
    cuts, best, lift = UseCuts(stamped), 0.0, math.inf
    known: set[RowKey] = set()
    for _ in range(ROUNDS_OF_CUTS if answer.ending == "optimal" else 0):
        took_s, began = time.monotonic() - began, time.monotonic()
        if answer.x is None or lift < WANING * best or not lasts(took_s):
            break
        found = [row for row in cuts.violated(answer.x) if row.key not in known]
        if not found:
            break
        tighter = stamped.with_rows(found)
        basis = None if answer.basis is None else answer.basis.with_rows(len(found))
        after = solve(tighter.program.relaxed(), basis)
        lift = _lift(answer, after)
        if lift < LIFTED:
            break
        stamped, answer, best = tighter, after, max(best, lift)
        known.update(row.key for row in found)
    return stamped, answer


def _lift(before: Answer, after: Answer) -> float:
    """Share of its size by which the bound is lifted; 0 unless both relaxations were solved."""
    if before.ending != "optimal" or after.ending != "optimal":
        return 0.0
    if before.objective is None or after.objective is None:
        return 0.0
    return (after.objective - before.objective) / max(abs(before.objective), 1e-9)
