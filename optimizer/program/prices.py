"""Prices: what a unit of each account and each column weighs in a weighting of criteria."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.blocks.accounts import COST_ACCOUNTS, remaining_cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from optimizer.blocks.worlds import Worlds
    from optimizer.program.compiled import Compiled

    Floats = NDArray[np.float64]
    Weights = Mapping[str, float]

SILENT = ("unserved", "origin", "excess")
"""Kinds of accounts that no criterion prices."""
CRITERION = {"short_kt": "expected_shortage", "penalty": "policy_penalty"}
"""Criterion of an account that is called otherwise."""


def account_prices(worlds: Worlds, keys: list[Any], happening: Floats, weights: Weights) -> Floats:
    """(blocks × accounts) what a unit of each account of operation adds to a weighting.

    A block counts with the probability that it takes place, `happening`; the penalty of a soft
    policy counts once, in the nominal block.
    """
    cost = weights.get("expected_cost", 0.0)
    discounted = happening * worlds.deltas
    prices = np.zeros((len(worlds.blocks), len(keys)))
    for a, (kind, item) in enumerate(keys):
        if kind in SILENT:
            continue
        if kind in YEARLY:
            prices[:, a] = cost * discounted * YEARLY[kind](worlds, item)
        elif kind == "tariff":
            prices[:, a] = weights.get("tariffs", 0.0) * discounted * _market(worlds, item)
        elif kind == "penalty":
            prices[:, a] = weights.get("policy_penalty", 0.0) * worlds.deltas
        elif kind in COST_ACCOUNTS:
            prices[:, a] = cost * discounted
        else:
            prices[:, a] = weights.get(CRITERION.get(kind, kind), 0.0) * happening
        if kind == "shortage":
            prices[:, a] += weights.get("mean_shortage_cost", 0.0) * discounted
    return prices


def _market(worlds: Worlds, material: str) -> Floats:
    return worlds.price[:, list(worlds.q.stages).index(material)]


def _collection(worlds: Worlds, node: str) -> Floats:
    nodes = ["/".join(one) for one in worlds.net.collections]
    return worlds.collection_cost[:, nodes.index(node)]


def _residual(worlds: Worlds, stockpile: str) -> Floats:
    return worlds.residual_price[:, list(worlds.q.stockpiles).index(stockpile)]


def _tax(worlds: Worlds, route: str) -> Floats:
    taxed = ["/".join(one) for one in worlds.net.taxed]
    return worlds.taxes[:, taxed.index(route)]


def _untaken(worlds: Worlds, plant: str) -> Floats:
    return _market(worlds, str(worlds.q.plants[plant].main_material))


YEARLY = {
    "export_tax": _tax,
    "untaken": _untaken,
    "market": _market,
    "collected": _collection,
    "residual": _residual,
}
"""Accounts in kt whose price (M$/kt) differs from block to block."""


def investment_prices(investment: Compiled, weights: Weights) -> Floats:
    """What a unit of each column of the investment adds to a weighting."""
    of_expressions = np.array([weights.get(str(key), 0.0) for key in investment.expression_keys])
    return np.asarray(of_expressions @ investment.expressions)


def constant(worlds: Worlds, investment: Compiled, weights: Weights) -> float:
    """What a weighting holds whatever is decided."""
    of_expressions = [weights.get(str(key), 0.0) for key in investment.expression_keys]
    fixed = weights.get("expected_cost", 0.0) * remaining_cost(worlds.q)
    return fixed + float(np.dot(of_expressions, investment.expression_constants))
