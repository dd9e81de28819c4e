"""Operation: what runs, moves and is missed in one year of one scenario.

One function per rule, for one year; the stamping (or the whole model, in tests) repeats it. Some
things change from year to year, and the block takes them from its caller: `online` and the other
links (`memory`), and the data listed in `DATA`. They are variables where the block is compiled
once, and numbers or expressions where it is built for a given year.

Variables   activity[p, k]    reference output of plant p in recipe k (kt/y)
            purchase[j]       bought from supplier j (kt/y)
            flow[r]           moved on route r = (origin, destination, material) (kt/y)
            served[d], short[d, n], sold[z, m], disposed[z, m], collected[z, m]   (kt/y)
Rules       9 capacity, 11 balance, 12 trade, 13 demand, 15 shared capacity, 16 closed loop
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from optimizer.blocks.network import grouped
from optimizer.blocks.parameters import T_PER_KT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.blocks.network import Network, Node


def add_operation(m: Any, net: Network) -> None:
    """The variables of a year of operation."""
    m.MODES = pyo.Set(initialize=list(net.recipes))
    m.SUPPLIERS = pyo.Set(initialize=list(net.suppliers))
    m.ROUTES = pyo.Set(initialize=list(net.routes), dimen=3)
    m.SEGMENTS = pyo.Set(initialize=list(net.segments))
    m.TRANCHES = pyo.Set(initialize=list(net.tranches), dimen=2)
    m.NODES = pyo.Set(initialize=net.nodes, dimen=2)
    m.FED = pyo.Set(initialize=net.fed, dimen=2)
    m.SALES = pyo.Set(initialize=list(net.sales), dimen=2)
    m.COLLECTIONS = pyo.Set(initialize=list(net.collections), dimen=2)
    m.nothing = pyo.Var(bounds=(0, 0), doc="keeps a row that nothing enters a row")
    m.activity = pyo.Var(m.MODES, domain=pyo.NonNegativeReals)
    m.purchase = pyo.Var(m.SUPPLIERS, domain=pyo.NonNegativeReals)
    m.flow = pyo.Var(m.ROUTES, domain=pyo.NonNegativeReals)
    m.served = pyo.Var(m.SEGMENTS, domain=pyo.NonNegativeReals)
    m.short = pyo.Var(m.TRANCHES, domain=pyo.NonNegativeReals)
    m.sold = pyo.Var(m.SALES, domain=pyo.NonNegativeReals)
    m.disposed = pyo.Var(m.FED, domain=pyo.NonNegativeReals)
    m.collected = pyo.Var(m.COLLECTIONS, domain=pyo.NonNegativeReals)
    m.STOCKPILES = pyo.Set(initialize=list(net.q.stockpiles))
    for name in ("stock", "filled", "released", "understock"):
        m.add_component(name, pyo.Var(m.STOCKPILES, domain=pyo.NonNegativeReals))


def add_capacity(m: Any, net: Network, useful: Mapping[str, float]) -> None:
    """Rule 9: a plant runs within what is online.

    Σ_k capacity_use[p,k] · activity[p,k] ≤ useful[p] · online[p] + contracted[p]
                                                                         ∀ p with a recipe

    useful is 1 but for capacities far above any use (see `usable`).
    """
    m.RUNNING = pyo.Set(initialize=list(net.modes))

    @m.Constraint(m.RUNNING, doc="rule 9")
    def capacity(m, p):
        use = sum(net.recipes[mode].capacity_use * m.activity[mode] for mode in net.modes[p])
        more = m.contracted[p] if p in net.contracted else 0
        return use <= useful[p] * m.online[p] + more


def add_unlocked(m: Any, net: Network) -> None:
    """Rule 9: a recipe waits for the programme that unlocks it.

    capacity_use[p,k] · activity[p,k] ≤ capacity[p] / capacity[q] · online[q]
                                                          ∀ (p,k) that programme q unlocks
    """
    m.LOCKED = pyo.Set(initialize=list(net.locked), dimen=2)

    @m.Constraint(m.LOCKED, doc="rule 9")
    def unlocked(m, p, k):
        recipe, share = net.recipes[p, k], net.locked[p, k]
        room = share * m.online[recipe.unlocked_by] if share else 0
        return recipe.capacity_use * m.activity[p, k] <= room


def add_balance(m: Any, net: Network) -> None:
    """Rule 11: what comes to a zone leaves it, is used, served, sold or disposed of.

    outputs + purchases + collected + released + inflow
        = inputs + served + filled + outflow + sold + disposed
    """

    @m.Constraint(m.NODES, doc="rule 11")
    def balance(m, z, material):
        node = (z, material)
        inflow = sum(m.flow[r] for r in net.routes_in.get(node, ()))
        outflow = sum(m.flow[r] for r in net.routes_out.get(node, ()))
        used = sum(amount * m.activity[mode] for mode, amount in net.takers.get(node, ()))
        served = sum(m.served[d] for d in net.wanted_at.get(node, ()))
        sold = m.sold[node] if node in net.sales else 0
        disposed = m.disposed[node] if node in m.FED else 0
        filled = sum(m.filled[p] for p in net.stocked_at.get(node, ()))
        return _own(m, net, node) + inflow == used + served + filled + outflow + sold + disposed


def add_trade(m: Any, net: Network) -> None:
    """Rule 12: what can be bought and moved, and no passing on of what is not one's own.

    purchase_limit:    purchase[j] ≤ supply_limit[j]
    flow_limit:        flow[r] ≤ route_limit[r]
    sale_limit:        sold[z,m] ≤ limit[z,m]
    no_transshipment:  outflow + sold ≤ outputs + purchases + collected + released
                       ∀ (z,m) no entrepot
    """

    @m.Constraint(m.SUPPLIERS, doc="rule 12")
    def purchase_limit(m, j):
        return m.purchase[j] <= m.supply_limit[j]

    @m.Constraint(m.ROUTES, doc="rule 12")
    def flow_limit(m, origin, destination, material):
        r = (origin, destination, material)
        return m.flow[r] <= m.route_limit[r]

    @m.Constraint(m.SALES, doc="rule 12")
    def sale_limit(m, z, material):
        return m.sold[z, material] <= net.sales[z, material].limit_t_per_year / T_PER_KT

    m.PASSAGES = pyo.Set(initialize=net.passages, dimen=2)

    @m.Constraint(m.PASSAGES, doc="rule 12")
    def no_transshipment(m, z, material):
        node = (z, material)
        outflow = sum(m.flow[r] for r in net.routes_out.get(node, ()))
        sold = m.sold[node] if node in net.sales else 0
        return outflow + sold <= _own(m, net, node)


def add_demand(m: Any, net: Network) -> None:
    """Rule 13: demand is served, replaced by programmes or short, each tranche up to its share.

    demand_met:  served[d] + Σ_n short[d,n] + Σ_{p,k of d} activity[p,k] = demand[d]
    tranche:     short[d,n] ≤ share[d,n] · demand[d]
    """
    numbers = grouped(net.tranches, lambda key: key[0])

    @m.Constraint(m.SEGMENTS, doc="rule 13")
    def demand_met(m, d):
        short = sum(m.short[key] for key in numbers[d])
        replaced = sum(m.activity[mode] for mode in net.replacing.get(d, ()))
        return m.served[d] + short + replaced == m.demand[d]

    @m.Constraint(m.TRANCHES, doc="rule 13")
    def tranche(m, d, n):
        return m.short[d, n] <= net.tranches[d, n].share * m.demand[d]


def add_shared_capacity(m: Any, net: Network) -> None:
    """Rule 15: users of a corridor share its capacity and what infrastructure adds to it.

    Σ_r flow[r] + Σ_{p,k} activity[p,k] ≤ capacity + Σ_q online[q]    ∀ corridors in use
    """
    plants = net.q.plants
    adders = [p for p, project in plants.items() if project.kind == "infrastructure"]
    users = [mode for mode in net.recipes if plants[mode[0]].kind != "infrastructure"]
    flows = grouped(net.routes, lambda r: net.routes[r].corridor)
    loads = grouped(users, lambda mode: plants[mode[0]].corridor)
    capacity = {c.id: c.capacity_t_per_year / T_PER_KT for c in net.q.instance.corridors}
    m.CORRIDORS = pyo.Set(initialize=[c for c in capacity if c in flows or c in loads])

    @m.Constraint(m.CORRIDORS, doc="rule 15")
    def shared_capacity(m, corridor):
        load = sum(m.flow[r] for r in flows.get(corridor, ()))
        load += sum(m.activity[mode] for mode in loads.get(corridor, ()))
        added = sum(m.online[p] for p in adders if plants[p].corridor == corridor)
        return load <= capacity[corridor] + added


def add_closed_loop(m: Any, net: Network) -> None:
    """Rule 16: no more scrap is collected than the collection rate allows.

    collected[z,m] ≤ collectable[z,m] + returning[z,m]
        = collection_rate · (arisings + Σ_d t_per_t[d,m] · served[d, t − lifetime])
    """

    @m.Constraint(m.COLLECTIONS, doc="rule 16")
    def closed_loop(m, z, material):
        return m.collected[z, material] <= m.collectable[z, material] + m.returning[z, material]


def _own(m: Any, net: Network, node: Node) -> Any:
    """What a zone makes, buys, collects and releases of a material."""
    made = sum(amount * m.activity[mode] for mode, amount in net.makers.get(node, ()))
    bought = sum(m.purchase[j] for j in net.bought_at.get(node, ()))
    collected = m.collected[node] if node in net.collections else 0
    released = sum(m.released[p] for p in net.stocked_at.get(node, ()))
    return made + bought + collected + released
