"""The first step: the mixed-integer program, with a start of our own.

HiGHS proves well and starts badly: on large programs its first portfolio comes late and is poor.
So on those the relaxation is solved first. Where it is in two minds about a start year the year
stays free, everything else is fixed as it says, and this small program gives a first portfolio
(relaxation-induced fixing). Where that is still far from the relaxation, rounds of a neighbourhood
search free the whole windows of a few candidates at a time (Shaw 1998). HiGHS starts its proof from
the result.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from optimizer.highs.gap_test import GapTest
from optimizer.highs.limits import Limits
from optimizer.highs.process import Watch, solve_program
from optimizer.solving.proving import Proof, is_proven_beside
from optimizer.solving.root import Root, tightened_root
from optimizer.solving.rounds import Rounds
from optimizer.solving.starts import second_ways

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimizer.highs.process import Answer, Ending, Start
    from optimizer.highs.values import Basis
    from optimizer.plan import Options
    from optimizer.program.program import Program
    from optimizer.program.stamped import Stamped

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

SEARCHED_FROM = 20_000
"""Matrix entries from which a start of ours pays for itself (measured: benchmarks/results.md)."""
INTERIOR_FROM = 100_000
"""Matrix entries from which the interior-point method beats the simplex method on a relaxation."""
SETTLED = 1e-4
"""A relaxed w this close to 0 or 1 is taken at its word."""
NEAR = 0.005
"""A portfolio this near to the relaxation is left to the proof: to search on would not pay."""
SEARCHED_FOR = 3.0
"""A round of cuts is left out where less than so many times its length would be left."""


@dataclass(frozen=True)
class _Effort:
    """How long a small program may take, and how near its own bound ends it."""

    seconds: float
    relaxations: float
    """The same in times of the relaxation; the longer counts."""
    gap: float


FIRST = _Effort(10.0, 2.5, 2e-3)
"""Long enough that the search, and not the clock, ends it wherever a small instance is asked for
usual gaps: then the same input gives the same plan on any machine."""
ROUND = _Effort(2.0, 0.8, 5e-4)


def first_step(  # noqa: PLR0913 - the search, who listens to it, and who takes its relaxation
    stamped: Stamped,
    options: Options,
    nothing: float,
    watch: Watch,
    *,
    careful: bool = False,
    keep: Callable[[Root], None] | None = None,
) -> Answer:
    """Solve the first step to the gaps asked for, or until its time is up.

    Args:
        stamped: the program.
        options: gaps, time limit and seed.
        nothing: what doing nothing scores, for the gap against the worth.
        watch: who listens, and who may stop it.
        careful: whether to solve with tighter tolerances and without presolve.
        keep: takes the relaxation of the whole program, where one is solved.
    """
    close = GapTest(options.gap, options.worth_gap, nothing)
    search = _Search(stamped, options, close, watch, careful, keep)
    if stamped.program.matrix.nnz < SEARCHED_FROM:
        return search.prove(None, "choose")
    return search.beside() if is_proven_beside(stamped.program) else search.one_by_one()


@dataclass
class _Search:
    """A first step under way."""

    stamped: Stamped
    options: Options
    close: GapTest
    watch: Watch
    careful: bool = False
    keep: Callable[[Root], None] | None = None
    began: float = field(default_factory=time.monotonic)
    cpu_s: float = 0.0
    unit_s: float = 0.0
    """How long the relaxation took: the unit of what the start may take."""
    bound: float | None = None
    """What is proven of the whole program: at first the optimum of the relaxation."""
    proof: Proof | None = None
    """A proof that runs beside the search."""

    @property
    def method(self) -> Literal["choose", "ipm"]:
        """How a relaxation of this size is best solved."""
        return "ipm" if self.stamped.program.matrix.nnz >= INTERIOR_FROM else "choose"

    def one_by_one(self) -> Answer:
        """The relaxation, a start, and the proof from it, each when the one before has ended."""
        relaxed = self.relax()
        if relaxed.x is None or relaxed.ending != "optimal":
            return replace(relaxed, x=None, objective=None)
        start = self.improve(self.start(relaxed.x), relaxed.x)
        if self.proven(start) or self.watch.stop.asked or self.left() == 0:
            ending: Ending = "interrupt" if self.watch.stop.asked else "time_limit"
            ending = "optimal" if self.proven(start) else ending
            return replace(start, ending=ending, bound=relaxed.objective, cpu_s=self.cpu_s)
        answer = self._better(self.prove(start.x, self.method), start)
        return replace(answer, bound=_largest(answer.bound, relaxed.objective), cpu_s=self.cpu_s)

    def beside(self) -> Answer:
        """The proof in a process of its own, and beside it the relaxation and the search."""
        self.proof = self._proof()
        try:
            best = self._searched()
        except BaseException:
            self.proof.give_up()
            raise
        answer = self._better(self.proof.ended(), best)
        bound = _largest(answer.bound, self.bound)
        ending = "optimal" if self.proven(answer) else answer.ending
        return replace(answer, bound=bound, ending=ending, cpu_s=self.cpu_s + self.proof.cpu_s)

    def _proof(self) -> Proof:
        limits = self._limits(self.close, self.method)
        return Proof(self.stamped.program, self._careful(limits), self.watch.stop)

    def _searched(self) -> Answer | None:
        """What the search has found when it, or the proof, is through."""
        assert self.proof is not None
        best: Answer | None = None
        relaxed = self.relax()
        is_ahead = _largest(self.bound, self.proof.bound) != self.proof.bound
        if is_ahead and self.stamped.program is not self.proof.program:  # By cuts that it lacks.
            self.proof.give_up()
            self.cpu_s += self.proof.cpu_s
            self.proof = self._proof()
        if relaxed.x is not None and relaxed.ending == "optimal" and self.proof.running:
            best = self.improve(self.start(relaxed.x), relaxed.x)
        if best is None or not (self.proven(best) or self.watch.stop.asked):
            self.proof.wait(self.watch)
        return best

    def _better(self, answer: Answer, other: Answer | None) -> Answer:
        """A proof cut short may know less than what was found elsewhere: the best is kept."""
        if other is None or answer.value <= other.value:
            return answer
        return replace(answer, x=other.x, objective=other.objective)

    def relax(self) -> Answer:
        """The program without its integrality, with the cuts at the root that lift its bound."""
        self.stamped, answer = tightened_root(self.stamped, self._relaxation, self._lasts)
        self.bound = answer.objective if answer.ending == "optimal" else None
        if self.keep is not None:
            self.keep(Root(self.stamped.program, answer))
        return answer

    def _lasts(self, seconds: float) -> bool:
        """Whether there is time for a round of cuts that takes so long, and for a search."""
        left = self.left()
        return not self.watch.stop.asked and (left is None or left > SEARCHED_FOR * seconds)

    def _relaxation(self, program: Program, basis: Basis | None) -> Answer:
        began = time.monotonic()
        limits = self._limits(GapTest(), self.method if basis is None else "choose")
        limits = replace(limits, duals=True)
        answer = self._solve(program, "relaxation", limits, basis)
        self.unit_s = max(self.unit_s, time.monotonic() - began)
        return answer

    def start(self, relaxed: Floats) -> Answer:
        """The best portfolio found soon among those that the relaxation leaves open.

        Where there is none, or none in time, the first of the second ways that leads to one.
        """
        answer = self._around(relaxed, self._open(relaxed), FIRST, None)
        ways = second_ways(self.stamped, relaxed)
        while answer.x is None and not self.watch.stop.asked and self.left() != 0:
            values = next(ways, None)
            if values is None:
                break
            chosen = relaxed.copy()
            chosen[self.stamped.investment.columns["w"]] = values
            answer = self._around(chosen, np.zeros(len(values), dtype=bool), FIRST, None)
        return answer

    def improve(self, best: Answer, relaxed: Floats) -> Answer:
        """Free a few candidates at a time, half of them such that the relaxation left open."""
        candidates = np.array([p for p, _ in self.stamped.investment.keys["w"]])
        undecided = np.unique(candidates[self._open(relaxed)])
        random = np.random.default_rng(self.options.seed)
        rounds = Rounds(is_beside=self.proof is not None)
        self._offer(best)
        while best.x is not None and not rounds.over and not self._over(best):
            picked = [
                random.choice(pool, min(round(rounds.freed / 2), len(pool)), replace=False)
                for pool in (undecided, np.unique(candidates))
            ]
            free = np.isin(candidates, np.concatenate(picked))
            began, known = time.monotonic(), self.bound
            answer = self._around(best.x, free, ROUND, best.x)
            if rounds.count(best, answer, self._lift_since(known)):
                best = answer
                self._offer(best)
            if self.proof is not None:
                rest_s, left = rounds.rest_s(time.monotonic() - began), self.left()
                self.proof.wait(self.watch, rest_s if left is None else min(rest_s, left))
        return best

    def _lift_since(self, known: float | None) -> float:
        """By how much the proof has lifted the bound since it was so much."""
        if self.proof is not None:
            self.bound = _largest(self.bound, self.proof.bound)
        return 0.0 if known is None or self.bound is None else self.bound - known

    def _offer(self, best: Answer) -> None:
        """Hand a better portfolio to the proof, and take its bound."""
        if self.proof is not None and best.x is not None:
            self.proof.offer(best.x)

    def _open(self, relaxed: Floats) -> Bools:
        """Which w the relaxation is in two minds about."""
        value = relaxed[self.stamped.investment.columns["w"]]
        undecided: Bools = np.abs(value - np.round(value)) > SETTLED
        return undecided

    def _around(self, x: Floats, free: Bools, effort: _Effort, start: Floats | None) -> Answer:
        """The program with every w that is not free fixed as x says."""
        program, w = self.stamped.program, self.stamped.investment.columns["w"]
        value = np.clip(np.round(x[w]), program.lower[w], program.upper[w])
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[w] = np.where(free, lower[w], value)
        upper[w] = np.where(free, upper[w], value)
        most, left = max(effort.seconds, effort.relaxations * self.unit_s), self.left()
        seconds = most if left is None else min(most, left)
        close = replace(self.close, known_bound=self.bound)
        limits = Limits(close, seconds, self.options.seed, own_gap=effort.gap)
        stage = "first portfolio" if start is None else "better portfolio"
        self.watch.part = True
        self.watch.whole = _largest(self.bound, self.proof.bound if self.proof else None)
        try:
            return self._solve(program.with_bounds(lower, upper), stage, limits, start)
        finally:
            self.watch.part = False

    def proven(self, answer: Answer) -> bool:
        """Whether what is known already proves a portfolio to be close enough."""
        return replace(self.close, known_bound=self.bound).reached(answer.value, -np.inf)

    def _over(self, best: Answer) -> bool:
        if self.proof is not None and not self.proof.running:
            return True
        near = self.proof is None and GapTest(NEAR, known_bound=self.bound).reached(
            best.value, -np.inf
        )
        return near or bool(self.watch.stop.asked) or self.left() == 0 or self.proven(best)

    def prove(self, start: Floats | None, method: Literal["choose", "ipm"]) -> Answer:
        """The whole program, from a start if there is one."""
        limits = self._limits(self.close, method)
        return self._solve(self.stamped.program, "portfolio", limits, start)

    def left(self) -> float | None:
        """Seconds left, None without a limit."""
        if self.options.time_limit_s is None:
            return None
        return max(0.0, self.options.time_limit_s - (time.monotonic() - self.began))

    def _limits(self, close: GapTest, method: Literal["choose", "ipm"]) -> Limits:
        return Limits(close, self.left(), self.options.seed, method=method)

    def _solve(self, program: Program, stage: str, limits: Limits, start: Start = None) -> Answer:
        self.watch.stage = stage
        answer = solve_program(program, self._careful(limits), self.watch, start)
        self.cpu_s += answer.cpu_s
        return answer

    def _careful(self, limits: Limits) -> Limits:
        if not self.careful:
            return limits
        return replace(limits, presolve="off", careful=True, seed=self.options.seed + 1)


def _largest(*bounds: float | None) -> float | None:
    return max((bound for bound in bounds if bound is not None), default=None)
