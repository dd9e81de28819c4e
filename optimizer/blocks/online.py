"""What is online: shares of capacity by year, after a start and of what runs by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks.calendar import share_since

if TYPE_CHECKING:
    from optimizer.blocks.parameters import Parameters


def online_terms(q: Parameters, p: str, year: int) -> list[tuple[int, float]]:
    """Share of a candidate's capacity online in a year, as (start year of w, coefficient).

    Σ_h (ramp_h − ramp_{h−1}) · w[p, year − build − h] − w[p, year − build − life]
    """
    project, window = q.candidates[p], q.windows[p]
    steps = np.diff(np.array((0.0, *project.ramp)))
    terms = [(year - project.build_years - h, float(step)) for h, step in enumerate(steps)]
    terms.append((year - project.build_years - project.life_years, -1.0))
    share: dict[int, float] = {}
    for start, coefficient in terms:
        if window and start >= window[0] and coefficient:
            key = min(start, window[-1])
            share[key] = share.get(key, 0.0) + coefficient
    return [(start, c) for start, c in share.items() if c]


def settled_share(q: Parameters, p: str, year: int) -> float:
    """Share of the capacity of an operating or committed plant that is online in a year."""
    project = q.plants[p]
    return share_since(project, project.online_year, year)
