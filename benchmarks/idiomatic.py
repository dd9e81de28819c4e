"""The whole model in one Pyomo model: the oracle that the stamped model is tested against.

The same functions as in `build_operation` write every block; only here the year's data are numbers
and what is online is an expression of w. Slow by design: tests and benchmarks alone build it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from optimizer.blocks import DATA
from optimizer.blocks.accounts import COST_ACCOUNTS, remaining_cost
from optimizer.blocks.carry_over import Link, links
from optimizer.blocks.online import settled_share
from optimizer.model.build import add_year, build_investment
from optimizer.model.criterion_bounds import add_criterion_bound
from optimizer.model.fairness import add_fairness
from optimizer.model.selection import online_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.blocks.worlds import Worlds

SWITCHED = (
    "country_share",
    "largest_share",
    "stage_share",
    "operating_cap",
    "local_processing",
    "untrusted_share",
    "hhi",
)
"""Components with one row per policy, which is off in the blocks without a bound."""


def build_whole(worlds: Worlds) -> pyo.ConcreteModel:
    """Investment and every block of operation, linked, with the first step's objective."""
    m = build_investment(worlds.q)
    m.BLOCKS = pyo.Set(initialize=worlds.blocks, dimen=2)
    linked = links(worlds)

    @m.Block(m.BLOCKS)
    def operation(block, scenario, year):
        b = worlds.blocks.index((scenario, year))
        _add_data(block, m, worlds, b)
        for name, link in linked.items():
            block.add_component(name, _expression(m, worlds, link, b))
        add_year(block, worlds.shares)
        _open_rows(block, worlds, b)

    if worlds.q.wants_tail:
        add_tail(m, worlds)
    add_fairness(m, worlds)
    add_criterion_bound(m, worlds, lambda name: _weighted(m, worlds, {name: 1.0}))
    m.first_step = pyo.Objective(
        expr=_weighted(m, worlds, worlds.q.instance.settings.objective.first_step)
    )
    return m


def add_tail(m: pyo.ConcreteModel, worlds: Worlds) -> None:
    """CVaR of the discounted shortage cost (Rockafellar and Uryasev 2000).

    beyond[s] + tail_threshold ≥ Σ_t δ[t] · missed[block of s, t]
    missed[b] = shortage account of b
    """
    m.tail_threshold = pyo.Var(domain=pyo.NonNegativeReals)
    m.beyond = pyo.Var(list(worlds.frame.probabilities), domain=pyo.NonNegativeReals)
    m.missed = pyo.Var(m.BLOCKS, domain=pyo.NonNegativeReals)

    @m.Constraint(m.BLOCKS, doc="criteria")
    def missing(m, s, t):
        return m.missed[s, t] == m.operation[s, t].account["shortage", ""]

    @m.Constraint(list(worlds.frame.probabilities), doc="criteria")
    def tail(m, s):
        blocks = [(t, worlds.blocks[worlds.operated_as[s, t]]) for t in worlds.q.years]
        return m.beyond[s] + m.tail_threshold >= sum(
            worlds.q.delta(t) * m.missed[b] for t, b in blocks
        )


def _add_data(block: Any, m: pyo.ConcreteModel, worlds: Worlds, b: int) -> None:
    sets: dict[str, Any] = {
        "supply_limit": worlds.net.suppliers,
        "route_limit": worlds.net.routes,
        "demand": worlds.net.segments,
        "collectable": worlds.net.collections,
        "policy_bound": worlds.shares.rows,
        "most_short": worlds.shares.service_levels,
        "release_limit": worlds.q.stockpiles,
        "fill_limit": worlds.q.stockpiles,
        "closing": worlds.net.floored,
    }
    for name in DATA:
        values = dict(zip(sets[name], getattr(worlds, name)[b].tolist(), strict=True))
        finite = {key: value if np.isfinite(value) else 0.0 for key, value in values.items()}
        block.add_component(name, pyo.Param(list(sets[name]), initialize=finite))
    plants = list(worlds.q.plants)
    year = worlds.blocks[b][1]
    late = dict(zip(plants, worlds.delay[b].astype(int).tolist(), strict=True))

    def online(_: Any, p: str) -> Any:
        available = worlds.availability[b, plants.index(p)] * worlds.q.capacity(p)
        if p in worlds.q.candidates:
            return available * online_share(m, worlds.q, p, year, late[p])
        return available * settled_share(worlds.q, p, year - late[p])

    block.online = pyo.Expression(plants, rule=online)


def _expression(m: pyo.ConcreteModel, worlds: Worlds, link: Link, b: int) -> pyo.Expression:
    """The linked quantities of a block as the expressions that they stand for."""
    terms: dict[int, list[Any]] = {}
    for term in link.terms:
        if term.block == b:
            owner = m if term.giver is None else m.operation[worlds.blocks[term.giver]]
            variable = owner.component(term.variable)[term.key]
            terms.setdefault(term.item, []).append(term.factor * variable)
    values = {key: link.constant[b, i] + sum(terms.get(i, ())) for i, key in enumerate(link.items)}
    return pyo.Expression(link.items, rule=lambda _, *key: values[_one(key)])


def _one(key: tuple[Any, ...]) -> Any:
    return key[0] if len(key) == 1 else key


def _open_rows(block: Any, worlds: Worlds, b: int) -> None:
    """Switch off the rows that the year's data leave open."""
    rows = (
        (block.flow_limit, worlds.net.routes, worlds.route_limit),
        (block.must_survive, worlds.shares.service_levels, worlds.most_short),
        (block.price_floor, worlds.net.floored, worlds.closing),
        (block.fill_most, worlds.q.stockpiles, worlds.fill_limit),
    )
    for constraint, keys, limits in rows:
        for key, limit in zip(keys, limits[b], strict=True):
            if np.isinf(limit):
                constraint[key].deactivate()
    for policy, bound in zip(worlds.shares.rows, worlds.policy_bound[b], strict=True):
        if np.isinf(bound):
            _switch_off(block, policy)


def _switch_off(block: Any, policy: str) -> None:
    for name in SWITCHED:
        for key, row in block.component(name).items():
            if policy in (key, key[0]):
                row.deactivate()
    if policy in block.excess:
        block.excess[policy].fix(0.0)


def _weighted(m: pyo.ConcreteModel, worlds: Worlds, weights: Mapping[str, float]) -> Any:
    """A weighting of criteria as an expression."""
    total: Any = weights.get("expected_cost", 0.0) * remaining_cost(worlds.q)
    for name, expression in m.criterion.items():
        total += weights.get(str(name), 0.0) * expression.expr
    for b, block in enumerate(worlds.blocks):
        account, pi = m.operation[block].account, float(worlds.weights[b])
        delta = worlds.q.delta(block[1])
        cost = pi * delta * _cost(m, worlds, b)
        total += weights.get("expected_cost", 0.0) * cost
        mean = weights.get("mean_shortage_cost", 0.0)
        total += pi * delta * weights.get("tariffs", 0.0) * _tariffs(worlds, account, b)
        total += pi * delta * mean * account["shortage", ""].expr
        total += weights.get("policy_penalty", 0.0) * delta * account["penalty", ""].expr
        for kind in ("carbon", "water"):
            total += pi * weights.get(kind, 0.0) * account[kind, ""].expr
        total += pi * weights.get("expected_shortage", 0.0) * account["short_kt", ""].expr
    if worlds.q.wants_tail:
        level = worlds.q.instance.settings.objective.tail_level
        beyond = sum(p * m.beyond[s] for s, p in worlds.frame.probabilities.items())
        total += weights.get("tail_shortage", 0.0) * (m.tail_threshold + beyond / (1.0 - level))
    return total


def _cost(m: pyo.ConcreteModel, worlds: Worlds, b: int) -> Any:
    """What a block of operation costs, M$."""
    account = m.operation[worlds.blocks[b]].account
    cost = sum(account[kind, ""].expr for kind in COST_ACCOUNTS)
    for i, x in enumerate(worlds.q.stages):
        cost += worlds.price[b, i] * account["market", x].expr
    for i, node in enumerate(worlds.net.collections):
        cost += worlds.collection_cost[b, i] * account["collected", "/".join(node)].expr
    for i, route in enumerate(worlds.net.taxed):
        cost += worlds.taxes[b, i] * account["export_tax", "/".join(route)].expr
    for p in worlds.net.owed:
        material = list(worlds.q.stages).index(str(worlds.q.plants[p].main_material))
        cost += worlds.price[b, material] * account["untaken", p].expr
    for i, p in enumerate(worlds.q.stockpiles):
        cost += worlds.residual_price[b, i] * account["residual", p].expr
    return cost


def _tariffs(worlds: Worlds, account: Any, b: int) -> Any:
    materials = list(worlds.q.stages)
    return sum(
        worlds.price[b, materials.index(material)] * account["tariff", material].expr
        for material in worlds.net.tariffed
    )
