"""What contracts do in operation: open plants, further output, output that is owed.

Enters: a case. Leaves: the rows of rule 10 and of rule 9 on offtake, in kt per year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.calendar import output_share
from optimizer.checker.contracts import in_force
from optimizer.checker.rows import Rows, at_most, grouped

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array


def price_floor(case: Case) -> list[Rows]:
    """Rule 10 price_floor: below its cash cost a plant runs as far as it stays open or has a floor.

    Σ_k use_k · activity[p,k] ≤ capacity · offtake share · availability · (open + (1 − open) ·
    signed) where open < 1 and the revenue of a tonne of the first recipe is below opex and nominal
    inputs.
    """
    at = (case.answer.scenario, case.answer.year)
    capacity = np.array(
        [row.capacity_t_per_year / 1000 * row.offtake_share for row in case.instance.projects]
    )
    stays = np.array([row.open_share for row in case.instance.projects], dtype=np.float64)
    floor = np.minimum(_signed(case, "price_floor"), 1.0)
    kept = capacity * case.worlds.availability[at] * (stays + (1 - stays) * floor)
    closing = np.logical_and(_below_cash_cost(case), stays < 1)
    most = np.where(closing, kept, np.inf)
    axes = (case.blocks, case.network.labels("projects"))
    return [at_most(used(case), most, axes, "runs below its cash cost without a contract")]


def offtake(case: Case) -> list[Rows]:
    """What is owed of plants outside the alliance is taken or paid for (rule 9)."""
    owed = through_offtake(case, owed=True) * np.where(case.inside, 0.0, 1.0)
    untaken = case.answer.operation["untaken"]
    axes = (case.blocks, case.network.labels("projects"))
    return [at_most(owed, used(case) + untaken, axes, "is neither taken nor paid for")]


def untaken_cost(case: Case) -> Array:
    """Output paid for and not taken, at the market price, by block (thousand USD)."""
    price = case.worlds.price[case.answer.scenario, case.answer.year]
    material = case.network.at("materials", [row.main_material for row in case.instance.projects])
    known = material >= 0
    untaken = case.answer.operation["untaken"][:, known]
    return np.asarray((untaken * price[:, material[known]]).sum(axis=1), np.float64)


def used(case: Case) -> Array:
    """Capacity that recipes use, by block and project."""
    activity = case.answer.operation["activity"] * case.of_recipes("capacity_use")
    return grouped(activity, case.network.recipe_project, case.network.count("projects"))


def through_offtake(case: Case, *, owed: bool) -> Array:
    """Capacity online by offtake contracts in force, by block and project (kt/y).

    Args:
        case: instance and plan.
        owed: count only what is paid for in any case.
    """
    total = np.zeros((len(case.answer.year), case.network.count("projects")))
    signed = case.answer.signed
    for x, t in zip(signed["contract"], signed["year"], strict=True):
        contract = case.instance.contracts[x]
        if contract.kind != "offtake":
            continue
        p = case.network.at("projects", [contract.project])[0]
        project = case.instance.projects[p]
        year, scenario = case.answer.year, case.answer.scenario
        span = in_force(case, contract, int(t))
        active = (year >= span.start) & (year < span.stop)
        late = case.worlds.delay[scenario, p].astype(np.intp)
        share = output_share(case.instance, project, int(t), year - late)
        part = contract.offtake_share * (contract.take_share if owed else 1.0)
        available = case.worlds.availability[scenario, year, p]
        kt = project.capacity_t_per_year / 1000 * part * share * available
        total[:, p] += np.where(active, kt, 0.0)
    return total


def _signed(case: Case, kind: str) -> Array:
    """Contracts of a kind in force, by block and project."""
    total = np.zeros((len(case.answer.year), case.network.count("projects")))
    signed = case.answer.signed
    for x, t in zip(signed["contract"], signed["year"], strict=True):
        contract = case.instance.contracts[x]
        if contract.kind == kind:
            span = in_force(case, contract, int(t))
            active = (case.answer.year >= span.start) & (case.answer.year < span.stop)
            total[:, case.network.at("projects", [contract.project])[0]] += active
    return total


def _below_cash_cost(case: Case) -> Array:
    """Whether a tonne of the first recipe earns less than it costs, by block and project."""
    network, year = case.network, case.answer.year
    price = case.worlds.price[case.answer.scenario, year]
    nominal = case.worlds.price[case.worlds.nominal][year]
    amount, material = network.ingredient_t_per_t, network.ingredient_material
    recipes = network.count("recipes")
    earned = price[:, material] * np.maximum(amount, 0.0)
    spent = nominal[:, material] * np.maximum(-amount, 0.0)
    earned, spent = (grouped(x, network.ingredient_recipe, recipes) for x in (earned, spent))
    loss = earned < spent + case.of_recipes("opex_usd_per_t")
    found = np.zeros((len(year), network.count("projects")), dtype=bool)
    for recipe in range(recipes - 1, -1, -1):
        found[:, network.recipe_project[recipe]] = loss[:, recipe]
    return found
