"""The frame: the network and the blocks, what the data of the years are made for.

A block is one year of operation that must be solved for: every nominal year, and the years of a
scenario that may be operated otherwise. The other years are the nominal year.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from optimizer.blocks.network import Network
    from optimizer.blocks.parameters import Parameters

    Floats = NDArray[np.float64]

Block = tuple[str, int]
"""Scenario and year."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Some blocks of an instance, and which scenario-years each of them serves."""

    net: Network
    blocks: list[Block]
    """Scenario and year of each block: the nominal years first, in order."""
    operated_as: dict[Block, int]
    """Position of the block that serves each scenario-year; the others belong to other frames."""

    @classmethod
    def of(cls, net: Network, blocks: list[Block]) -> Frame:
        """A frame whose blocks serve every scenario-year of the instance."""
        position = {block: b for b, block in enumerate(blocks)}
        nominal = nominal_scenario(net.q)
        served = {
            (scenario.id, year): position.get((scenario.id, year), position[nominal, year])
            for scenario in net.q.instance.scenarios
            for year in net.q.years
        }
        return cls(net, blocks, served)

    def taken(self, which: Sequence[int]) -> Frame:
        """Some of the blocks, with the scenario-years that they serve.

        Args:
            which: their positions, in the order that they shall have.

        Raises:
            ValueError: a block is taken without the earlier ones that it takes over from.
        """
        new = {old: b for b, old in enumerate(which)}
        served = {one: new[b] for one, b in self.operated_as.items() if b in new}
        if self.net.remembers:
            for scenario, year in (self.blocks[b] for b in which):
                earlier = (scenario, year - 1)
                if earlier in self.operated_as and earlier not in served:
                    raise ValueError(f"{scenario}, {year} is taken without the year before it")
        return Frame(self.net, [self.blocks[b] for b in which], served)

    @property
    def q(self) -> Parameters:
        """First-stage parameters."""
        return self.net.q

    @cached_property
    def nominal(self) -> str:
        """The scenario without shocks."""
        return nominal_scenario(self.q)

    @cached_property
    def probabilities(self) -> dict[str, float]:
        """Probability of each scenario."""
        return {s.id: s.probability for s in self.q.instance.scenarios}

    @cached_property
    def position(self) -> dict[Block, int]:
        """Position of each block."""
        return {block: b for b, block in enumerate(self.blocks)}

    @cached_property
    def weights(self) -> Floats:
        """Probability that each block's operation takes place."""
        weights = np.zeros(len(self.blocks))
        for (s, _), b in self.operated_as.items():
            weights[b] += self.probabilities[s]
        return weights

    @cached_property
    def years(self) -> NDArray[np.intp]:
        """Index in the horizon of each block's year."""
        return np.array([year - self.q.years[0] for _, year in self.blocks], dtype=np.intp)

    @cached_property
    def deltas(self) -> Floats:
        """Discount factor of each block."""
        return np.array([self.q.delta(year) for _, year in self.blocks])

    @cached_property
    def emergency(self) -> NDArray[np.bool_]:
        """Whether each block is an emergency: a shock of its scenario that is one is in force."""
        years = {
            (shock.scenario, year)
            for shock in self.q.instance.shocks
            if shock.is_emergency
            for year in range(shock.first_year, shock.last_year + 1)
        }
        return np.array([block in years for block in self.blocks], dtype=bool)

    def serving_before(self, b: int, years: int) -> int | None:
        """Block that serves the scenario of a block so many years before; None if before all."""
        scenario, year = self.blocks[b]
        return self.operated_as.get((scenario, year - years))


def nominal_scenario(q: Parameters) -> str:
    """The scenario without shocks."""
    return next(s.id for s in q.instance.scenarios if s.nominal)
