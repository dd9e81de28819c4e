"""Worlds: what each scenario-year looks like, and which ones are the nominal year.

Enters: an instance. Leaves: numpy arrays over blocks. A block is one year of operation that must be
solved for: every nominal year, and the years of a scenario that may be operated otherwise: all from
the first on by which it is known, or those alone whose data differ where that is as good.

Arrays are (blocks × items) in the order of the network's sets; quantities in kt, prices in M$/kt.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks import bounds, reserves, series, shocks
from optimizer.blocks.frame import Frame, nominal_scenario
from optimizer.blocks.network import Network
from optimizer.blocks.parameters import Parameters
from optimizer.blocks.shares import Shares
from optimizer.instance.failure import is_drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from optimizer.blocks.frame import Block
    from optimizer.instance import Instance

    Floats = NDArray[np.float64]

SHOCKED: dict[str, Callable[[Frame], Floats]] = {
    "supply_limit": series.supply_limit,
    "route_limit": series.route_limit,
    "demand": series.demand,
    "price": series.price,
    "performing": shocks.performing,
    "availability": series.availability,
    "export_tax": shocks.export_tax,
    "delay": shocks.delay,
    "release_limit": reserves.release_limit,
    "fill_limit": reserves.fill_limit,
}
"""Data that shocks, delays and failures change: nominal series times the factors of the shocks."""


@dataclass(frozen=True, eq=False)
class Worlds:
    """The data of every block of operation."""

    frame: Frame
    """Network and blocks."""
    shares: Shares
    """Coefficients of the policy rows on operation."""
    supply_limit: Floats
    """What can be bought from each supplier, kt."""
    route_limit: Floats
    """What can be moved on each route, kt; infinite where nothing limits it."""
    demand: Floats
    """Demand of each segment, kt."""
    price: Floats
    """Market price of each material, M$/kt."""
    performing: Floats
    """Share of each plant that counts: its success probability, 0 where it fails, 1 where not."""
    availability: Floats
    """Availability of each plant: that share in a nominal year, but 0 of a standby plant."""
    export_tax: Floats
    """Tax on each taxed route, as a share of the market price."""
    delay: Floats
    """Years by which each plant is late in a block; 0 before it could have had output."""
    release_limit: Floats
    """What each stockpile may release beyond rotation, kt: 0 but in an emergency."""
    fill_limit: Floats
    """What can be put into each stockpile, kt; infinite where nothing limits it."""
    taxes: Floats
    """Tax on each taxed route, M$/kt."""
    collectable: Floats
    """Scrap that can be collected at each node, kt."""
    collection_rate: Floats
    """Largest share of what arises that can be collected at each node."""
    collection_cost: Floats
    """Cost of collecting scrap at each node, M$/kt."""
    residual_price: Floats
    """What a kilotonne in each stockpile costs at the end of a block, M$."""
    policy_bound: Floats
    """Bound of each policy row on nominal operation; infinite where it is off."""
    closing: Floats
    """What runs of each plant that may close, kt/y; infinite where the price covers it."""
    most_short: Floats
    """What each segment may be short of by each service level, kt; infinite where it may."""

    @classmethod
    def of(cls, instance: Instance) -> Worlds:
        """The worlds of an instance: the nominal years and the years that differ from them."""
        net = Network(Parameters(instance))
        return cls.within(Frame.of(net, _distinct_blocks(net)))

    @classmethod
    def within(cls, frame: Frame) -> Worlds:
        """The data of the blocks of a frame, the nominal years first among them."""
        shares = Shares(frame.net)
        shocked = {name: made(frame) for name, made in SHOCKED.items()}
        price, demand = shocked["price"], shocked["demand"]
        materials = list(frame.q.stages)
        taxed = [materials.index(material) for _, _, material in frame.net.taxed]
        return cls(
            frame,
            shares,
            **shocked,
            taxes=shocked["export_tax"] * price[:, taxed],
            collectable=series.collectable(frame),
            collection_rate=series.collection_rate(frame),
            collection_cost=series.collection_cost(frame),
            residual_price=reserves.residual_price(frame, price),
            policy_bound=bounds.policy_bound(frame, shares, demand),
            closing=series.closing(frame, price, shocked["availability"]),
            most_short=bounds.most_short(frame, shares, demand),
        )

    def taken(self, which: Sequence[int]) -> Worlds:
        """The data of some of the blocks.

        Args:
            which: their positions, in the order that they shall have.

        Raises:
            ValueError: a block is taken without the earlier ones that it takes over from.
        """
        rows = list(which)
        arrays = {
            field.name: getattr(self, field.name)[rows]
            for field in fields(self)
            if field.name not in ("frame", "shares")
        }
        return Worlds(self.frame.taken(rows), self.shares, **arrays)

    # What of the frame is asked for most.

    @property
    def net(self) -> Network:
        """The network."""
        return self.frame.net

    @property
    def q(self) -> Parameters:
        """First-stage parameters."""
        return self.frame.q

    @property
    def blocks(self) -> list[Block]:
        """Scenario and year of each block."""
        return self.frame.blocks

    @property
    def weights(self) -> Floats:
        """Probability that each block's operation takes place."""
        return self.frame.weights

    @property
    def deltas(self) -> Floats:
        """Discount factor of each block."""
        return self.frame.deltas

    @property
    def operated_as(self) -> dict[Block, int]:
        """Block that serves each scenario-year."""
        return self.frame.operated_as


def _distinct_blocks(net: Network) -> list[Block]:
    """The nominal years, and the years of scenarios that may be operated otherwise.

    Those are all years from the first on by which a scenario is known. Where that is as good, only
    the years whose data differ from the nominal year's are kept apart.
    """
    instance, nominal = net.q.instance, nominal_scenario(net.q)
    years = [(nominal, year) for year in instance.settings.years]
    if net.tells_apart:
        return years + _known(net.q)
    changed = sorted(_changed(net.q))
    if not changed:
        return years
    frame = Frame.of(net, years + changed)
    data = np.hstack([made(frame) for made in SHOCKED.values()])
    differs = (data != data[frame.years]).any(axis=1)
    return years + list(compress(changed, differs[len(years) :]))


def _changed(q: Parameters) -> set[Block]:
    """Scenario-years that a shock, a delay or a failure may change."""
    settings = q.instance.settings
    years = settings.years
    changed = {
        (shock.scenario, year)
        for shock in q.instance.shocks
        if shock.changes
        for year in range(shock.first_year, shock.last_year + 1)
        if year in years
    }
    others = {scenario for scenario, _ in q.delays} | {scenario for scenario, _ in q.failures}
    others |= {row.id for row in q.instance.scenarios if is_drawn(settings, row)}
    return changed | {(scenario, year) for scenario in others for year in years}


def _known(q: Parameters) -> list[Block]:
    """Each scenario from the first year on in which it is known to be no other.

    That is the first year with a shock in force, whatever it hits, or the first in which a project
    that is late or fails could run if it were started at once; one in which failures are drawn is
    a world of its own from the first year on. So candidates that nobody would choose, locks and
    windows change nothing of when a scenario is known.
    """
    years = q.instance.settings.years
    built = {project.id: project.build_years for project in q.instance.projects}
    seen = [
        (shock.scenario, max(shock.first_year, years.start))
        for shock in q.instance.shocks
        if shock.changes and shock.last_year >= years.start
    ]
    late = [*q.delays, *q.failures]
    seen += [(scenario, years.start + built[p]) for scenario, p in late]
    drawn = (row for row in q.instance.scenarios if is_drawn(q.instance.settings, row))
    seen += [(row.id, years.start) for row in drawn]
    first: dict[str, int] = {}
    for scenario, year in seen:
        first[scenario] = min(year, first.get(scenario, year))
    return [(s, year) for s in sorted(first) for year in range(first[s], years.stop)]
