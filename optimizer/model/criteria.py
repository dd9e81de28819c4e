"""Criteria: one named expression each, and the accounts of operation that they are made of.

An *account* is a sum of operation variables whose price may change from year to year: the market
value of what is bought needs the year's price, the shortage cost is money already. So one year of
operation is compiled once, with its accounts, and a criterion is a price on each account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from optimizer.blocks.parameters import T_PER_KT
from optimizer.model.policies import emissions, water
from optimizer.model.selection import chosen
from optimizer.vocabulary.instruments import PAID_BY_TREASURIES, PROMISED

if TYPE_CHECKING:
    from optimizer.blocks.accounts import Account
    from optimizer.blocks.cash_flows import CashFlows
    from optimizer.blocks.network import Network
    from optimizer.blocks.parameters import Parameters
    from optimizer.blocks.shares import Shares


def add_accounts(m: Any, shares: Shares) -> None:
    """The accounts of one year of operation.

    opex, carbon_cost: of plants inside the alliance; market m: what is bought, at the supplier's
    price factor, plus the net output of plants outside, less what is sold at its price share (kt);
    collected z/m: scrap collected (kt), whose cost is data of the year; export_tax z/z′/m: moved
    on a route that some shock taxes (kt); tariff m: moved at import tariffs (kt times tariff);
    residual p: stock (kt),
    which is worth something at the end of the last year; unserved f: what a member goes short of
    (rule 20); origin policy/c and excess policy: what rule 18 cuts (kt).
    """
    net = shares.net
    money = {
        "opex": _opex(m, net),
        "carbon_cost": _carbon_cost(m, net),
        "extra": sum(
            s.price_extra_usd_per_t / T_PER_KT * m.purchase[j] for j, s in net.suppliers.items()
        ),
        "freight": sum(
            r.freight_usd_per_t / T_PER_KT * m.flow[key] for key, r in net.routes.items()
        ),
        "disposal": _disposal(m, net),
        "holding": sum(
            s.holding_cost_usd_per_t / T_PER_KT * m.stock[p] for p, s in net.q.stockpiles.items()
        ),
        "understock": sum(
            s.understock_cost_usd_per_t / T_PER_KT * m.understock[p]
            for p, s in net.q.stockpiles.items()
        ),
        "shortage": sum(
            t.cost_usd_per_t / T_PER_KT * m.short[key] for key, t in net.tranches.items()
        ),
        "short_kt": sum(m.short[key] for key in net.tranches),
        "carbon": emissions(m, net),
        "water": water(m, net),
        "penalty": sum(
            shares.rows[policy].penalty_usd_per_t / T_PER_KT * m.excess[policy] for policy in m.SOFT
        ),
    }
    market = {material: _market(m, net, material) for material in net.q.stages}
    accounts: dict[Account, Any] = {(kind, ""): expr for kind, expr in money.items()}
    accounts |= {("market", material): expr for material, expr in market.items()}
    accounts |= {("collected", "/".join(node)): 1 * m.collected[node] for node in net.collections}
    accounts |= {("unserved", f): expr for f, expr in _unserved(m, net).items()}
    accounts |= {("origin", f"{policy}/{c}"): 1 * m.origin[policy, c] for policy, c in m.ORIGINS}
    accounts |= {("excess", policy): 1 * m.excess[policy] for policy in m.SOFT}
    accounts |= {("untaken", p): 1 * m.untaken[p] for p in net.owed}
    accounts |= {("residual", p): 1 * m.stock[p] for p in net.q.stockpiles}
    accounts |= {("export_tax", "/".join(route)): 1 * m.flow[route] for route in net.taxed}
    accounts |= {("tariff", material): _tariffed(m, net, material) for material in net.tariffed}
    m.account = pyo.Expression(list(accounts), rule=lambda m, *key: accounts[key])


def _unserved(m: Any, net: Network) -> dict[str, Any]:
    """What each member goes short of, at the first year's prices (M$)."""
    found: dict[str, Any] = {}
    for d, n in net.tranches:
        segment = net.segments[d]
        if segment.member is not None:
            term = net.first_price(segment.material) * m.short[d, n]
            found[segment.member] = found.get(segment.member, 0) + term
    return found


def _inside(net: Network) -> set[str]:
    return {p for p, project in net.q.plants.items() if net.q.inside(project)}


def _opex(m: Any, net: Network) -> Any:
    inside = _inside(net)
    return sum(
        recipe.opex_usd_per_t / T_PER_KT * m.activity[mode]
        for mode, recipe in net.recipes.items()
        if mode[0] in inside
    )


def _carbon_cost(m: Any, net: Network) -> Any:
    inside = _inside(net)
    price = net.q.instance.settings.carbon_price_usd_per_t / T_PER_KT
    return sum(
        price * recipe.carbon_t_per_t * m.activity[mode]
        for mode, recipe in net.recipes.items()
        if mode[0] in inside and price > 0
    )


def _disposal(m: Any, net: Network) -> Any:
    cost = {x.id: x.disposal_cost_usd_per_t / T_PER_KT for x in net.q.instance.materials}
    return sum(cost[material] * m.disposed[z, material] for z, material in net.fed)


def _market(m: Any, net: Network, material: str) -> Any:
    inside = _inside(net)
    bought = sum(
        s.price_factor * m.purchase[j] for j, s in net.suppliers.items() if s.material == material
    )
    outside = sum(
        (net.outputs[mode].get(material, 0.0) - net.inputs[mode].get(material, 0.0))
        * m.activity[mode]
        for mode in net.recipes
        if mode[0] not in inside and (material in net.outputs[mode] or material in net.inputs[mode])
    )
    sold = sum(s.price_share * m.sold[node] for node, s in net.sales.items() if node[1] == material)
    return bought + outside - sold


def _tariffed(m: Any, net: Network, material: str) -> Any:
    return sum(
        route.tariff_share * m.flow[r] for r, route in net.routes.items() if r[2] == material
    )


def add_criteria(m: pyo.ConcreteModel, flows: CashFlows) -> None:
    """The parts of the criteria that the first stage decides (M$, or the criterion's own unit).

    expected_cost   building less salvage and the premium on private money of candidates inside,
                    public money less expected returns to plants outside, and their price floors
    fund_cost       Σ commit · (PVprofile − PVreturns) of what the fund pays, calls less fees of
                    guarantees, expected payments of price floors
    treasury_cost   Σ PVprofile · commit of tax credits
    public_funds_cost   cost_of_public_funds · (fund_cost + treasury_cost)
    """
    q = flows.q
    net = {(p, i, t): flows.present_cost(p, i, t) for p, t in m.FUNDED for i in q.admitted[p]}
    credits, promised = q.of_kind(*PAID_BY_TREASURIES), q.of_kind(*PROMISED)
    of_fund = sum(net[p, i, t] * m.commit[p, i, f, t] for p, i, f, t in m.MONEY if i not in credits)
    of_fund += sum(m.contract_cost[x] for x in m.contract_cost)
    of_treasuries = sum(
        net[p, i, t] * m.commit[p, i, f, t] for p, i, f, t in m.MONEY if i in credits
    )
    raising = q.instance.settings.cost_of_public_funds
    criteria = {
        "expected_cost": _building(m, q) + _outside(m, q, net),
        "fund_cost": of_fund,
        "treasury_cost": of_treasuries,
        "public_funds_cost": raising * (of_fund + of_treasuries) if raising else 0,
        "public_capital": sum(m.commit[key] for key in m.MONEY if key[1] not in promised),
        "guaranteed": sum(m.commit[key] for key in m.MONEY if key[1] in promised),
        "private_capital": sum(m.private[key] for key in m.PAID),
        "strategic_value": sum(
            project.strategic_value * chosen(m, q, p) for p, project in q.candidates.items()
        ),
    }
    for attribute in q.instance.attributes:
        name = f"attribute.{attribute.attribute}"
        p = attribute.project
        term = attribute.value * chosen(m, q, p) if p in q.candidates else 0
        criteria[name] = criteria.get(name, 0) + term
    m.criterion = pyo.Expression(list(criteria), rule=lambda m, name: criteria[name])


def _building(m: pyo.ConcreteModel, q: Parameters) -> Any:
    total: Any = 0
    for p, t in m.PAID:
        project = q.candidates[p]
        if q.inside(project):
            value = q.pv_profile(project, t)
            lasting = project.capex_musd * value * (1.0 - q.salvage(project, t))
            total += lasting * m.start[p, t] + project.private_premium * value * m.private[p, t]
    return total


def _outside(m: pyo.ConcreteModel, q: Parameters, net: dict[tuple[str, str, int], float]) -> Any:
    """Public money less expected returns to plants outside, and what their price floors pay."""
    outside = {p for p, project in q.plants.items() if not q.inside(project)}
    money = sum(net[p, i, t] * m.commit[p, i, f, t] for p, i, f, t in m.MONEY if p in outside)
    floors = {x.id for x in q.instance.contracts if x.project in outside}
    return money + sum(m.contract_cost[x] for x in m.contract_cost if x in floors)
