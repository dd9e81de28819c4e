"""Prices: what each criterion weighs in what the first step minimises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.model.criteria import COST_ACCOUNTS, remaining_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.model.worlds import Worlds
    from optimizer.solving.compile import Compiled

    Floats = NDArray[np.float64]


def account_prices(worlds: Worlds, keys: list[Any], happening: Floats) -> Floats:
    """(blocks × accounts) what a unit of each account of operation adds to the objective.

    A block counts with the probability that it takes place, `happening`; the penalty of a soft
    policy counts once, in the nominal block.
    """
    objective = worlds.q.instance.settings.objective
    cost = objective.minimised("expected_cost")
    discounted = happening * worlds.deltas
    materials = list(worlds.q.stages)
    taxed = ["/".join(route) for route in worlds.net.taxed]
    prices = np.zeros((len(worlds.blocks), len(keys)))
    for a, (kind, material) in enumerate(keys):
        if kind == "market":
            prices[:, a] = cost * discounted * worlds.price[:, materials.index(material)]
        elif kind == "collected":
            nodes = ["/".join(node) for node in worlds.net.collections]
            prices[:, a] = cost * discounted * worlds.collection_cost[:, nodes.index(material)]
        elif kind == "export_tax":
            prices[:, a] = cost * discounted * worlds.taxes[:, taxed.index(material)]
        elif kind == "tariff":
            paid = objective.minimised("tariffs") * discounted
            prices[:, a] = paid * worlds.price[:, materials.index(material)]
        elif kind == "penalty":
            prices[:, a] = worlds.deltas
        elif kind in COST_ACCOUNTS:
            prices[:, a] = cost * discounted
        else:
            criterion = {"short_kt": "expected_shortage"}.get(kind, kind)
            prices[:, a] = objective.minimised(criterion) * happening
        if kind == "shortage":
            mean = objective.minimised("mean_shortage_cost") - objective.risk_weight
            prices[:, a] += mean * discounted
    return prices


def investment_prices(worlds: Worlds, investment: Compiled) -> Floats:
    """Objective coefficient of each column of the investment."""
    objective = worlds.q.instance.settings.objective
    weights = np.array([objective.minimised(str(key)) for key in investment.expression_keys])
    return np.asarray(weights @ investment.expressions)


def constant(worlds: Worlds, investment: Compiled) -> float:
    """What the objective holds whatever is decided."""
    objective = worlds.q.instance.settings.objective
    weights = [objective.minimised(str(key)) for key in investment.expression_keys]
    fixed = objective.minimised("expected_cost") * remaining_cost(worlds.q)
    return fixed + float(np.dot(weights, investment.expression_constants))
