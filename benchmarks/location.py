"""Generated warehouse location problems in the plane: capacities far above any one demand."""

from __future__ import annotations

import numpy as np

from tests.published.orlib import Location

FULL = 10.0
"""All sites together hold so many times the demand."""
OPENED = 0.1
"""Share of the sites that it pays to open, about."""


def location(sites: int, customers: int, seed: int) -> Location:
    """Sites and customers scattered over a square; serving costs demand times distance."""
    random = np.random.default_rng(seed)
    places, homes = random.uniform(size=(sites, 2)), random.uniform(size=(customers, 2))
    demands = np.round(random.uniform(5, 35, customers))
    distances = np.linalg.norm(homes[:, None] - places[None, :], axis=2)
    capacity = FULL * demands.sum() / sites
    fixed = demands.sum() * distances.mean() / (OPENED * sites)
    return Location(
        capacities=[float(c) for c in np.round(capacity * random.uniform(0.5, 1.5, sites), 1)],
        fixed=[float(c) for c in np.round(fixed * random.uniform(0.5, 1.5, sites), 2)],
        demands=[float(d) for d in demands],
        costs=np.round(demands[:, None] * distances, 4).tolist(),
    )
