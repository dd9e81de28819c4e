"""The rounds of the neighbourhood search: how much each frees, and whether they still pay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.highs.process import Answer

FREED = 16.0
"""Candidates freed in the first round; more when a round ends early, fewer when it does not."""
GROWTH = 1.4
PATIENCE = 5
"""Rounds without a better portfolio that end the search …"""
PATIENCE_BESIDE = 25
"""… and where the proof has a core of its own."""
LONGEST_REST = 3
"""A search beside a proof rests at most so many times the length of its last round."""
BETTER = 1e-12
"""Share of its value by which a portfolio must be better to count."""


@dataclass
class Rounds:
    """Rounds of a search, alone or beside a proof.

    Both close the gap, from either side. A round pays where it closed more of it than the proof did
    meanwhile; after rounds that did not, the search rests, and longer after each, so that the
    processor time goes to what gains more by it.
    """

    is_beside: bool
    freed: float = field(default=FREED, init=False)
    fruitless: int = field(default=0, init=False)
    """Rounds since the last better portfolio."""
    waning: int = field(default=0, init=False)
    """Rounds since the last that paid."""

    @property
    def over(self) -> bool:
        """Whether the search has been without a better portfolio for too long."""
        return self.fruitless >= (PATIENCE_BESIDE if self.is_beside else PATIENCE)

    def count(self, best: Answer, answer: Answer, lifted: float) -> bool:
        """Count a round; returns whether it found a better portfolio.

        Args:
            best: the portfolio that it began with.
            answer: what it found.
            lifted: by how much the proof has raised its bound meanwhile.
        """
        gained = best.value - answer.value if answer.x is not None else 0.0
        is_better = gained > BETTER * abs(best.value)
        self.fruitless = 0 if is_better else self.fruitless + 1
        self.waning = 0 if is_better and gained > lifted else self.waning + 1
        self.freed *= GROWTH if answer.ending == "optimal" else 1 / GROWTH
        return is_better

    def rest_s(self, took_s: float) -> float:
        """How long to leave the processor to the proof after a round of so many seconds."""
        return took_s * min(self.waning, LONGEST_REST)
