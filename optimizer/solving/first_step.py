"""The first step: the mixed-integer program, with a start of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.solving.close import Close
from optimizer.solving.process import Limits, Watch, solve_program

if TYPE_CHECKING:
    from optimizer.plan import Options
    from optimizer.solving.process import Answer
    from optimizer.solving.stamp import Stamped


def first_step(stamped: Stamped, options: Options, nothing: float, watch: Watch) -> Answer:
    """Solve the first step to the gaps asked for, or until its time is up.

    Args:
        stamped: the program.
        options: gaps, time limit and seed.
        nothing: what doing nothing scores, for the gap against the worth.
        watch: who listens, and who may stop it.
    """
    watch.stage = "portfolio"
    close = Close(options.gap, options.worth_gap, nothing)
    return solve_program(stamped.program, Limits(close, options.time_limit_s, options.seed), watch)
