"""What the steps of one solve share: options, who listens, who may stop it, the CPU time spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.errors import SolverFailed
from optimizer.solving.process import Limits, Watch, solve_program

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from optimizer.plan import Options
    from optimizer.solving.close import Close
    from optimizer.solving.process import Answer, Progress, Stop
    from optimizer.solving.program import Program

    Floats = NDArray[np.float64]

TIME_LIMIT_OF_AN_LP_S = 600.0


@dataclass
class Session:
    """One solve under way."""

    options: Options
    progress: Callable[[Progress], None] | None
    stop: Stop
    cpu_s: float = 0.0

    def watch(self, stage: str = "portfolio") -> Watch:
        """Who listens to a search that may be stopped."""
        return Watch(self.stop, self.progress, stage)

    def try_linear(self, program: Program, stage: str) -> Floats | None:
        """Solve a linear program; None if it has no solution."""
        limits = Limits(seed=self.options.seed, time_limit_s=TIME_LIMIT_OF_AN_LP_S)
        answer = solve_program(
            program, limits, Watch(self.stop, self.progress, stage, patient=True)
        )
        self.cpu_s += answer.cpu_s
        if answer.ending == "infeasible":
            return None
        if answer.x is None or answer.ending != "optimal":
            raise SolverFailed(f"{stage}: the linear program ended as {answer.ending}")
        return answer.x

    def linear(self, program: Program, stage: str) -> Floats:
        """Solve a linear program that has a solution by construction."""
        x = self.try_linear(program, stage)
        if x is None:
            raise SolverFailed(f"{stage}: the linear program ended as infeasible")
        return x

    def program(self, program: Program, close: Close, options: Options, start: Floats) -> Answer:
        """Solve a further step of the objective, from a solution of the step before."""
        limits = Limits(close, options.time_limit_s, options.seed)
        answer = solve_program(program, limits, self.watch("further step"), start)
        self.cpu_s += answer.cpu_s
        return answer
