"""Bounds of the policy rows on operation, block by block.

Enters: a frame, and what members want in its blocks. Leaves: (blocks × rows) arrays, infinite
where a row is off.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from optimizer.vocabulary.policies import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.blocks.frame import Frame
    from optimizer.blocks.shares import Shares
    from optimizer.instance.records import Policy

    Floats = NDArray[np.float64]


def policy_bound(frame: Frame, shares: Shares, demand: Floats) -> Floats:
    """Bound of each row of rules 6, 8, 17 and 18, kt of content, kt CO2e or million m³.

    Rows hold in the nominal blocks alone, and in their own years.
    """
    q, rows = frame.q, shares.rows
    off = np.array(
        [-np.inf if KINDS[row.kind].sense == "least" else np.inf for row in rows.values()]
    )
    bounds = np.tile(off, (len(frame.blocks), 1))
    for column, policy in enumerate(rows.values()):
        for year in q.policy_years(policy):
            b = year - q.years[0]
            value = q.policy_value(policy, year)
            share = math.sqrt(value) if policy.kind == "hhi_cap" else value
            bounds[b, column] = share * _denominator(shares, policy, demand[b])
    return bounds


def most_short(frame: Frame, shares: Shares, demand: Floats) -> Floats:
    """What each segment may be short of by each policy of rule 19, kt.

    A row holds in every block that serves a must-survive scenario in the policy's years.
    """
    q, pairs, segments = frame.q, shares.service_levels, list(frame.net.segments)
    bounds = np.full((len(frame.blocks), len(pairs)), np.inf)
    marked = [s.id for s in q.instance.scenarios if s.must_survive]
    rows = q.enabled("must_survive")
    for column, (policy, d) in enumerate(pairs):
        for year in q.policy_years(rows[policy]):
            share = q.policy_value(rows[policy], year)
            for b in {frame.operated_as[s, year] for s in marked}:
                bounds[b, column] = share * demand[b, segments.index(d)]
    return bounds


def _denominator(shares: Shares, policy: Policy, demand: Floats) -> float:
    if policy.kind in ("carbon_cap", "water_cap"):
        return 1.0
    if policy.kind == "local_processing":
        return 0.0  # the value is a coefficient of the row
    content = shares.demand_content(policy)
    return float(np.dot(demand, [content[d] for d in shares.net.segments]))
