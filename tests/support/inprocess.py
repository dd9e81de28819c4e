"""Solving in this process, for tests that solve often: the same program, options and steps.

A solve hands about five programs to a child process, which costs more than the solving of a small
instance.
`test_process.py` and `test_solve.py` test the processes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import highspy
import numpy as np

from optimizer.blocks.worlds import Worlds
from optimizer.highs.handover import hand_over
from optimizer.highs.highs_options import highs_options
from optimizer.highs.limits import Limits
from optimizer.highs.process import Answer
from optimizer.plan import Options
from optimizer.program.scaling import scaled
from optimizer.program.stamp import stamp
from optimizer.solving import first_step as first
from optimizer.solving import session
from optimizer.solving import solve as steps
from optimizer.solving.firmness import firm

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimizer.highs.process import Ending, Progress, Stop
    from optimizer.instance import Instance
    from optimizer.plan import Plan
    from optimizer.plan.firm_case import FirmCase
    from optimizer.program.program import Program

    Floats = NDArray[np.float64]

EXACT = Options(gap=0.0, worth_gap=0.0)
ENDINGS: dict[str, Ending] = {
    "kOptimal": "optimal",
    "kInfeasible": "infeasible",
    "kUnboundedOrInfeasible": "infeasible",
}


def highs(limits: Limits | None = None) -> Any:
    """A quiet HiGHS with the options of every solve, but for its presolve.

    On small programs the presolve of HiGHS 1.15.1 is not to be trusted: of 2,400 random instances
    it called 30 infeasible that were not, and never came back from two.
    """
    h = highspy.Highs()
    for option, value in highs_options(replace(limits or Limits(), presolve="off")).items():
        h.setOptionValue(option, value)
    h.setOptionValue("output_flag", False)
    return h


def solve_program_here(
    program: Program, limits: Limits, watch: object = None, start: Floats | None = None
) -> Answer:
    """What `solve_program` answers, without its child."""
    h = highs(limits)
    handed = scaled(program)
    hand_over(h, handed.program.arrays())
    h.run()
    ending = ENDINGS[h.getModelStatus().name]
    duals = None
    if limits.duals:
        found = h.getDualRay()[2] if ending == "infeasible" else h.getSolution().row_dual
        duals = np.array(found) * handed.rows / handed.objective
    if ending == "infeasible":
        return Answer(ending, None, None, None, h.version(), 0.0, duals=duals)
    x = np.array(h.getSolution().col_value) * handed.columns
    info = h.getInfo()
    bound = info.mip_dual_bound if program.integer.any() else info.objective_function_value
    bound /= handed.objective
    return Answer(ending, x, program.value(x), bound, h.version(), 0.0, duals=duals)


def solve_here(instance: Instance, options: Options = EXACT) -> Plan:
    """What `solve` answers, proven to the end unless asked otherwise."""
    with (
        patch.object(first, "solve_program", solve_program_here),
        patch.object(session, "solve_program", solve_program_here),
    ):
        return steps.solve(instance, options)


def firm_here(
    instance: Instance,
    plan: Plan,
    options: Options | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Stop | None = None,
) -> tuple[FirmCase, ...]:
    """What `firm` says of a plan."""
    with patch.object(session, "solve_program", solve_program_here):
        return firm(instance, plan, options, progress=progress, stop=stop).proof.firm


def optimum(instance: Instance) -> float | None:
    """The best value of what the first step minimises; None where there is no plan."""
    program = stamp(Worlds.of(instance)).program
    return solve_program_here(program, Limits()).objective
