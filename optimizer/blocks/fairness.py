"""Fairness: what members want in each block, and the rows of rule 20 over their accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.blocks.accounts import Account
    from optimizer.blocks.worlds import Worlds

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JointRow:
    """Σ factor · account of a block ≤ upper."""

    terms: list[tuple[int, Account, float]]
    """Block, account and factor."""
    upper: float


def fairness_rows(worlds: Worlds) -> dict[tuple[str, str, int], JointRow]:
    """The rows by policy, member and block."""
    q = worlds.q
    wanted = member_demand(worlds)
    judged = [s.id for s in q.instance.scenarios if s.nominal or s.must_survive]
    rows = {}
    for policy in q.enabled("fairness").values():
        for year in q.policy_years(policy):
            for b in sorted({worlds.operated_as[s, year] for s in judged}):
                total = sum(float(demand[b]) for demand in wanted.values())
                for f, demand in wanted.items():
                    if demand[b] <= 0:
                        continue
                    share = {f: 1.0 / float(demand[b])}
                    terms = [(b, ("unserved", g), share.get(g, 0.0) - 1.0 / total) for g in wanted]
                    rows[policy.id, f, b] = JointRow(terms, q.policy_value(policy, year))
    return rows


def member_demand(worlds: Worlds) -> dict[str, Floats]:
    """Demand of each member that has any, at the first year's prices, by block (M$)."""
    net = worlds.net
    found: dict[str, Floats] = {}
    for column, (d, segment) in enumerate(net.segments.items()):
        if segment.member is not None:
            worth = net.first_price(segment.material) * worlds.demand[:, column]
            found[segment.member] = found.get(segment.member, np.zeros_like(worth)) + worth
        assert d == segment.id
    return dict(sorted(found.items()))
