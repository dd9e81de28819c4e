"""Worlds: what each scenario-year looks like, and which ones are the nominal year.

Enters: the sets of the network. Leaves: numpy arrays over blocks. A block is one year of operation
that must be solved for: every nominal year, and every scenario-year whose data differ from the
nominal year's. The years without a shock are the nominal year.

Arrays are (blocks × items) in the order of the network's sets; quantities in kt, prices in M$/kt.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks import bounds, reserves, series, shocks
from optimizer.blocks.calendar import share_since
from optimizer.blocks.network import Network
from optimizer.blocks.parameters import Parameters
from optimizer.blocks.shares import Shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.instance import Instance

    Floats = NDArray[np.float64]


SHOCKED = (
    "supply_limit",
    "route_limit",
    "demand",
    "price",
    "availability",
    "export_tax",
    "delay",
    "release_limit",
    "fill_limit",
)
"""Data that shocks and delays change."""


@dataclass(frozen=True)
class Worlds:
    """The data of every block of operation."""

    net: Network
    blocks: list[tuple[str, int]]
    """Scenario and year of each block: the nominal years first, in order."""

    @classmethod
    def of(cls, instance: Instance) -> Worlds:
        """The worlds of an instance: the nominal years and the years that differ from them."""
        net = Network(Parameters(instance))
        nominal = next(s.id for s in instance.scenarios if s.nominal)
        years = [(nominal, year) for year in instance.settings.years]
        changed = sorted(_changed(net.q))
        worlds = cls(net, years + changed)
        kept = list(compress(changed, worlds._distinct()[len(years) :]))
        if net.remembers:
            kept = _with_what_follows(kept, instance.settings.last_year)
        return worlds if kept == changed else cls(net, years + kept)

    def _distinct(self) -> list[bool]:
        """Whether each block is nominal or differs from the nominal year in any of its data."""
        count = len(self.q.years)
        data = np.hstack([getattr(self, name) for name in SHOCKED])
        differs = (data != data[self.block_years]).any(axis=1)
        return [b < count or bool(differs[b]) for b in range(len(self.blocks))]

    @cached_property
    def q(self) -> Parameters:
        """First-stage parameters."""
        return self.net.q

    @cached_property
    def shares(self) -> Shares:
        """Coefficients of the policy rows on operation."""
        return Shares(self.net)

    @cached_property
    def nominal(self) -> str:
        """The scenario without shocks."""
        return next(s.id for s in self.q.instance.scenarios if s.nominal)

    @cached_property
    def probabilities(self) -> dict[str, float]:
        """Probability of each scenario."""
        return {s.id: s.probability for s in self.q.instance.scenarios}

    @cached_property
    def operated_as(self) -> dict[tuple[str, int], int]:
        """Block that serves each scenario-year."""
        position = {block: b for b, block in enumerate(self.blocks)}
        return {
            (s, year): position.get((s, year), position[self.nominal, year])
            for s in self.probabilities
            for year in self.q.years
        }

    @cached_property
    def weights(self) -> Floats:
        """Probability that each block's operation takes place."""
        weights = np.zeros(len(self.blocks))
        for (s, _), b in self.operated_as.items():
            weights[b] += self.probabilities[s]
        return weights

    @cached_property
    def block_years(self) -> NDArray[np.intp]:
        """Index in the horizon of each block's year."""
        return np.array([year - self.q.years[0] for _, year in self.blocks], dtype=np.intp)

    @cached_property
    def deltas(self) -> Floats:
        """Discount factor of each block."""
        return np.array([self.q.delta(year) for _, year in self.blocks])

    def serving_before(self, b: int, years: int) -> int | None:
        """Block that serves the scenario of a block so many years before; None if before all."""
        scenario, year = self.blocks[b]
        return self.operated_as.get((scenario, year - years))

    @cached_property
    def delay(self) -> Floats:
        """Years by which each plant is late in a block; 0 before it could have had output."""
        return shocks.delay(self)

    # Data of the blocks: nominal series times the factors of the shocks.

    @cached_property
    def supply_limit(self) -> Floats:
        """What can be bought from each supplier, kt."""
        return series.supply_limit(self)

    @cached_property
    def route_limit(self) -> Floats:
        """What can be moved on each route, kt; infinite where nothing limits it."""
        return series.route_limit(self)

    @cached_property
    def demand(self) -> Floats:
        """Demand of each segment, kt."""
        return series.demand(self)

    @cached_property
    def price(self) -> Floats:
        """Market price of each material, M$/kt."""
        return series.price(self)

    @cached_property
    def availability(self) -> Floats:
        """Availability of each plant: 1 in a nominal year, but 0 of a standby plant."""
        return series.availability(self)

    @cached_property
    def emergency(self) -> NDArray[np.bool_]:
        """Whether each block is an emergency."""
        return shocks.emergency(self)

    @cached_property
    def export_tax(self) -> Floats:
        """Tax on each taxed route, as a share of the market price."""
        return shocks.export_tax(self)

    @cached_property
    def taxes(self) -> Floats:
        """Tax on each taxed route, M$/kt."""
        materials = list(self.q.stages)
        return self.export_tax * self.price[:, [materials.index(r[2]) for r in self.net.taxed]]

    @cached_property
    def collectable(self) -> Floats:
        """Scrap that can be collected at each node, kt."""
        return series.collectable(self)

    @cached_property
    def collection_rate(self) -> Floats:
        """Largest share of what arises that can be collected at each node."""
        return series.collection_rate(self)

    @cached_property
    def fill_limit(self) -> Floats:
        """What can be put into each stockpile, kt; infinite where nothing limits it."""
        return reserves.fill_limit(self)

    @cached_property
    def release_limit(self) -> Floats:
        """What each stockpile may release beyond rotation, kt: 0 but in an emergency."""
        return reserves.release_limit(self)

    @cached_property
    def residual_price(self) -> Floats:
        """What a kilotonne in each stockpile costs at the end of a block, M$."""
        return reserves.residual_price(self)

    @cached_property
    def collection_cost(self) -> Floats:
        """Cost of collecting scrap at each node, M$/kt."""
        return series.collection_cost(self)

    @cached_property
    def policy_bound(self) -> Floats:
        """Bound of each policy row on nominal operation; infinite where it is off."""
        return bounds.policy_bound(self)

    @cached_property
    def closing(self) -> Floats:
        """What runs of each plant that may close, kt/y; infinite where the price covers it."""
        return series.closing(self)

    @cached_property
    def most_short(self) -> Floats:
        """What each segment may be short of by each service level, kt; infinite where it may."""
        return bounds.most_short(self)

    # What is online: the link between the stages.

    def online_share(self, p: str, year: int) -> list[tuple[int, float]]:
        """Share of a candidate's capacity online in a year, as (start year of w, coefficient).

        Σ_h (ramp_h − ramp_{h−1}) · w[p, year − build − h] − w[p, year − build − life]
        """
        project, window = self.q.candidates[p], self.q.windows[p]
        steps = np.diff(np.array((0.0, *project.ramp)))
        terms = [(year - project.build_years - h, float(step)) for h, step in enumerate(steps)]
        terms.append((year - project.build_years - project.life_years, -1.0))
        share: dict[int, float] = {}
        for start, coefficient in terms:
            if window and start >= window[0] and coefficient:
                key = min(start, window[-1])
                share[key] = share.get(key, 0.0) + coefficient
        return [(start, c) for start, c in share.items() if c]

    def settled_share(self, p: str, year: int) -> float:
        """Share of the capacity of an operating or committed plant that is online in a year."""
        project = self.q.plants[p]
        return share_since(project, project.online_year, year)


def _changed(q: Parameters) -> set[tuple[str, int]]:
    """Scenario-years that a shock or a delay may change."""
    years = q.instance.settings.years
    changed = {
        (shock.scenario, year)
        for shock in q.instance.shocks
        if shock.changes
        for year in range(shock.first_year, shock.last_year + 1)
        if year in years
    }
    return changed | {(scenario, year) for scenario, _ in q.delays for year in years}


def _with_what_follows(blocks: list[tuple[str, int]], last: int) -> list[tuple[str, int]]:
    """Each scenario from its first block on: what happens there is remembered later."""
    first: dict[str, int] = {}
    for scenario, year in blocks:
        first[scenario] = min(year, first.get(scenario, year))
    return [(s, year) for s in sorted(first) for year in range(first[s], last + 1)]
