"""The portfolio: the first step, the cuts of rule 18, and the further steps of the objective.

Enters: the stamped program. Leaves: the choice with its operation, and what is proven of it.
Where an instance has rule 18 rows, tangents are added to the relaxation, and again to the program
with the choice fixed, until the point lies in the cone; the mixed-integer program is solved again
only where they moved the portfolio out of its gap. It is solved again, too, with tighter tolerances
and without presolve, where the solver's own point does not keep what it promised.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from optimizer.errors import SolverFailed
from optimizer.highs.gap_test import GapTest
from optimizer.highs.limits import Limits
from optimizer.highs.process import solve_program
from optimizer.solving.cheapest import settled
from optimizer.solving.first_step import first_step
from optimizer.solving.fixed_choice import with_choice
from optimizer.solving.further import proven, taken_further
from optimizer.solving.operating import MOST_ROUNDS, needed, operated, tightened
from optimizer.solving.rounding import held_bound, rounding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.highs.process import Answer, Ending
    from optimizer.plan import Spared, StepProof
    from optimizer.program.stamped import Stamped
    from optimizer.solving.session import Session

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Portfolio:
    """What was chosen, how it is operated and what is proven."""

    stamped: Stamped
    first: Stamped
    """The program of the first step, whatever further steps have added since."""
    answer: Answer
    """What the first step says; its bound is that of the objective."""
    x: Floats | None = None
    """A solution with the choice of the answer and its least cost of operation."""
    held: tuple[dict[str, float], ...] = ()
    """The weightings of criteria that were minimised, one after the other."""
    steps: tuple[StepProof, ...] = ()
    """What is proven of the further steps."""
    unfinished: Ending | None = None
    """What came before the further steps were all taken and proven."""
    granted: float | None = None
    """Distance between objective and bound that the tolerances of further steps allow."""
    spared: Spared | None = None
    """What the plan would have cost without the search for the cheapest."""


def choose(stamped: Stamped, session: Session, nothing: float) -> Portfolio:
    """Solve the first step, and operate what it chooses.

    Args:
        stamped: the program.
        session: options, and who listens.
        nothing: what doing nothing scores, for the gap against the worth.

    Raises:
        SolverFailed: what the solver promised does not hold, also with tighter tolerances.
    """
    if stamped.worlds.q.enabled("hhi_cap"):
        stamped = tightened(stamped, session)
    found = _Found(stamped, session, nothing)
    for _ in range(MOST_ROUNDS):
        found.search()
        if found.answer is not None:
            break
    else:
        raise SolverFailed(
            f"rule 18: after {MOST_ROUNDS} searches the tangents of an HHI cap still move the "
            "portfolio out of its gap, so no plan is returned. Ask for a wider gap."
        )
    if found.x is None:
        return Portfolio(found.stamped, found.stamped, found.answer)
    x = needed(found.stamped, session, found.x)
    taken = taken_further(found.stamped, session, found.answer, x, nothing)
    end = settled(taken, session, found.answer, nothing)
    taken = end.taken
    return Portfolio(
        stamped=taken.stamped,
        first=found.stamped,
        answer=found.answer,
        x=taken.x,
        held=taken.held,
        steps=proven(taken),
        unfinished=taken.unfinished,
        granted=taken.granted,
        spared=end.spared,
    )


@dataclass
class _Found:
    """The search for a portfolio under way."""

    stamped: Stamped
    session: Session
    nothing: float
    careful: bool = False
    """Whether the search is the one with tighter tolerances and without presolve."""
    answer: Answer | None = field(default=None, init=False)
    """What the search says that is believed."""
    x: Floats | None = field(default=None, init=False)

    def search(self) -> None:
        """Search once; nothing is found where it has to be done again, in another way."""
        limits = self.session.of_search()
        watch = self.session.watch()
        keep, careful = self.session.keep_root, self.careful
        answer = first_step(self.stamped, limits, self.nothing, watch, careful=careful, keep=keep)
        self.session.cpu_s += answer.cpu_s
        if answer.x is None and answer.ending == "time_limit":
            answer = self._nothing_begun(answer)
        if answer.x is None:
            self.answer = answer
            return
        before = len(self.stamped.program.row_upper)
        self.stamped, x = operated(self.stamped, self.session, answer.x)
        moved = len(self.stamped.program.row_upper) > before
        if x is None and moved:
            return
        if not self.careful and not self._kept(answer, x, moved=moved):
            self.careful = True
            return
        if x is None:
            raise SolverFailed(
                "operation at the chosen portfolio: no solution, though the solver found one. Look "
                "for figures a million times larger or smaller than the others."
            )
        value = self.stamped.program.value(x)
        held_bound(answer.bound, value, rounding(value, self.nothing), "first step")
        if not moved or self._enough(answer, x):
            self.answer, self.x = answer, x

    def _nothing_begun(self, answer: Answer) -> Answer:
        """The plan that starts and signs no more than it must, where time is left for it alone."""
        left = self.session.left()
        if left is None or left == 0:
            return answer
        found = solve_program(
            with_choice(self.stamped, self.stamped.program.lower),
            Limits(time_limit_s=left / 2, seed=self.session.options.seed),
            self.session.watch("doing nothing"),
        )
        self.session.cpu_s += found.cpu_s
        return replace(answer, x=found.x, objective=found.objective)

    def _kept(self, answer: Answer, x: Floats | None, *, moved: bool) -> bool:
        """Whether the plan with whole decisions is what the solver said of its own point.

        It may be better than that, but not better than the bound; and worse only where the gap is
        reached all the same or tangents have been added since.
        """
        if x is None:
            return False
        value = self.stamped.program.value(x)
        room = rounding(value, self.nothing)
        if answer.bound is not None and answer.bound > value + room:
            return False
        if moved or answer.objective is None or value <= answer.objective + room:
            return True
        return answer.bound is None or self._close.reached(value - room, answer.bound)

    def _enough(self, answer: Answer, x: Floats) -> bool:
        """Whether the tangents left the portfolio within its gap, or there is no time for more."""
        if answer.ending != "optimal" or answer.bound is None:
            return True
        return self._close.reached(self.stamped.program.value(x), answer.bound)

    @property
    def _close(self) -> GapTest:
        options = self.session.options
        return GapTest(options.gap, options.worth_gap, self.nothing)
