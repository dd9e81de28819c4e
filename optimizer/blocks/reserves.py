"""Reserves: what stockpiles cover, and what they may fill and release in each block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks.parameters import T_PER_KT
from optimizer.blocks.shocks import performing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.blocks.frame import Frame
    from optimizer.blocks.parameters import Parameters
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


def fill_limit(frame: Frame) -> Floats:
    """What can be put into each stockpile, kt: 0 in an emergency; infinite without a limit."""
    largest = [
        np.inf if s.largest_fill_t_per_year is None else s.largest_fill_t_per_year / T_PER_KT
        for s in frame.q.stockpiles.values()
    ]
    share = _performing(frame)
    closed = frame.emergency[:, None] | (share == 0)
    return np.where(closed, 0.0, np.array(largest, dtype=float) * np.where(closed, 1.0, share))


def release_limit(frame: Frame) -> Floats:
    """What each stockpile may release beyond rotation, kt: 0 but in an emergency."""
    largest = [
        (
            frame.q.plants[p].capacity_t_per_year
            if s.largest_release_t_per_year is None
            else s.largest_release_t_per_year
        )
        / T_PER_KT
        for p, s in frame.q.stockpiles.items()
    ]
    return np.outer(frame.emergency, largest).astype(float) * _performing(frame)


def _performing(frame: Frame) -> Floats:
    """(blocks × stockpiles) share of each stockpile that counts."""
    plants = list(frame.q.plants)
    return performing(frame)[:, [plants.index(p) for p in frame.q.stockpiles]]


def residual_price(frame: Frame, price: Floats) -> Floats:
    """What a kilotonne in each stockpile costs at the end of a block, M$.

    Its worth, negative, in the last year, and 0 before.
    """
    materials = list(frame.q.stages)
    prices = np.zeros((len(frame.blocks), len(frame.q.stockpiles)))
    last = frame.years == len(frame.q.years) - 1
    for i, s in enumerate(frame.q.stockpiles.values()):
        worth = s.residual_share * price[:, materials.index(s.material)]
        prices[:, i] = np.where(last, -worth, 0.0)
    return prices
