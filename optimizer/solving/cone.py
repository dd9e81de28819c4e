"""The cone of rule 18, held by tangent cuts.

‖x‖₂ ≤ bound + excess is convex, so where a point leaves the cone its tangent there,
Σ_c x̄_c/‖x̄‖ · x_c ≤ bound + excess, cuts off the point and nothing of the cone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.model.fairness import JointRow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.model.criteria import Account
    from optimizer.solving.stamp import Stamped

    Floats = NDArray[np.float64]

OUTSIDE = 1e-7
"""How far a point may be outside the cone, relative to its size: the index then holds to 1e-6."""


def cuts(stamped: Stamped, x: Floats) -> list[tuple[Floats, float]]:
    """A tangent for every year of a rule 18 row whose cone the point is outside of."""
    worlds = stamped.worlds
    rows = list(worlds.shares.rows)
    accounts = stamped.accounts(x)
    position = {key: i for i, key in enumerate(stamped.year.account_keys)}
    found = []
    for policy in worlds.q.enabled("hhi_cap").values():
        origins: list[Account] = [
            ("origin", f"{policy.id}/{c}") for c in worlds.shares.origin_countries
        ]
        slack: list[Account] = [] if policy.hard else [("excess", policy.id)]
        for year in worlds.q.policy_years(policy):
            b = year - worlds.q.years[0]
            bound = float(worlds.policy_bound[b, rows.index(policy.id)])
            content = np.maximum(accounts[b, [position[key] for key in origins]], 0.0)
            excess = sum(float(accounts[b, position[key]]) for key in slack)
            norm = float(np.linalg.norm(content))
            if norm - bound - excess > OUTSIDE * max(1.0, bound):
                terms = [
                    (b, key, float(amount) / norm)
                    for key, amount in zip(origins, content, strict=True)
                    if amount > 0
                ]
                terms += [(b, key, -1.0) for key in slack]
                found.append((stamped.joint(JointRow(terms, bound)), bound))
    return found
