"""The stamped program: the first step, and the way back from its columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from optimizer.program.prices import account_prices, constant, investment_prices
from optimizer.program.scaling import money_unit
from optimizer.program.tail import tail_prices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from optimizer.blocks.worlds import Worlds
    from optimizer.program.compiled import Compiled
    from optimizer.program.program import Program, Row
    from optimizer.program.year import Year

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Stamped:
    """The first step's program and the way back from its columns."""

    worlds: Worlds
    investment: Compiled
    year: Year
    program: Program
    position: Ints
    """(blocks × recourse columns) column in the program, −1 where left out."""
    tail: int
    """Number of columns of the tail, which come after those of the investment."""

    def operation(self, x: Floats) -> Floats:
        """(blocks × recourse columns) values of a solution, zero where left out."""
        return np.where(self.position >= 0, x[self.position], 0.0)

    @property
    def operating_cost(self) -> Floats:
        """Cost of each column, with blocks that have no probability counted as if certain.

        Where years do not remember, the blocks do not touch each other once w is fixed: so every
        block runs at its own least cost, also one that only has to be survived, and also where the
        objective does not weigh it.
        """
        objective = self.worlds.q.instance.settings.objective
        weights = self.weights if self.weighs_cost else objective.economic.first_step
        certain = np.where(self.worlds.weights > 0, self.worlds.weights, 1.0)
        prices = account_prices(self.worlds, self.year.account_keys, certain, weights)
        idle = self.idle
        place, cost = self.position[idle], self.program.cost.copy()
        cost[place[place >= 0]] = (prices @ self.year.accounts)[idle][place >= 0]
        return cost

    @property
    def idle(self) -> NDArray[np.bool_]:
        """Blocks that have no probability and only have to be survived."""
        return np.asarray(self.worlds.weights == 0)

    @cached_property
    def weights(self) -> dict[str, float]:
        """What the first step minimises, by criterion."""
        return self.worlds.q.instance.settings.objective.first_step

    @property
    def weighs_cost(self) -> bool:
        """Whether expected_cost is weighed, so that the objective says how plants are operated."""
        return self.weights.get("expected_cost", 0.0) != 0

    @cached_property
    def unit(self) -> float:
        """Size of money, M$: 1 but in instances of very small or very large sums."""
        return money_unit(self.investment)

    def vector(self, weights: Mapping[str, float]) -> tuple[Floats, float]:
        """Coefficient of each column in a weighting of criteria, and its constant."""
        worlds = self.worlds
        prices = account_prices(worlds, self.year.account_keys, worlds.weights, weights)
        row = np.zeros(len(self.program.cost))
        row[: self.investment.size] = investment_prices(self.investment, weights)
        if self.tail:
            tail = slice(self.investment.size, self.investment.size + self.tail)
            row[tail] = tail_prices(worlds, weights)
        there = self.position >= 0
        row[self.position[there]] = (prices @ self.year.accounts)[there]
        return row, constant(worlds, self.investment, weights)

    def with_rows(self, rows: Sequence[Row]) -> Stamped:
        """The same with further rows, each at most its bound."""
        if not rows:
            return self
        return replace(self, program=self.program.with_rows(rows))

    def accounts(self, x: Floats) -> Floats:
        """(blocks × accounts) values of the accounts of operation."""
        return np.asarray((self.year.accounts @ self.operation(x).T).T)
