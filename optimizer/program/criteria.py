"""Criteria of a solution, from the accounts of operation and the expressions of the investment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.blocks.accounts import COST_ACCOUNTS, remaining_cost
from optimizer.blocks.fairness import member_demand
from optimizer.blocks.largest_share import shares_abroad
from optimizer.blocks.shares import supply_content
from optimizer.indicators import conditional_value_at_risk
from optimizer.program.prices import YEARLY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.blocks.worlds import Worlds
    from optimizer.program.stamped import Stamped

    Floats = NDArray[np.float64]


def criteria_of(stamped: Stamped, x: Floats) -> dict[str, float]:
    """Every criterion of docs/model.md, in its unit."""
    worlds = stamped.worlds
    accounts = dict(zip(stamped.year.account_keys, stamped.accounts(x).T, strict=True))
    happening, discounted = worlds.weights, worlds.weights * worlds.deltas
    criteria = _first_stage(stamped, x)
    cost = _operating_cost(stamped, accounts)
    criteria["expected_cost"] += remaining_cost(worlds.q) + float(discounted @ cost)
    criteria["policy_penalty"] = float(worlds.deltas @ accounts["penalty", ""])
    criteria["expected_shortage"] = float(happening @ accounts["short_kt", ""])
    criteria["mean_shortage_cost"] = float(discounted @ accounts["shortage", ""])
    criteria["tail_shortage"] = _tail(stamped, accounts["shortage", ""])
    criteria["tariffs"] = _tariffs(stamped, accounts)
    criteria["carbon"] = float(happening @ accounts["carbon", ""])
    criteria["water"] = float(happening @ accounts["water", ""])
    criteria["largest_country_share"] = _largest_share(stamped, x)
    criteria["worst_member_service"] = _worst_service(worlds, accounts)
    return dict(sorted(criteria.items()))


def undisturbed_cost(stamped: Stamped, x: Floats) -> float:
    """What expected_cost would be if the nominal scenario were certain, M$.

    Building and outside money as they are, and Σ_t δ_t · cost of the nominal block of t.
    """
    worlds = stamped.worlds
    accounts = dict(zip(stamped.year.account_keys, stamped.accounts(x).T, strict=True))
    blocks = [worlds.operated_as[worlds.frame.nominal, t] for t in worlds.q.years]
    cost = (worlds.deltas * _operating_cost(stamped, accounts))[blocks]
    return _first_stage(stamped, x)["expected_cost"] + remaining_cost(worlds.q) + float(cost.sum())


def _operating_cost(stamped: Stamped, accounts: dict[Any, Floats]) -> Floats:
    """What the operation of each block costs, undiscounted, M$."""
    cost = np.sum([accounts[kind, ""] for kind in COST_ACCOUNTS], axis=0)
    for kind, item in stamped.year.account_keys:
        if kind in YEARLY:
            cost = cost + YEARLY[kind](stamped.worlds, item) * accounts[kind, item]
    return np.asarray(cost)


def _first_stage(stamped: Stamped, x: Floats) -> dict[str, float]:
    block = stamped.investment
    values = block.expressions @ x[: block.size] + block.expression_constants
    return {str(key): float(v) for key, v in zip(block.expression_keys, values, strict=True)}


def _worst_service(worlds: Worlds, accounts: dict[Any, Floats]) -> float:
    """Least share of its demand that a member is expected to be served; 1 if nobody wants any."""
    shares = [
        1.0 - float(worlds.weights @ accounts["unserved", f]) / float(worlds.weights @ demand)
        for f, demand in member_demand(worlds).items()
        if worlds.weights @ demand > 0
    ]
    return min([1.0, *shares])


def _largest_share(stamped: Stamped, x: Floats) -> float:
    """Largest share of nominal demand in content that a country outside supplies; 0 without any."""
    worlds, year = stamped.worlds, stamped.year
    blocks = [worlds.operated_as[worlds.frame.nominal, t] for t in worlds.q.years]
    operated, demand = stamped.operation(x)[blocks], worlds.demand[blocks]
    places_of = {name: year.places_of(name) for name in ("purchase", "activity", "sold")}
    largest = 0.0
    for share in shares_abroad(worlds.q).values():
        wanted = demand @ np.array(list(worlds.shares.demand_content(share).values()))
        supplied = np.zeros(len(blocks))
        for name, content in supply_content(worlds.shares, share).items():
            places = [places_of[name][key] for key, _ in content]
            supplied += operated[:, places] @ np.array([part for _, part in content])
        there = wanted > 0
        largest = max(largest, *(supplied[there] / wanted[there]), 0.0)
    return float(largest)


def _tariffs(stamped: Stamped, accounts: dict[tuple[str, str], Floats]) -> float:
    worlds, materials = stamped.worlds, list(stamped.worlds.q.stages)
    paid = np.zeros(len(worlds.blocks))
    for material in worlds.net.tariffed:
        paid += worlds.price[:, materials.index(material)] * accounts["tariff", material]
    return float((worlds.weights * worlds.deltas) @ paid)


def _tail(stamped: Stamped, shortage: Floats) -> float:
    worlds = stamped.worlds
    missed = dict.fromkeys(worlds.frame.probabilities, 0.0)
    for (s, year), b in worlds.operated_as.items():
        missed[s] += worlds.q.delta(year) * float(shortage[b])
    level = worlds.q.instance.settings.objective.tail_level
    return conditional_value_at_risk(
        list(missed.values()), list(worlds.frame.probabilities.values()), level
    )
