"""Series: the data of every block, nominal values times the factors of the shocks.

Enters: the worlds of an instance. Leaves: (blocks × items) arrays in the order of the network's
sets; quantities in kt, prices in M$/kt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks import shocks
from optimizer.blocks.parameters import T_PER_KT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from optimizer.blocks.worlds import Worlds
    from optimizer.instance.records import Shock

    Floats = NDArray[np.float64]


def supply_limit(worlds: Worlds) -> Floats:
    """What can be bought from each supplier, kt."""
    limits = {(x.supplier, x.year): x.limit_t_per_year for x in worlds.q.instance.supply_limits}
    suppliers = list(worlds.net.suppliers.values())

    def hit(shock: Shock) -> Iterable[bool]:
        return (
            shock.supplier in (None, x.id)
            and shock.country in (None, x.country)
            and shock.material in (None, x.material)
            for x in suppliers
        )

    return _shocked(worlds, "supply", _series(worlds, [x.id for x in suppliers], limits), hit)


def route_limit(worlds: Worlds) -> Floats:
    """What can be moved on each route, kt; infinite where nothing limits it."""
    routes = worlds.net.routes
    capacity = [
        np.inf if r.capacity_t_per_year is None else r.capacity_t_per_year / T_PER_KT
        for r in routes.values()
    ]

    def hit(shock: Shock) -> Iterable[bool]:
        return (shocks.on_route(worlds.q, shock, r) for r in routes)

    return _shocked(worlds, "access", np.tile(capacity, (len(worlds.blocks), 1)), hit)


def demand(worlds: Worlds) -> Floats:
    """Demand of each segment, kt."""
    values = {(x.segment, x.year): x.demand_t_per_year for x in worlds.q.instance.demand}
    segments = list(worlds.net.segments.values())

    def hit(shock: Shock) -> Iterable[bool]:
        return (
            shock.segment in (None, x.id)
            and shock.destination in (None, x.zone)
            and shock.material in (None, x.material)
            for x in segments
        )

    return _shocked(worlds, "demand", _series(worlds, [x.id for x in segments], values), hit)


def price(worlds: Worlds) -> Floats:
    """Market price of each material, M$/kt."""
    values = {(x.material, x.year): x.price_usd_per_t for x in worlds.q.instance.prices}
    materials = list(worlds.q.stages)

    def hit(shock: Shock) -> Iterable[bool]:
        return (shock.material in (None, material) for material in materials)

    return _shocked(worlds, "price", _series(worlds, materials, values), hit)


def availability(worlds: Worlds) -> Floats:
    """Availability of each plant: 1 in a nominal year, but 0 of a standby plant."""
    plants = worlds.q.plants

    def hit(shock: Shock) -> Iterable[bool]:
        return (
            shock.project in (None, x.id)
            and shock.country in (None, x.country)
            and shock.material in (None, x.main_material)
            for x in plants.values()
        )

    return _shocked(worlds, "outage", shocks.readiness(worlds), hit)


def collectable(worlds: Worlds) -> Floats:
    """Scrap that can be collected at each node, kt."""
    return _at_nodes(
        worlds,
        {
            (a.zone, a.material, a.year): a.arisings_t_per_year * a.collection_rate
            for a in worlds.q.instance.arisings
        },
    )


def collection_rate(worlds: Worlds) -> Floats:
    """Largest share of what arises that can be collected at each node."""
    return T_PER_KT * _at_nodes(
        worlds,
        {(a.zone, a.material, a.year): a.collection_rate for a in worlds.q.instance.arisings},
    )


def collection_cost(worlds: Worlds) -> Floats:
    """Cost of collecting scrap at each node, M$/kt."""
    return _at_nodes(
        worlds,
        {
            (a.zone, a.material, a.year): a.collection_cost_usd_per_t
            for a in worlds.q.instance.arisings
        },
    )


def closing(worlds: Worlds) -> Floats:
    """(blocks × plants that may close) what runs without a contract, kt/y.

    Infinite where the revenue per tonne of the first recipe at the block's prices covers its cash
    cost: opex and inputs at the nominal prices of the year.
    """
    net, plants = worlds.net, list(worlds.q.plants)
    found = np.full((len(worlds.blocks), len(net.floored)), np.inf)
    materials = {material: i for i, material in enumerate(worlds.q.stages)}
    for column, p in enumerate(net.floored):
        mode = net.modes[p][0]
        revenue = sum(t * worlds.price[:, materials[m]] for m, t in net.outputs[mode].items())
        nominal = worlds.price[worlds.block_years]
        inputs = sum(t * nominal[:, materials[m]] for m, t in net.inputs[mode].items())
        cash = net.recipes[mode].opex_usd_per_t / T_PER_KT + inputs
        open_kt = worlds.q.plants[p].open_share * worlds.q.capacity(p)
        at = worlds.availability[:, plants.index(p)] * open_kt
        found[:, column] = np.where(revenue < cash, at, np.inf)
    return found


def _series(worlds: Worlds, items: list[str], values: dict[tuple[str, int], float]) -> Floats:
    rows = [[values.get((x, year), 0.0) / T_PER_KT for x in items] for year in worlds.q.years]
    return np.array(rows, dtype=float).reshape(len(worlds.q.years), len(items))[worlds.block_years]


def _at_nodes(worlds: Worlds, values: dict[tuple[str, str, int], float]) -> Floats:
    nodes = worlds.net.collections
    rows = [[values.get((*x, year), 0.0) / T_PER_KT for x in nodes] for year in worlds.q.years]
    return np.array(rows, dtype=float).reshape(len(worlds.q.years), len(nodes))[worlds.block_years]


def _shocked(
    worlds: Worlds, kind: str, values: Floats, hit: Callable[[Shock], Iterable[bool]]
) -> Floats:
    position = {block: b for b, block in enumerate(worlds.blocks)}
    for shock in worlds.q.instance.shocks:
        if shock.kind != kind or not shock.changes:
            continue
        targets = np.fromiter(hit(shock), dtype=bool, count=values.shape[1])
        for year in range(shock.first_year, shock.last_year + 1):
            if (shock.scenario, year) in position:
                row = values[position[shock.scenario, year]]
                row[targets] = 0.0 if shock.factor == 0 else row[targets] * shock.factor
    return values
