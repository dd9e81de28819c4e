"""The whole model in one Pyomo model: the oracle that the stamped model is tested against.

The same functions as in `build_operation` write every block; only here the year's data are numbers
and what is online is an expression of w. Slow by design: tests and benchmarks alone build it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo

from optimizer.model import DATA, add_year, build_investment
from optimizer.model.criteria import COST_ACCOUNTS, remaining_cost
from optimizer.model.selection import started

if TYPE_CHECKING:
    from optimizer.model.worlds import Worlds

SWITCHED = (
    "country_share",
    "stage_share",
    "operating_cap",
    "local_processing",
    "untrusted_share",
)
"""Components with one row per policy, which is off in the blocks without a bound."""


def build_whole(worlds: Worlds) -> pyo.ConcreteModel:
    """Investment and every block of operation, linked, with the first step's objective."""
    m = build_investment(worlds.q)
    m.BLOCKS = pyo.Set(initialize=worlds.blocks, dimen=2)

    @m.Block(m.BLOCKS)
    def operation(block, scenario, year):
        b = worlds.blocks.index((scenario, year))
        _add_data(block, m, worlds, b)
        add_year(block, worlds.shares)
        for route, limit in zip(worlds.net.routes, worlds.route_limit[b], strict=True):
            if np.isinf(limit):
                block.flow_limit[route].deactivate()
        for policy, bound in zip(worlds.shares.rows, worlds.policy_bound[b], strict=True):
            if np.isinf(bound):
                _switch_off(block, policy)
        for level, most in zip(worlds.shares.service_levels, worlds.most_short[b], strict=True):
            if np.isinf(most):
                block.must_survive[level].deactivate()

    if worlds.q.instance.settings.objective.tail_weight > 0:
        add_tail(m, worlds)
    m.first_step = pyo.Objective(expr=_objective(m, worlds))
    return m


def add_tail(m: pyo.ConcreteModel, worlds: Worlds) -> None:
    """CVaR of the discounted shortage cost (Rockafellar and Uryasev 2000).

    v[s] + η ≥ Σ_t δ[t] · missed[block of s, t];  missed[b] = shortage account of b
    """
    m.eta = pyo.Var(domain=pyo.NonNegativeReals)
    m.v = pyo.Var(list(worlds.probabilities), domain=pyo.NonNegativeReals)
    m.missed = pyo.Var(m.BLOCKS, domain=pyo.NonNegativeReals)

    @m.Constraint(m.BLOCKS)
    def missing(m, s, t):
        return m.missed[s, t] == m.operation[s, t].account["shortage", ""]

    @m.Constraint(list(worlds.probabilities))
    def tail(m, s):
        blocks = [(t, worlds.blocks[worlds.operated_as[s, t]]) for t in worlds.q.years]
        return m.v[s] + m.eta >= sum(worlds.q.delta(t) * m.missed[b] for t, b in blocks)


def _add_data(block: Any, m: pyo.ConcreteModel, worlds: Worlds, b: int) -> None:
    sets: dict[str, Any] = {
        "supply_limit": worlds.net.suppliers,
        "route_limit": worlds.net.routes,
        "demand": worlds.net.segments,
        "collectable": worlds.net.collections,
        "policy_bound": worlds.shares.rows,
        "most_short": worlds.shares.service_levels,
    }
    for name in DATA:
        values = dict(zip(sets[name], getattr(worlds, name)[b].tolist(), strict=True))
        finite = {key: value if np.isfinite(value) else 0.0 for key, value in values.items()}
        block.add_component(name, pyo.Param(list(sets[name]), initialize=finite))
    plants = list(worlds.q.plants)
    year = worlds.blocks[b][1]

    def online(_: Any, p: str) -> Any:
        available = worlds.availability[b, plants.index(p)] * worlds.capacity(p)
        if p in worlds.q.candidates:
            return available * _candidate_share(m, worlds, p, year)
        return available * worlds.settled_share(p, year)

    block.online = pyo.Expression(plants, rule=online)


def _candidate_share(m: pyo.ConcreteModel, worlds: Worlds, p: str, year: int) -> Any:
    """Σ_h (ramp_h − ramp_{h−1}) · w[p, year − build − h] − w[p, year − build − life]."""
    project, q = worlds.q.candidates[p], worlds.q
    ramp = (0.0, *project.ramp)
    online = sum(
        (ramp[h + 1] - ramp[h]) * started(m, q, p, year - project.build_years - h)
        for h in range(len(project.ramp))
    )
    return online - started(m, q, p, year - project.build_years - project.life_years)


def _switch_off(block: Any, policy: str) -> None:
    for name in SWITCHED:
        rows = block.component(name)
        if policy in rows:
            rows[policy].deactivate()
    if policy in block.excess:
        block.excess[policy].fix(0.0)


def _objective(m: pyo.ConcreteModel, worlds: Worlds) -> Any:
    objective = worlds.q.instance.settings.objective
    total: Any = objective.minimised("expected_cost") * remaining_cost(worlds.q)
    for name, expression in m.criterion.items():
        total += objective.minimised(str(name)) * expression.expr
    materials = list(worlds.q.stages)
    for b, block in enumerate(worlds.blocks):
        account, pi = m.operation[block].account, float(worlds.weights[b])
        delta = worlds.q.delta(block[1])
        cost = sum(account[kind, ""].expr for kind in COST_ACCOUNTS)
        cost += sum(worlds.price[b, i] * account["market", x].expr for i, x in enumerate(materials))
        cost += sum(
            worlds.collection_cost[b, i] * account["collected", "/".join(node)].expr
            for i, node in enumerate(worlds.net.collections)
        )
        cost += sum(
            worlds.taxes[b, i] * account["export_tax", "/".join(route)].expr
            for i, route in enumerate(worlds.net.taxed)
        )
        total += pi * delta * objective.minimised("tariffs") * _tariffs(worlds, account, b)
        mean = objective.minimised("mean_shortage_cost") - objective.risk_weight
        total += pi * delta * objective.minimised("expected_cost") * cost
        total += pi * delta * mean * account["shortage", ""].expr
        total += delta * account["penalty", ""].expr
        for kind in ("carbon", "water"):
            total += pi * objective.minimised(kind) * account[kind, ""].expr
        total += pi * objective.minimised("expected_shortage") * account["short_kt", ""].expr
    if objective.tail_weight > 0:
        beyond = sum(p * m.v[s] for s, p in worlds.probabilities.items())
        total += objective.tail_weight * (m.eta + beyond / (1.0 - objective.tail_level))
    return total


def _tariffs(worlds: Worlds, account: Any, b: int) -> Any:
    materials = list(worlds.q.stages)
    return sum(
        worlds.price[b, materials.index(material)] * account["tariff", material].expr
        for material in worlds.net.tariffed
    )
