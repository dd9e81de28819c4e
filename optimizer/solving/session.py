"""What the steps of one solve share: options, who listens, who may stop it, its clock, CPU time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from optimizer.errors import SolverFailed
from optimizer.highs.limits import Limits
from optimizer.highs.process import Progress, Watch, solve_program

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from optimizer.highs.gap_test import GapTest
    from optimizer.highs.process import Answer, Start, Stop
    from optimizer.highs.values import Basis
    from optimizer.plan import Options
    from optimizer.program.program import Program
    from optimizer.solving.root import Root

    Floats = NDArray[np.float64]

TIME_LIMIT_OF_AN_LP_S = 600.0
RESERVED_S = 1.0
"""Seconds of a time limit that are kept for what follows the search, whatever its size …"""
RESERVED_PASSES = 2.0
"""… besides this many times what came before it, which solves the same kind of programs, …"""
FIRM_PASSES = 20.0
"""… and this many where the plan is to say how firm it is, …"""
MOST_RESERVED = 0.4
"""… and at most this share of the limit."""


@dataclass
class Session:
    """One solve under way."""

    options: Options
    progress: Callable[[Progress], None] | None
    stop: Stop
    cpu_s: float = 0.0
    began: float = field(default_factory=time.monotonic)
    reserved_s: float = 0.0
    """Seconds kept for what follows the search."""
    root: Root | None = None
    """The last relaxation of the whole program, from which its bound is verified."""

    @property
    def spent_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def left(self) -> float | None:
        """Seconds left of the whole solve, None without a limit."""
        if self.options.time_limit_s is None:
            return None
        return max(0.0, self.options.time_limit_s - self.spent_s)

    def reserve(self) -> None:
        """Keep some of the time for what follows the search: call it when the search begins."""
        if self.options.time_limit_s is not None:
            most = MOST_RESERVED * self.options.time_limit_s
            passes = RESERVED_PASSES + (FIRM_PASSES if self.options.firm else 0.0)
            self.reserved_s = min(RESERVED_S + passes * self.spent_s, most)

    def of_search(self) -> Options:
        """The options with the time that a search may still take."""
        left = self.left()
        if left is None:
            return self.options
        return self.options.replaced(time_limit_s=max(left - self.reserved_s, 1e-3))

    def keep_root(self, root: Root) -> None:
        """Keep a relaxation of the whole program: the last one is the tightest."""
        self.root = root

    @property
    def over(self) -> bool:
        """Whether what is not needed for a complete plan is left out."""
        return bool(self.stop.asked) or self.left() == 0

    def tell(self, stage: str) -> None:
        """Tell who listens what is being done."""
        if self.progress is not None:
            self.progress(Progress(stage, self.spent_s))

    def watch(self, stage: str = "portfolio") -> Watch:
        """Who listens to a search that may be stopped."""
        return Watch(self.stop, self.progress, stage)

    def try_linear(self, program: Program, stage: str) -> Floats | None:
        """Solve a linear program to its end, time limit or not; None if it has no solution."""
        limits = Limits(seed=self.options.seed, time_limit_s=TIME_LIMIT_OF_AN_LP_S)
        patient = Watch(self.stop, self.progress, stage, patient=True)
        answer = self._solved(program, limits, patient)
        if answer.ending == "infeasible":
            return None
        if answer.x is None or answer.ending != "optimal":
            raise SolverFailed(
                f"{stage}: the linear program did not end within {TIME_LIMIT_OF_AN_LP_S:g} s "
                f"({answer.ending}). Take fewer years, scenarios or routes, or a faster machine."
            )
        return answer.x

    def linear(self, program: Program, stage: str) -> Floats:
        """Solve a linear program that has a solution by construction."""
        x = self.try_linear(program, stage)
        if x is None:
            raise SolverFailed(
                f"{stage}: the linear program has no solution, though one is known. Look for "
                "figures a million times larger or smaller than the others, and for outlays above "
                "a member's cash; then solve again, or with another seed."
            )
        return x

    def relaxation(self, program: Program, stage: str, basis: Basis | None = None) -> Answer:
        """Solve a relaxation with the multipliers of its rows, as far as time allows."""
        limits = Limits(time_limit_s=self.left(), seed=self.options.seed, duals=True)
        return self._solved(program, limits, self.watch(stage), basis)

    def short(self, program: Program, start: Floats, limits: Limits, stage: str) -> Answer:
        """Search a program for a while, from a solution of it."""
        left, longest = self.of_search().time_limit_s, limits.time_limit_s
        if left is not None:
            longest = left if longest is None else min(longest, left)
        limits = replace(limits, time_limit_s=longest, seed=self.options.seed)
        return self._solved(program, limits, self.watch(stage), start)

    def program(self, program: Program, close: GapTest, start: Floats) -> Answer:
        """Solve a further step of the objective, from a solution of the step before."""
        limits = Limits(close, self.of_search().time_limit_s, self.options.seed)
        return self._solved(program, limits, self.watch("further step"), start)

    def _solved(
        self, program: Program, limits: Limits, watch: Watch, start: Start = None
    ) -> Answer:
        """Solve a program and count its CPU time."""
        answer = solve_program(program, limits, watch, start)
        self.cpu_s += answer.cpu_s
        return answer
