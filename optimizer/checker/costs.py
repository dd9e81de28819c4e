"""Costs: every criterion, and the parts of the economic cost.

Enters: a case. Leaves: numbers by name, in M$ where they are money. A quantity in kt times
USD/t is 1/1000 M$.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.calendar import discount
from optimizer.checker.contract_operation import untaken_cost
from optimizer.checker.contracts import floor_costs
from optimizer.checker.fairness import members_lack, worst_member_service
from optimizer.checker.finance import net_present_cost, of_kind
from optimizer.checker.operation import arising_nodes
from optimizer.checker.policies import attribute
from optimizer.checker.shares import largest_country_share
from optimizer.checker.stockpiles import stock_costs
from optimizer.indicators import conditional_value_at_risk
from optimizer.vocabulary.accounts import COSTS, UNSERVED
from optimizer.vocabulary.instruments import PAID_BY_TREASURIES, PROMISED

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array


def criteria(case: Case) -> dict[str, float]:
    """Every criterion of the model document, in its unit."""
    shortage, books = shortage_by_scenario(case), case.books
    attributes = sorted({row.attribute for row in case.instance.attributes})
    strategic = np.array([row.strategic_value for row in case.instance.projects], dtype=np.float64)
    level = case.instance.settings.objective.tail_level
    return {
        "expected_cost": sum(cost_parts(case).values()),
        "policy_penalty": policy_penalty(case),
        **_public_money(case),
        "private_capital": float(case.answer.private.sum()),
        "expected_shortage": books.expected("short", discounted=False),
        "mean_shortage_cost": float(books.probability @ shortage),
        "tail_shortage": conditional_value_at_risk(shortage, books.probability, level),
        "tariffs": books.expected("tariffs"),
        "carbon": books.expected("carbon", discounted=False),
        "water": books.expected("water", discounted=False),
        "worst_member_service": worst_member_service(case),
        "largest_country_share": largest_country_share(case),
        "strategic_value": float(case.counted @ strategic),
        **{f"attribute.{name}": float(case.counted @ attribute(case, name)) for name in attributes},
    }


def _public_money(case: Case) -> dict[str, float]:
    """What the fund and the treasuries pay, and what the fund has promised (M$)."""
    used = case.answer.commitment["instrument"]
    credit, promised = of_kind(case, *PAID_BY_TREASURIES)[used], of_kind(case, *PROMISED)[used]
    amount, cost = case.answer.committed, net_present_cost(case)
    fund_cost = float(cost[~credit].sum()) + floor_costs(case)[0]
    treasury_cost = float(cost[credit].sum())
    raising = case.instance.settings.cost_of_public_funds
    return {
        "fund_cost": fund_cost,
        "treasury_cost": treasury_cost,
        "public_funds_cost": raising * (fund_cost + treasury_cost),
        "public_capital": float(amount[~promised].sum()),
        "guaranteed": float(amount[promised].sum()),
    }


def cost_parts(case: Case) -> dict[str, float]:
    """Parts of expected_cost, which is their sum (M$)."""
    return building_parts(case) | {name: case.books.expected(name) for name in COSTS}


def amounts(case: Case) -> dict[str, Array]:
    """What each block in hand comes to, by account and in its unit, undiscounted."""
    done = case.answer.operation
    return {
        **operation_parts(case),
        "short": done["short"].sum(axis=1),
        "served": done["served"].sum(axis=1),
        "tariffs": _tariffs(case),
        "carbon": done["activity"] @ case.of_recipes("carbon_t_per_t"),
        "water": done["activity"] @ case.of_recipes("water_m3_per_t") / 1000,
        **{f"{UNSERVED}{member}": short for member, short in members_lack(case).items()},
    }


def building_parts(case: Case) -> dict[str, float]:
    """What building costs the alliance, and public money in plants outside it (M$).

    Inside: capex · PVprofile[p,t] − salvage, premium · PVprofile · private, and the remaining
    cost of committed projects. Outside: Σ commit · (PVprofile − PVreturns), calls less fees of
    guarantees, and the expected payments of price floors.
    """
    inside = np.where(case.inside, 1.0, 0.0)[:, None]
    premium = np.array([row.private_premium for row in case.instance.projects], dtype=np.float64)
    worth = case.calendar.pv_profile * inside
    built = case.starting * case.capex[:, None] * worth
    outside = ~case.inside[case.answer.commitment["project"]]
    candidate = np.where(case.candidate, premium, 0.0)[:, None]
    return {
        "building": float(built.sum()),
        "salvage": -float((built * _salvage_shares(case)).sum()),
        "premium": float((candidate * worth * case.answer.private).sum()),
        "committed": _committed_cost(case),
        "outside_money": float(net_present_cost(case)[outside].sum()),
        "outside_floors": floor_costs(case)[1],
    }


def salvage_alone(case: Case) -> float:
    """Salvage of what starts by itself inside the alliance where the fund does nothing (M$)."""
    when, alone = case.calendar, case.calendar.alone
    comes = case.inside & (alone >= when.first_start) & (alone <= when.last_start) & (alone >= 0)
    begun = comes[:, None] & (alone[:, None] == np.arange(len(case.years)))
    built = np.where(begun, case.capex[:, None] * when.pv_profile, 0.0)
    return float((built * _salvage_shares(case)).sum())


def operation_parts(case: Case) -> dict[str, Array]:
    """Undiscounted cost of each block in hand by part (M$)."""
    network, done, instance = case.network, case.answer.operation, case.instance
    price = case.worlds.price[case.answer.scenario, case.answer.year]
    inside = case.inside[network.recipe_project]
    opex = case.of_recipes("opex_usd_per_t") * inside
    carbon = case.of_recipes("carbon_t_per_t") * instance.settings.carbon_price_usd_per_t * inside
    factor = np.array([row.price_factor for row in instance.suppliers], dtype=np.float64)
    extra = np.array([row.price_extra_usd_per_t for row in instance.suppliers], dtype=np.float64)
    freight = np.array([row.freight_usd_per_t for row in instance.routes], dtype=np.float64)
    gone = np.array([row.disposal_cost_usd_per_t for row in instance.materials], dtype=np.float64)
    zones = network.count("zones")
    share = np.zeros(network.count("nodes"))
    share[network.at("nodes", network.names["sales"])] = [r.price_share for r in instance.sales]
    collection = _collection_costs(case)[case.answer.year]
    bought = done["purchases"] * (factor * price[:, network.supplier_material] + extra)
    sold = done["sold"] * share * np.tile(price, (1, zones))
    costs = {
        "opex": done["activity"] @ opex,
        "carbon_price": done["activity"] @ carbon,
        "outside_trade": _net_output_outside(case, price),
        "purchases": bought.sum(axis=1),
        "freight": done["flows"] @ freight,
        "collection": (done["collected"] * collection).sum(axis=1),
        "disposal": done["disposed"] @ np.tile(gone, zones),
        **stock_costs(case),
        "untaken": untaken_cost(case),
        "shortage": _shortage_cost(case),
        "export_tax": (done["flows"] * _export_taxes(case)).sum(axis=1),
        "sales": -sold.sum(axis=1),
    }
    return {name: cost / 1000 for name, cost in costs.items()}


def policy_penalty(case: Case) -> float:
    """Σ_t δ_t Σ penalty · excess (M$)."""
    penalty = np.array([row.penalty_usd_per_t for row in case.instance.policies], dtype=np.float64)
    return float(penalty @ case.answer.excess @ case.calendar.delta) / 1000


def shortage_by_scenario(case: Case) -> Array:
    """V_s = Σ_t δ_t Σ cost_n · short of each scenario (M$)."""
    return np.asarray(case.books.served("shortage") @ case.calendar.delta, np.float64)


def _shortage_cost(case: Case) -> Array:
    """Cost of what each block leaves unmet (thousand USD)."""
    cost = np.array([row.cost_usd_per_t for row in case.instance.tranches], dtype=np.float64)
    return np.asarray(case.answer.operation["short"] @ cost, np.float64)


def _net_output_outside(case: Case, price: Array) -> Array:
    """Output less inputs of plants outside the alliance, at market price (thousand USD)."""
    network = case.network
    outside = ~case.inside[network.recipe_project]
    recipe = network.ingredient_recipe
    moved = case.answer.operation["activity"][:, recipe] * network.ingredient_t_per_t
    worth = moved * price[:, network.ingredient_material]
    return np.asarray(worth @ outside[recipe].astype(np.float64), np.float64)


def _route_prices(case: Case) -> Array:
    """Market price of what each route carries, by block (USD/t)."""
    price = case.worlds.price[case.answer.scenario, case.answer.year]
    return np.asarray(price[:, case.network.route_material], np.float64)


def _export_taxes(case: Case) -> Array:
    """Tax · market price on each route, by block (USD/t)."""
    tax = case.worlds.export_tax[case.answer.scenario, case.answer.year]
    return np.asarray(tax * _route_prices(case), np.float64)


def _tariffs(case: Case) -> Array:
    """Import tariffs that each block pays to members' treasuries (M$); no cost of the alliance."""
    share = np.array([row.tariff_share for row in case.instance.routes], dtype=np.float64)
    paid = case.answer.operation["flows"] * share * _route_prices(case)
    return np.asarray(paid.sum(axis=1) / 1000, np.float64)


def _collection_costs(case: Case) -> Array:
    """Cost of collecting a tonne, by year and node (USD/t)."""
    costs = np.zeros((len(case.years), case.network.count("nodes")))
    for row, place in zip(case.instance.arisings, arising_nodes(case), strict=True):
        if row.year in case.years:
            costs[row.year - case.years[0], place] = row.collection_cost_usd_per_t
    return costs


def _salvage_shares(case: Case) -> Array:
    """salvage_share · Σ_{life years after T} δ / Σ_{life years} δ by project and start year."""
    shares = np.zeros(case.starting.shape)
    counted = case.instance.settings.salvage_share
    starts = np.arange(len(case.years))[:, None]
    for p in np.flatnonzero(case.candidate):
        project = case.instance.projects[p]
        life = starts + project.build_years + np.arange(project.life_years)
        delta = discount(case.instance, life)
        after = np.where(life >= len(case.years), delta, 0.0)
        shares[p] = counted * after.sum(axis=1) / delta.sum(axis=1)
    return shares


def _committed_cost(case: Case) -> float:
    """Remaining cost of committed projects inside the alliance (present value, M$).

    Paid in equal parts from the first year to the year before `online_year`, at least one year.
    """
    first = case.years[0]
    total = 0.0
    for p, project in enumerate(case.instance.projects):
        if project.status == "committed" and case.inside[p]:
            count = max(1, (project.online_year or first) - first)
            total += project.capex_musd * float(discount(case.instance, np.arange(count)).mean())
    return total
