"""Bounds of the policy rows on operation, block by block.

Enters: the worlds of an instance. Leaves: (blocks × rows) arrays, infinite where a row is off.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from optimizer.vocabulary.policies import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.blocks.worlds import Worlds
    from optimizer.instance.records import Policy

    Floats = NDArray[np.float64]


def policy_bound(worlds: Worlds) -> Floats:
    """Bound of each row of rules 6, 8, 17 and 18, kt of content, kt CO2e or million m³.

    Rows hold in the nominal blocks alone, and in their own years.
    """
    q, rows = worlds.q, worlds.shares.rows
    off = np.array(
        [-np.inf if KINDS[row.kind].sense == "least" else np.inf for row in rows.values()]
    )
    bounds = np.tile(off, (len(worlds.blocks), 1))
    for column, policy in enumerate(rows.values()):
        for year in q.policy_years(policy):
            b = year - q.years[0]
            value = q.policy_value(policy, year)
            share = math.sqrt(value) if policy.kind == "hhi_cap" else value
            bounds[b, column] = share * _denominator(worlds, policy, b)
    return bounds


def most_short(worlds: Worlds) -> Floats:
    """What each segment may be short of by each policy of rule 19, kt.

    A row holds in every block that serves a must-survive scenario in the policy's years.
    """
    q, pairs, segments = worlds.q, worlds.shares.service_levels, list(worlds.net.segments)
    bounds = np.full((len(worlds.blocks), len(pairs)), np.inf)
    marked = [s.id for s in q.instance.scenarios if s.must_survive]
    rows = q.enabled("must_survive")
    for column, (policy, d) in enumerate(pairs):
        for year in q.policy_years(rows[policy]):
            share = q.policy_value(rows[policy], year)
            for b in {worlds.operated_as[s, year] for s in marked}:
                bounds[b, column] = share * worlds.demand[b, segments.index(d)]
    return bounds


def _denominator(worlds: Worlds, policy: Policy, b: int) -> float:
    if policy.kind in ("carbon_cap", "water_cap"):
        return 1.0
    if policy.kind == "local_processing":
        return 0.0  # the value is a coefficient of the row
    content = worlds.shares.demand_content(policy)
    return float(np.dot(worlds.demand[b], [content[d] for d in worlds.net.segments]))
