"""Cuts at the root: a tonne from candidates needs one that is online, whatever the use of it.

A plant's capacity row lets the relaxation start as small a part of it as its output takes. But the
flow on one route, or what serves one segment, is no more than can be used there, so with
W = Σ_p online or not (0 or 1 each) over the candidates p that make the material in the zone,

    amount ≤ use · W + what else comes to the zone

The rows hold in some best plan, not in every plan: see docs/model.md. Where capacities far exceed
single uses, as in location problems, they close most of the gap of the relaxation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.program.keys import RowKey
from optimizer.program.program import Row
from optimizer.vocabulary.rules import USE_CUTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from optimizer.blocks.network import Mode, Network, Node
    from optimizer.program.keys import Index
    from optimizer.program.stamped import Stamped

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

VIOLATED = 1e-5
"""A row is added where it is missed by this share of the use."""
WASTED = ("expected_cost", "tariffs")
"""Criteria that a tonne moved for nothing adds to."""


class _Amount(NamedTuple):
    """What leaves a node by one route, or is used there by one segment or recipe."""

    component: str
    key: Index
    """What its rows are called."""
    column: int
    """Recourse column."""
    factor: float
    """Tonnes of the material per unit of it."""


@dataclass(frozen=True)
class _Uses:
    """Amounts that leave a node or are used there, and what they are limited by."""

    amounts: list[_Amount]
    """What leaves or is used, each by itself."""
    use: Floats
    """(blocks × amounts) the most that can be used, kt; infinite where nothing is known."""
    others: list[tuple[int, float]]
    """Recourse columns of what else comes to the node, with tonnes per unit."""
    makers: list[str]
    """Candidates that make the material there."""


@dataclass(frozen=True)
class UseCuts:
    """The cuts of one program."""

    stamped: Stamped

    def violated(self, x: Floats) -> list[Row]:
        """The rows that a point misses."""
        return [row for uses in self._uses for row in self._missed(uses, x)]

    def _missed(self, uses: _Uses, x: Floats) -> Iterator[Row]:
        """Each row that the point misses."""
        position, blocks = self.stamped.position, self.stamped.worlds.blocks
        columns = np.array([amount.column for amount in uses.amounts])
        times = np.array([amount.factor for amount in uses.amounts])
        amount = times * np.where(position[:, columns] >= 0, x[position[:, columns]], 0.0)
        other = np.array([column for column, _ in uses.others], dtype=np.intp)
        factor = np.array([factor for _, factor in uses.others])
        rest = np.where(position[:, other] >= 0, x[position[:, other]], 0.0) @ factor
        signs, starts = self._online(uses.makers)
        online = (signs * np.where(starts >= 0, x[starts], 0.0)).sum(axis=1)
        known = np.isfinite(uses.use)
        use = np.where(known, uses.use, 0.0)
        missed = amount - rest[:, None] - use * online[:, None]
        for b, k in np.argwhere(known & (missed > VIOLATED * np.maximum(use, 1e-6))):
            there = position[b, other] >= 0
            begun = starts[b] >= 0
            yield Row(
                RowKey(USE_CUTS, uses.amounts[k].component, uses.amounts[k].key, blocks[b]),
                np.concatenate(
                    [[position[b, columns[k]]], position[b, other][there], starts[b][begun]]
                ),
                np.concatenate([[times[k]], -factor[there], -use[b, k] * signs[b][begun]]),
                0.0,
            )

    def _online(self, makers: list[str]) -> tuple[Floats, Ints]:
        """(blocks × terms) signs and columns of w whose sum says how many makers are online."""
        parts = [self._online_of[p] for p in makers]
        return (
            np.hstack([signs for signs, _ in parts]),
            np.hstack([columns for _, columns in parts]),
        )

    @cached_property
    def _online_of(self) -> dict[str, tuple[Floats, Ints]]:
        """By candidate: w of the last start with output in a block, less w of those retired."""
        worlds, place = self.stamped.worlds, self.stamped.investment.places("w")
        plants = list(worlds.q.plants)
        found = {}
        for p, project in worlds.q.candidates.items():
            window, late = worlds.q.windows[p], worlds.delay[:, plants.index(p)]
            idle = next((h for h, share in enumerate(project.ramp) if share > 0), 0)
            columns = np.full((len(worlds.blocks), 2), -1)
            for b, (_, year) in enumerate(worlds.blocks):
                built = year - int(late[b]) - project.build_years
                for k, start in enumerate((built - idle, built - project.life_years)):
                    if window and start >= window[0]:
                        columns[b, k] = place[p, min(start, window[-1])]
            found[p] = (np.tile([1.0, -1.0], (len(worlds.blocks), 1)), columns)
        return found

    # What leaves a node, and what is used there.

    @cached_property
    def _uses(self) -> list[_Uses]:
        return [] if self._waste_pays else list(self._found())

    @property
    def _net(self) -> Network:
        return self.stamped.worlds.net

    @property
    def _waste_pays(self) -> bool:
        """Whether a plan may gain by tonnes moved for nothing: then the rows need not hold."""
        q = self.stamped.worlds.q
        bounded = q.enabled("criterion_bound").values()
        least = any(row.criterion in WASTED and row.sense == "least" for row in bounded)
        return least or any(self.stamped.weights.get(name, 0.0) < 0 for name in WASTED)

    def _found(self) -> Iterator[_Uses]:
        net, candidates = self._net, self.stamped.worlds.q.candidates
        for node, modes in net.makers.items():
            makers = sorted({mode[0] for mode, _ in modes if mode[0] in candidates})
            if not makers:
                continue
            others = self._own_others(node)
            inflow = [(self._flow[r], 1.0) for r in net.routes_in.get(node, ())]
            passed_on = inflow if node in self._entrepots else []
            most = self._most_made(node, makers)
            for uses in (
                self._routes(node, makers, others + passed_on),
                self._used(node, makers, others + inflow),
            ):
                helpful: NDArray[np.bool_] = np.any(uses.use < most, axis=0)
                if helpful.any():
                    amounts = [a for a, good in zip(uses.amounts, helpful, strict=True) if good]
                    yield _Uses(amounts, uses.use[:, helpful], uses.others, uses.makers)

    def _routes(self, node: Node, makers: list[str], others: list[tuple[int, float]]) -> _Uses:
        net, worlds = self._net, self.stamped.worlds
        routes = net.routes_out.get(node, [])
        places = [self._route_place[r] for r in routes]
        limits = worlds.route_limit[:, places] if routes else None
        use = np.zeros((len(worlds.blocks), len(routes)))
        for k, (_, destination, material) in enumerate(routes):
            use[:, k] = self._use((destination, material))
        if limits is not None:
            use = np.minimum(use, limits)
        amounts = [_Amount("use_of_a_route", r, self._flow[r], 1.0) for r in routes]
        return _Uses(amounts, use, others, makers)

    def _used(self, node: Node, makers: list[str], others: list[tuple[int, float]]) -> _Uses:
        """What serves each segment, and what each recipe takes in, at the node itself."""
        net, worlds = self._net, self.stamped.worlds
        served = self._places("served")
        wanted = net.wanted_at.get(node, [])
        takers = net.takers.get(node, [])
        amounts = [_Amount("use_of_a_segment", (d,), served[d], 1.0) for d in wanted]
        amounts += [
            _Amount("use_of_a_recipe", (*mode, node[1]), self._activity[mode], amount)
            for mode, amount in takers
        ]
        use = np.zeros((len(worlds.blocks), len(amounts)))
        for k, d in enumerate(wanted):
            use[:, k] = worlds.demand[:, self._segment_place[d]]
        for k, (mode, amount) in enumerate(takers, start=len(wanted)):
            use[:, k] = amount * self._most_run(mode)
        return _Uses(amounts, use, others, makers)

    def _use(self, node: Node) -> Floats:
        """By block, the most of a material that can be used in a zone without being disposed of."""
        net, worlds = self._net, self.stamped.worlds
        if node in self._entrepots or node in net.stocked_at:
            return np.full(len(worlds.blocks), np.inf)
        wanted = [self._segment_place[d] for d in net.wanted_at.get(node, [])]
        taken = sum(amount * self._most_run(mode) for mode, amount in net.takers.get(node, ()))
        return np.asarray(worlds.demand[:, wanted].sum(axis=1) + taken)

    def _most_run(self, mode: Mode) -> float:
        """The most reference output of a recipe, kt; infinite where more may be contracted."""
        use = self._net.recipes[mode].capacity_use
        if use <= 0 or mode[0] in self._net.contracted:
            return np.inf
        return self.stamped.worlds.q.capacity(mode[0]) / use

    def _most_made(self, node: Node, makers: list[str]) -> float:
        """The most of a material that one of the candidates makes, kt."""
        modes = self._net.makers[node]
        return max(amount * self._most_run(mode) for mode, amount in modes if mode[0] in makers)

    def _own_others(self, node: Node) -> list[tuple[int, float]]:
        """What is made by other plants, bought, collected and released at a node."""
        net, candidates = self._net, self.stamped.worlds.q.candidates
        found = [
            (self._activity[mode], amount)
            for mode, amount in net.makers[node]
            if mode[0] not in candidates
        ]
        purchase, released = self._places("purchase"), self._places("released")
        found += [(purchase[j], 1.0) for j in net.bought_at.get(node, ())]
        found += [(released[p], 1.0) for p in net.stocked_at.get(node, ())]
        if node in net.collections:
            found.append((self._places("collected")[node], 1.0))
        return found

    @cached_property
    def _route_place(self) -> dict[object, int]:
        return {route: place for place, route in enumerate(self._net.routes)}

    @cached_property
    def _segment_place(self) -> dict[object, int]:
        return {segment: place for place, segment in enumerate(self._net.segments)}

    def _places(self, name: str) -> dict[object, int]:
        return self.stamped.year.places_of(name)

    @cached_property
    def _flow(self) -> dict[object, int]:
        return self._places("flow")

    @cached_property
    def _activity(self) -> dict[object, int]:
        return self._places("activity")

    @cached_property
    def _entrepots(self) -> set[Node]:
        return {(e.zone, e.material) for e in self.stamped.worlds.q.instance.entrepots}
