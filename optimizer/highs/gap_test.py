"""When a solve has proved enough: close in cost, and close in what the plan is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class GapTest:
    """How near the bound must come to the incumbent (both of a minimisation)."""

    gap: float = 0.0
    """Largest distance as a share of the incumbent's size."""
    worth_gap: float | None = None
    """Largest distance as a share of what the incumbent is better than doing nothing by."""
    nothing: float | None = None
    """Objective of doing nothing."""
    known_bound: float | None = None
    """A bound known beforehand, where the program that is solved proves nothing of the whole."""

    def largest(self, bound: float) -> float:
        """The largest value that is still close enough to a bound."""
        shrink = 1.0 - self.gap if bound > 0 else 1.0 + self.gap
        most = bound / shrink if shrink > 0 else math.inf
        if self.worth_gap is None or self.nothing is None:
            return most
        of_worth = (bound + self.worth_gap * self.nothing) / (1.0 + self.worth_gap)
        # A plan worth nothing has only the first gap.
        return min(most, of_worth) if bound < self.nothing else most

    def reached(self, incumbent: float, bound: float) -> bool:
        """Whether the distance is small enough; a plan worth nothing has only the first gap."""
        if self.known_bound is not None:
            bound = self.known_bound
        if not (math.isfinite(incumbent) and math.isfinite(bound)):
            return False
        distance = incumbent - bound
        if distance > self.gap * abs(incumbent):
            return False
        if self.worth_gap is None or self.nothing is None:
            return True
        worth = self.nothing - incumbent
        return worth <= 0 or distance <= self.worth_gap * worth
