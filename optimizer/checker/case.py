"""A case: an instance and a plan with one scenario in hand, as every rule looks at them.

Enters: instance and plan. Leaves: their arrays side by side, with the names of their axes. What
runs over all scenarios is in the books.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.calendar import Calendar, online
from optimizer.checker.worlds import prices_of, success

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.checker.answer import Answer
    from optimizer.checker.books import Books
    from optimizer.checker.network import Network
    from optimizer.checker.rows import Array, Flags
    from optimizer.checker.worlds import Worlds
    from optimizer.instance import Instance


@dataclass(frozen=True)
class Case:
    """What is known of an instance and a plan for it, with one scenario in hand."""

    every: Instance
    """With all of its scenarios."""
    instance: Instance
    """With the scenarios in hand: the one whose blocks are judged, and the nominal one."""
    network: Network
    calendar: Calendar
    worlds: Worlds
    answer: Answer
    books: Books
    """What all blocks come to; they are complete once every scenario has been in hand."""

    @property
    def years(self) -> Sequence[int]:
        """The years of the horizon."""
        return self.instance.settings.years

    @property
    def is_nominal(self) -> bool:
        """Whether the scenario in hand is the nominal one, with which all others are compared."""
        return self.worlds.nominal == 0

    @cached_property
    def blocks(self) -> Sequence[str]:
        """Scenario and year of each block of operation that is judged."""
        scenario = self.network.labels("scenarios")[0]
        return [f"{scenario}, {self.years[year]}" for year in self.answer.year]

    @cached_property
    def candidate(self) -> Flags:
        """Whether each project is a candidate."""
        return np.array([row.status == "candidate" for row in self.instance.projects], dtype=bool)

    @cached_property
    def started(self) -> Flags:
        """Whether each project is a candidate that has been started: w[p,T] of candidates."""
        return self.candidate & (self.answer.start >= 0)

    @property
    def counted(self) -> Flags:
        """chosen[p]: candidates started with the fund, which policies and scores count."""
        counted: Flags = self.started & (self.answer.start != self.calendar.alone)
        return counted

    @cached_property
    def starting(self) -> Array:
        """start[p,t]: 1 where a candidate is started, by project and year."""
        starts = self.answer.start[:, None] == np.arange(len(self.years))
        return np.where(self.candidate[:, None] & starts, 1.0, 0.0)

    @cached_property
    def online(self) -> Array:
        """Capacity without outages and delays, by project and year (kt/y)."""
        return online(self.instance, self.answer.start, np.zeros(len(self.instance.projects)))

    @cached_property
    def online_late(self) -> Array:
        """The same with the delays of each scenario in hand, by scenario, project and year."""
        late = [
            online(self.instance, self.answer.start, delay) if delay.any() else self.online
            for delay in self.worlds.delay
        ]
        return np.array(late).reshape(len(late), *self.online.shape)

    @cached_property
    def capex(self) -> Array:
        """Building cost of each project (M$)."""
        return np.array([row.capex_musd for row in self.instance.projects], dtype=np.float64)

    @cached_property
    def inside(self) -> Flags:
        """Whether each project lies inside the alliance."""
        allied = {row.id for row in self.instance.countries if row.alliance}
        return np.array([row.country in allied for row in self.instance.projects], dtype=bool)

    @cached_property
    def success(self) -> Array:
        """Success probability of each project, by what instruments and contracts are judged."""
        return success(self.instance)

    def prices(self, material: str) -> Array:
        """Market price of a material in all scenarios, by scenario and year (USD/t)."""
        return prices_of(self.every, material)

    def of_recipes(self, field: str) -> Array:
        """A figure of every recipe, in its published unit."""
        return np.array([getattr(row, field) for row in self.instance.recipes], dtype=np.float64)

    def nominal_year(self, year: int) -> int:
        """Block that operates the nominal scenario in a year, −1 where none does."""
        return int(self.answer.block[self.worlds.nominal, year])
