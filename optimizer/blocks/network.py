"""The network that one year of operation runs on: nodes, recipes, routes, what meets where.

Enters: the first-stage `Parameters` (for the plants). Leaves: index tuples and coefficients in
model units, computed once; nothing here depends on the year or the scenario.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from optimizer.blocks.parameters import T_PER_KT
from optimizer.vocabulary.criteria import LARGEST
from optimizer.vocabulary.policies import OF_OPERATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optimizer.blocks.parameters import Parameters
    from optimizer.instance.records import Recipe, Route, Sale, Segment, Shock, Supplier, Tranche

Node = tuple[str, str]
"""Zone and material."""
Mode = tuple[str, str]
"""Project and recipe."""
Key = TypeVar("Key")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Network:
    """Sets and coefficients of a year of operation."""

    q: Parameters

    @cached_property
    def recipes(self) -> dict[Mode, Recipe]:
        """Recipes of the plants."""
        return {
            (r.project, r.recipe): r for r in self.q.instance.recipes if r.project in self.q.plants
        }

    @cached_property
    def modes(self) -> dict[str, list[Mode]]:
        """Recipes of each plant."""
        return grouped(self.recipes, lambda mode: mode[0])

    @cached_property
    def locked(self) -> dict[Mode, float]:
        """Recipes that a programme unlocks, and the plant's capacity per unit of it.

        0 where the programme can never come online.
        """
        q = self.q
        return {
            mode: q.capacity(mode[0]) / q.capacity(recipe.unlocked_by)
            if recipe.unlocked_by in q.plants
            else 0.0
            for mode, recipe in self.recipes.items()
            if recipe.unlocked_by is not None
        }

    @cached_property
    def replacing(self) -> dict[str | None, list[Mode]]:
        """Recipes of the programmes that replace each segment's demand."""
        return grouped(self.recipes, lambda mode: self.q.plants[mode[0]].segment)

    @cached_property
    def outputs(self) -> dict[Mode, dict[str, float]]:
        """Tonnes of each output per tonne of reference output."""
        return self._ingredients("output")

    @cached_property
    def inputs(self) -> dict[Mode, dict[str, float]]:
        """Tonnes of each input per tonne of reference output."""
        return self._ingredients("input")

    def _ingredients(self, direction: str) -> dict[Mode, dict[str, float]]:
        found: dict[Mode, dict[str, float]] = {mode: {} for mode in self.recipes}
        for item in self.q.instance.ingredients:
            mode = (item.project, item.recipe)
            if item.direction == direction and mode in found:
                found[mode][item.material] = item.t_per_t
        return found

    def zone(self, p: str) -> str:
        """Zone of a plant."""
        return self.q.countries[self.q.plants[p].country].zone

    @cached_property
    def suppliers(self) -> dict[str, Supplier]:
        """Suppliers by id."""
        return {supplier.id: supplier for supplier in self.q.instance.suppliers}

    @cached_property
    def routes(self) -> dict[tuple[str, str, str], Route]:
        """Routes by origin, destination and material."""
        return {(r.origin, r.destination, r.material): r for r in self.q.instance.routes}

    @cached_property
    def taxed(self) -> list[tuple[str, str, str]]:
        """Routes that some shock lays an export tax on."""
        taxes = [s for s in self.q.instance.shocks if s.kind == "export_tax" and s.changes]
        return [r for r in self.routes if any(on_route(self.q, tax, r) for tax in taxes)]

    @cached_property
    def tariffed(self) -> list[str]:
        """Materials that some route charges an import tariff on."""
        return sorted({r[2] for r, route in self.routes.items() if route.tariff_share > 0})

    @cached_property
    def segments(self) -> dict[str, Segment]:
        """Demand segments by id."""
        return {segment.id: segment for segment in self.q.instance.segments}

    @cached_property
    def tranches(self) -> dict[tuple[str, int], Tranche]:
        """Shortage tranches by segment and number."""
        return {(t.segment, t.tranche): t for t in self.q.instance.tranches}

    def first_price(self, material: str) -> float:
        """Market price in the first year, M$/kt; 1 of a material without a price."""
        return self._first_prices.get(material) or 1.0

    @cached_property
    def _first_prices(self) -> dict[str, float]:
        first = self.q.years[0]
        prices = self.q.instance.prices
        return {p.material: p.price_usd_per_t / T_PER_KT for p in prices if p.year == first}

    @cached_property
    def sales(self) -> dict[Node, Sale]:
        """Outside sales by zone and material."""
        return {(s.zone, s.material): s for s in self.q.instance.sales}

    @cached_property
    def collections(self) -> list[Node]:
        """Where scrap is collected."""
        return sorted({(a.zone, a.material) for a in self.q.instance.arisings})

    @cached_property
    def stocked_at(self) -> dict[Node, list[str]]:
        """Stockpiles at a node."""
        return grouped(self.q.stockpiles, lambda p: (self.zone(p), self.q.stockpiles[p].material))

    @cached_property
    def floored(self) -> list[str]:
        """Plants that close in part where the price does not cover their cash cost (rule 10)."""
        return [p for p in self.modes if self.q.plants[p].open_share < 1]

    @cached_property
    def contracted(self) -> list[str]:
        """Plants with an offtake contract to sign."""
        offered = {x.project for x in self.q.instance.contracts if x.kind == "offtake"}
        return [p for p in self.modes if p in offered]

    @cached_property
    def owed(self) -> list[str]:
        """Those outside the alliance whose contracted output is paid for in any case."""
        paid = {x.project for x in self.q.instance.contracts if x.take_share > 0}
        outside = [p for p in self.contracted if not self.q.inside(self.q.plants[p])]
        return [p for p in outside if p in paid]

    @property
    def remembers(self) -> bool:
        """Whether a year of operation depends on the years before it."""
        return bool(self.q.stockpiles or self.q.instance.end_of_life)

    @property
    def tells_apart(self) -> bool:
        """Whether it may matter that a scenario is operated apart once it is known.

        It does where years remember, where the worst scenarios count for more than their
        probability, and where a policy is judged in the operation of some scenarios alone. Without
        these, the mean of what two scenarios do in years with the same data does for both.
        """
        rows = self.q.enabled(*OF_OPERATION, "must_survive", "fairness", "criterion_bound")
        judged = any(r.kind != "criterion_bound" or r.criterion == LARGEST for r in rows.values())
        return self.remembers or self.q.wants_tail or judged

    # What meets at a node.

    @cached_property
    def makers(self) -> dict[Node, list[tuple[Mode, float]]]:
        """Recipes that put a material out in a zone, with tonnes per tonne."""
        return self._users(self.outputs)

    @cached_property
    def takers(self) -> dict[Node, list[tuple[Mode, float]]]:
        """Recipes that take a material in in a zone, with tonnes per tonne."""
        return self._users(self.inputs)

    def _users(
        self, ingredients: dict[Mode, dict[str, float]]
    ) -> dict[Node, list[tuple[Mode, float]]]:
        found: dict[Node, list[tuple[Mode, float]]] = defaultdict(list)
        for mode, materials in ingredients.items():
            for material, amount in materials.items():
                found[self.zone(mode[0]), material].append((mode, amount))
        return found

    @cached_property
    def bought_at(self) -> dict[Node, list[str]]:
        """Suppliers at a node: the zone of their country."""
        countries = self.q.countries
        return grouped(
            self.suppliers,
            lambda j: (countries[self.suppliers[j].country].zone, self.suppliers[j].material),
        )

    @cached_property
    def wanted_at(self) -> dict[Node, list[str]]:
        """Demand segments at a node."""
        return grouped(self.segments, lambda d: (self.segments[d].zone, self.segments[d].material))

    @cached_property
    def routes_out(self) -> dict[Node, list[tuple[str, str, str]]]:
        """Routes that leave a node."""
        return grouped(self.routes, lambda r: (r[0], r[2]))

    @cached_property
    def routes_in(self) -> dict[Node, list[tuple[str, str, str]]]:
        """Routes that enter a node."""
        return grouped(self.routes, lambda r: (r[1], r[2]))

    @cached_property
    def nodes(self) -> list[Node]:
        """Every zone and material where something can be made, bought, moved, used or wanted."""
        found: set[Node] = set()
        for table in (
            self.makers,
            self.takers,
            self.bought_at,
            self.wanted_at,
            self.routes_out,
            self.routes_in,
            self.sales,
            self.collections,
            self.stocked_at,
        ):
            found |= set(table)
        return sorted(found)

    @cached_property
    def fed(self) -> list[Node]:
        """Nodes that something can come to."""
        into = (self.makers, self.bought_at, self.routes_in, self.collections, self.stocked_at)
        return [node for node in self.nodes if any(node in table for table in into)]

    @cached_property
    def passages(self) -> list[Node]:
        """Nodes with ways in and ways out that are no entrepot."""
        free = {(e.zone, e.material) for e in self.q.instance.entrepots}
        return [
            node
            for node in self.nodes
            if node in self.routes_in
            and (node in self.routes_out or node in self.sales)
            and node not in free
        ]


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Items by key, in their order."""
    found: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return found


def on_route(q: Parameters, shock: Shock, route: tuple[str, str, str]) -> bool:
    """Whether the targets of an access shock or an export tax describe a route."""
    origin = q.countries[shock.country].zone if shock.country else None
    return (
        origin in (None, route[0])
        and shock.destination in (None, route[1])
        and shock.material in (None, route[2])
    )
