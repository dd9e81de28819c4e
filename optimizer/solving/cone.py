"""The cone of rule 18, held by tangent cuts.

‖x‖₂ ≤ bound + excess is convex, so where a point leaves the cone its tangent there,
Σ_c x̄_c/‖x̄‖ · x_c ≤ bound + excess, cuts off the point and nothing of the cone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks.fairness import JointRow
from optimizer.program.joint import joint_row
from optimizer.program.keys import RowKey
from optimizer.vocabulary.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from optimizer.blocks.accounts import Account
    from optimizer.program.program import Row
    from optimizer.program.stamped import Stamped

    Floats = NDArray[np.float64]

OUTSIDE = 1e-7
"""How far a point may be outside the cone, relative to its size: the index then holds to 1e-6."""
TANGENT = "hhi_tangent"
"""Component of the tangents, each by its policy and its number in the block."""


@dataclass(frozen=True)
class Outside:
    """A year of a rule 18 row whose cone a point is outside of."""

    policy: str
    block: int
    by: float
    """How far, relative to max(1, bound)."""
    tangent: JointRow


def outside(stamped: Stamped, x: Floats) -> Iterator[Outside]:
    """The years of rule 18 rows whose cone a point is outside of, with the tangents there."""
    worlds = stamped.worlds
    rows = list(worlds.shares.rows)
    accounts, position = stamped.accounts(x), stamped.year.account_places
    for policy in worlds.q.enabled("hhi_cap").values():
        origins: list[Account] = [
            ("origin", f"{policy.id}/{c}") for c in worlds.shares.origin_countries
        ]
        slack: list[Account] = [] if policy.hard else [("excess", policy.id)]
        for year in worlds.q.policy_years(policy):
            b = worlds.operated_as[worlds.frame.nominal, year]
            bound = float(worlds.policy_bound[b, rows.index(policy.id)])
            content = np.maximum(accounts[b, [position[key] for key in origins]], 0.0)
            excess = sum(float(accounts[b, position[key]]) for key in slack)
            norm = float(np.linalg.norm(content))
            over, size = norm - bound - excess, max(1.0, bound)
            if over > OUTSIDE * size:
                terms = [
                    (b, key, float(amount) / norm)
                    for key, amount in zip(origins, content, strict=True)
                    if amount > 0
                ]
                terms += [(b, key, -1.0) for key in slack]
                yield Outside(policy.id, b, over / size, JointRow(terms, bound))


def cuts(stamped: Stamped, x: Floats) -> list[Row]:
    """A tangent for every year of a rule 18 row whose cone the point is outside of."""
    found = []
    for one in outside(stamped, x):
        block = stamped.worlds.blocks[one.block]
        known = stamped.program.rows
        before = [known[at].key for at in known.where(TANGENT, block=block)]
        number = 1 + sum(policy == one.policy for policy, _ in before)
        key = RowKey(RULES[18], TANGENT, (one.policy, number), block)
        found.append(joint_row(stamped, key, one.tangent))
    return found
