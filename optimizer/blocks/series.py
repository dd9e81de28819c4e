"""Series: the data of every block, nominal values times the factors of the shocks.

Enters: a frame. Leaves: (blocks × items) arrays in the order of the network's
sets; quantities in kt, prices in M$/kt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks.network import on_route
from optimizer.blocks.parameters import T_PER_KT
from optimizer.blocks.shocks import performing, readiness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from optimizer.blocks.frame import Frame
    from optimizer.instance.records import Shock

    Floats = NDArray[np.float64]


def supply_limit(frame: Frame) -> Floats:
    """What can be bought from each supplier, kt."""
    limits = {(x.supplier, x.year): x.limit_t_per_year for x in frame.q.instance.supply_limits}
    suppliers = list(frame.net.suppliers.values())

    def hit(shock: Shock) -> Iterable[bool]:
        return (
            shock.supplier in (None, x.id)
            and shock.country in (None, x.country)
            and shock.material in (None, x.material)
            for x in suppliers
        )

    return _shocked(frame, "supply", _series(frame, [x.id for x in suppliers], limits), hit)


def route_limit(frame: Frame) -> Floats:
    """What can be moved on each route, kt; infinite where nothing limits it."""
    routes = frame.net.routes
    capacity = [
        np.inf if r.capacity_t_per_year is None else r.capacity_t_per_year / T_PER_KT
        for r in routes.values()
    ]

    def hit(shock: Shock) -> Iterable[bool]:
        return (on_route(frame.q, shock, r) for r in routes)

    return _shocked(frame, "access", np.tile(capacity, (len(frame.blocks), 1)), hit)


def demand(frame: Frame) -> Floats:
    """Demand of each segment, kt."""
    values = {(x.segment, x.year): x.demand_t_per_year for x in frame.q.instance.demand}
    segments = list(frame.net.segments.values())

    def hit(shock: Shock) -> Iterable[bool]:
        return (
            shock.segment in (None, x.id)
            and shock.destination in (None, x.zone)
            and shock.material in (None, x.material)
            for x in segments
        )

    return _shocked(frame, "demand", _series(frame, [x.id for x in segments], values), hit)


def price(frame: Frame) -> Floats:
    """Market price of each material, M$/kt."""
    values = {(x.material, x.year): x.price_usd_per_t for x in frame.q.instance.prices}
    materials = list(frame.q.stages)

    def hit(shock: Shock) -> Iterable[bool]:
        return (shock.material in (None, material) for material in materials)

    return _shocked(frame, "price", _series(frame, materials, values), hit)


def availability(frame: Frame) -> Floats:
    """Availability of each plant: π in a nominal year, but 0 of a standby plant."""
    plants = frame.q.plants

    def hit(shock: Shock) -> Iterable[bool]:
        return (
            shock.project in (None, x.id)
            and shock.country in (None, x.country)
            and shock.material in (None, x.main_material)
            for x in plants.values()
        )

    return _shocked(frame, "outage", readiness(frame) * performing(frame), hit)


def collectable(frame: Frame) -> Floats:
    """Scrap that can be collected at each node, kt."""
    return _at_nodes(
        frame,
        {
            (a.zone, a.material, a.year): a.arisings_t_per_year * a.collection_rate
            for a in frame.q.instance.arisings
        },
    )


def collection_rate(frame: Frame) -> Floats:
    """Largest share of what arises that can be collected at each node."""
    return T_PER_KT * _at_nodes(
        frame,
        {(a.zone, a.material, a.year): a.collection_rate for a in frame.q.instance.arisings},
    )


def collection_cost(frame: Frame) -> Floats:
    """Cost of collecting scrap at each node, M$/kt."""
    return _at_nodes(
        frame,
        {
            (a.zone, a.material, a.year): a.collection_cost_usd_per_t
            for a in frame.q.instance.arisings
        },
    )


def closing(frame: Frame, price: Floats, availability: Floats) -> Floats:
    """(blocks × plants that may close) what runs without a contract, kt/y.

    Infinite where the revenue per tonne of the first recipe at the block's prices covers its cash
    cost: opex and inputs at the nominal prices of the year.

    Args:
        frame: all blocks, the nominal years first.
        price: market prices.
        availability: availability of the plants.
    """
    net, plants = frame.net, list(frame.q.plants)
    found = np.full((len(frame.blocks), len(net.floored)), np.inf)
    materials = {material: i for i, material in enumerate(frame.q.stages)}
    for column, p in enumerate(net.floored):
        mode = net.modes[p][0]
        revenue = sum(t * price[:, materials[m]] for m, t in net.outputs[mode].items())
        nominal = price[frame.years]
        inputs = sum(t * nominal[:, materials[m]] for m, t in net.inputs[mode].items())
        cash = net.recipes[mode].opex_usd_per_t / T_PER_KT + inputs
        open_kt = frame.q.plants[p].open_share * frame.q.capacity(p)
        at = availability[:, plants.index(p)] * open_kt
        found[:, column] = np.where(revenue < cash, at, np.inf)
    return found


def _series(frame: Frame, items: list[str], values: dict[tuple[str, int], float]) -> Floats:
    rows = [[values.get((x, year), 0.0) / T_PER_KT for x in items] for year in frame.q.years]
    return np.array(rows, dtype=float).reshape(len(frame.q.years), len(items))[frame.years]


def _at_nodes(frame: Frame, values: dict[tuple[str, str, int], float]) -> Floats:
    nodes = frame.net.collections
    rows = [[values.get((*x, year), 0.0) / T_PER_KT for x in nodes] for year in frame.q.years]
    return np.array(rows, dtype=float).reshape(len(frame.q.years), len(nodes))[frame.years]


def _shocked(
    frame: Frame, kind: str, values: Floats, hit: Callable[[Shock], Iterable[bool]]
) -> Floats:
    for shock in frame.q.instance.shocks:
        if shock.kind != kind or not shock.changes:
            continue
        targets = np.fromiter(hit(shock), dtype=bool, count=values.shape[1])
        for year in range(shock.first_year, shock.last_year + 1):
            if (shock.scenario, year) in frame.position:
                row = values[frame.position[shock.scenario, year]]
                row[targets] = 0.0 if shock.factor == 0 else row[targets] * shock.factor
    return values
