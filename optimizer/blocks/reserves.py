"""Reserves: what stockpiles cover, and what they may fill and release in each block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks.parameters import T_PER_KT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.blocks.parameters import Parameters
    from optimizer.blocks.worlds import Worlds
    from optimizer.instance.records import Policy

    Floats = NDArray[np.float64]

DAYS = 365.0


def covered_demand(q: Parameters, policy: Policy, year: int) -> float:
    """Nominal demand for what the stockpiles that a row counts keep, of its member if any, kt/y."""
    materials = {q.stockpiles[p].material for p in covering(q, policy)}
    wanted = {
        d.id
        for d in q.instance.segments
        if d.material in materials and policy.member in (None, d.member)
    }
    rows = (d for d in q.instance.demand if d.segment in wanted and d.year == year)
    return sum(d.demand_t_per_year for d in rows) / T_PER_KT


def covering(q: Parameters, policy: Policy) -> list[str]:
    """Stockpiles that a days_of_cover row counts: those with its tag."""
    return [p for p in q.stockpiles if q.tagged(policy, q.plants[p])]


def fill_limit(worlds: Worlds) -> Floats:
    """What can be put into each stockpile, kt: 0 in an emergency; infinite without a limit."""
    largest = [
        np.inf if s.largest_fill_t_per_year is None else s.largest_fill_t_per_year / T_PER_KT
        for s in worlds.q.stockpiles.values()
    ]
    return np.where(worlds.emergency[:, None], 0.0, np.array(largest, dtype=float)[None, :])


def release_limit(worlds: Worlds) -> Floats:
    """What each stockpile may release beyond rotation, kt: 0 but in an emergency."""
    largest = [
        (
            worlds.q.plants[p].capacity_t_per_year
            if s.largest_release_t_per_year is None
            else s.largest_release_t_per_year
        )
        / T_PER_KT
        for p, s in worlds.q.stockpiles.items()
    ]
    return np.outer(worlds.emergency, largest).astype(float)


def residual_price(worlds: Worlds) -> Floats:
    """What a kilotonne in each stockpile costs at the end of a block, M$.

    Its worth, negative, in the last year, and 0 before.
    """
    materials = list(worlds.q.stages)
    prices = np.zeros((len(worlds.blocks), len(worlds.q.stockpiles)))
    last = worlds.block_years == len(worlds.q.years) - 1
    for i, s in enumerate(worlds.q.stockpiles.values()):
        price = worlds.price[:, materials.index(s.material)]
        prices[:, i] = np.where(last, -s.residual_share * price, 0.0)
    return prices
