"""Shocks: which years are an emergency, and what shocks tax.

Enters: the worlds of an instance. Leaves: (blocks × items) arrays of what a factor cannot say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.blocks.parameters import Parameters
    from optimizer.blocks.worlds import Worlds
    from optimizer.instance.records import Shock

    Floats = NDArray[np.float64]


def on_route(q: Parameters, shock: Shock, route: tuple[str, str, str]) -> bool:
    """Whether the targets of an access shock or an export tax describe a route."""
    origin = q.countries[shock.country].zone if shock.country else None
    return (
        origin in (None, route[0])
        and shock.destination in (None, route[1])
        and shock.material in (None, route[2])
    )


def emergency(worlds: Worlds) -> NDArray[np.bool_]:
    """Whether each block is an emergency: a shock of its scenario that is one is in force."""
    shocks = [shock for shock in worlds.q.instance.shocks if shock.is_emergency]
    years = {
        (shock.scenario, year)
        for shock in shocks
        for year in range(shock.first_year, shock.last_year + 1)
    }
    return np.array([block in years for block in worlds.blocks], dtype=bool)


def readiness(worlds: Worlds) -> Floats:
    """1 where a plant may run at all: a standby plant only in an emergency."""
    standby = np.array([project.standby for project in worlds.q.plants.values()], dtype=bool)
    return np.where(worlds.emergency[:, None] | ~standby[None, :], 1.0, 0.0)


def export_tax(worlds: Worlds) -> Floats:
    """Tax on each taxed route as a share of the market price: the sum of those in force."""
    taxes = np.zeros((len(worlds.blocks), len(worlds.net.taxed)))
    position = {block: b for b, block in enumerate(worlds.blocks)}
    for shock in worlds.q.instance.shocks:
        if shock.kind != "export_tax":
            continue
        hit = np.array([on_route(worlds.q, shock, route) for route in worlds.net.taxed], dtype=bool)
        for year in range(shock.first_year, shock.last_year + 1):
            if (shock.scenario, year) in position:
                taxes[position[shock.scenario, year], hit] += shock.factor
    return taxes


def delay(worlds: Worlds) -> Floats:
    """Years by which each plant is late in a block; 0 before it could have had output."""
    late = np.zeros((len(worlds.blocks), len(worlds.q.plants)))
    first = [worlds.q.first_output(p) for p in worlds.q.plants]
    for b, (scenario, year) in enumerate(worlds.blocks):
        for column, p in enumerate(worlds.q.plants):
            since = first[column]
            if since is not None and year >= since:
                late[b, column] = worlds.q.delays.get((scenario, p), 0)
    return late
