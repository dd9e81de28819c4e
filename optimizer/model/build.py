"""The model in Pyomo: the table of contents of docs/model.md.

`build_investment` writes the first stage, `build_operation` one year of operation; each is compiled
once and stamped by `optimizer.solving`. `benchmarks.idiomatic` repeats the same rules over every
block in one Pyomo model: the oracle that the stamped model is tested against.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from optimizer.blocks.cash_flows import CashFlows
from optimizer.blocks.contracts import Contracts
from optimizer.model.concentration import add_hhi
from optimizer.model.contract_operation import add_offtake, add_price_floor
from optimizer.model.contracts import add_contracts, add_signing
from optimizer.model.criteria import add_accounts, add_criteria
from optimizer.model.finance import (
    add_capital,
    add_fund,
    add_money,
    add_performing,
    add_private,
    add_purse,
)
from optimizer.model.guarantees import add_calls, add_guarantees, add_provision
from optimizer.model.host_terms import add_host_terms
from optimizer.model.operation import (
    add_balance,
    add_capacity,
    add_closed_loop,
    add_demand,
    add_operation,
    add_shared_capacity,
    add_trade,
    add_unlocked,
)
from optimizer.model.policies import (
    add_esg,
    add_exposure,
    add_juste_retour,
    add_mandates,
    add_operating_caps,
)
from optimizer.model.selection import add_once, add_relations, add_selection
from optimizer.model.shares import add_country_share
from optimizer.model.stockpiles import add_days_of_cover, add_stock_plan, add_stockpiles
from optimizer.model.survival import add_must_survive

if TYPE_CHECKING:
    from optimizer.blocks.parameters import Parameters
    from optimizer.blocks.shares import Shares


def build_investment(q: Parameters, *, given: bool = True) -> pyo.ConcreteModel:
    """The first stage: rules 1–5, 7, 8, 14, and its parts of the criteria.

    Args:
        q: its parameters.
        given: whether the members' own money is put in, or stays columns to be filled later.
    """
    m = pyo.ConcreteModel("investment")
    terms, flows = Contracts(q), CashFlows(q)
    add_selection(m, q)
    add_money(m, q)
    add_purse(m, q, given=given)
    add_contracts(m, terms)
    add_once(m, q)
    add_relations(m, q)
    add_capital(m, q)
    add_private(m, q)
    add_guarantees(m, q)
    add_signing(m, terms)
    add_performing(m, flows)
    add_calls(m, q)
    add_fund(m, flows)
    add_provision(m, q)
    add_mandates(m, q)
    add_juste_retour(m, q)
    add_exposure(m, q)
    add_esg(m, q)
    add_stock_plan(m, q)
    add_days_of_cover(m, q)
    add_criteria(m, flows)
    return m


def build_operation(shares: Shares) -> pyo.ConcreteModel:
    """One year of operation to be compiled once: what changes with the year is a variable."""
    m = pyo.ConcreteModel("operation")
    net = shares.net
    m.online = pyo.Var(list(net.q.plants))
    m.supply_limit = pyo.Var(list(net.suppliers))
    m.route_limit = pyo.Var(list(net.routes))
    m.demand = pyo.Var(list(net.segments))
    m.collectable = pyo.Var(list(net.collections))
    m.policy_bound = pyo.Var(list(shares.rows))
    m.most_short = pyo.Var(shares.service_levels)
    m.release_limit = pyo.Var(list(net.q.stockpiles))
    m.fill_limit = pyo.Var(list(net.q.stockpiles))
    for name in ("stock_before", "stock_limit", "stock_kept"):
        m.add_component(name, pyo.Var(list(net.q.stockpiles)))
    m.returning = pyo.Var(list(net.collections))
    m.closing = pyo.Var(net.floored)
    m.opened = pyo.Var(net.floored)
    m.contracted = pyo.Var(net.contracted)
    m.owed = pyo.Var(net.owed)
    add_year(m, shares)
    return m


def add_year(m: Any, shares: Shares) -> None:
    """Rules 6, 8 (caps), 9–19 and accounts, on a block that holds the year's data."""
    net = shares.net
    add_operation(m, net)
    add_capacity(m, net, shares.useful)
    add_unlocked(m, net)
    add_offtake(m, net)
    add_price_floor(m, net)
    add_balance(m, net)
    add_trade(m, net)
    add_demand(m, net)
    add_shared_capacity(m, net)
    add_closed_loop(m, net)
    add_stockpiles(m, net)
    add_country_share(m, shares)
    add_host_terms(m, shares)
    add_hhi(m, shares)
    add_must_survive(m, shares)
    add_operating_caps(m, shares)
    add_accounts(m, shares)
