"""Shocks: what stands by for an emergency, what shocks tax, what is late and what fails.

Enters: a frame. Leaves: (blocks × items) arrays of what a factor cannot say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks.network import on_route
from optimizer.instance.failure import performing as performing_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.blocks.frame import Frame

    Floats = NDArray[np.float64]


def readiness(frame: Frame) -> Floats:
    """1 where a plant may run at all: a standby plant only in an emergency."""
    standby = np.array([project.standby for project in frame.q.plants.values()], dtype=bool)
    return np.where(frame.emergency[:, None] | ~standby[None, :], 1.0, 0.0)


def export_tax(frame: Frame) -> Floats:
    """Tax on each taxed route as a share of the market price: the sum of those in force."""
    taxes = np.zeros((len(frame.blocks), len(frame.net.taxed)))
    for shock in frame.q.instance.shocks:
        if shock.kind != "export_tax":
            continue
        hit = np.array([on_route(frame.q, shock, route) for route in frame.net.taxed], dtype=bool)
        for year in range(shock.first_year, shock.last_year + 1):
            if (shock.scenario, year) in frame.position:
                taxes[frame.position[shock.scenario, year], hit] += shock.factor
    return taxes


def delay(frame: Frame) -> Floats:
    """Years by which each plant is late in a block; 0 before it could have had output."""
    late = np.zeros((len(frame.blocks), len(frame.q.plants)))
    first = [frame.q.first_output(p) for p in frame.q.plants]
    for b, (scenario, year) in enumerate(frame.blocks):
        for column, p in enumerate(frame.q.plants):
            since = first[column]
            if since is not None and year >= since:
                late[b, column] = frame.q.delays.get((scenario, p), 0)
    return late


def performing(frame: Frame) -> Floats:
    """Share of each plant that counts in a block: π, 0 where it fails, 1 where it does not.

    1 before it could have had output, when nothing is known of it.
    """
    q, settings = frame.q, frame.q.instance.settings
    scenarios = {row.id: row for row in q.instance.scenarios}
    counts = {
        s: np.array([performing_in(settings, row, p, q.failures) for p in q.plants.values()])
        for s, row in scenarios.items()
    }
    first = np.array(
        [np.inf if (year := q.first_output(p)) is None else year for p in q.plants], dtype=float
    )
    shares = np.ones((len(frame.blocks), len(q.plants)))
    for b, (scenario, year) in enumerate(frame.blocks):
        shares[b] = np.where(year >= first, counts[scenario], 1.0)
    return shares
