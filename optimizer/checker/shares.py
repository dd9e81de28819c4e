"""Shares of content by country and stage, in the nominal scenario.

Enters: a case. Leaves: one `PolicyRow` for each policy of rule 17 and year, in kt of the traced
element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.contract_operation import through_offtake
from optimizer.checker.network import RANK
from optimizer.checker.policies import PolicyRow, in_force, judged, policy_years, tagged, value_in
from optimizer.checker.rows import Rows, at_most
from optimizer.instance.records import Policy
from optimizer.vocabulary.policies import SOFT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array

GROSS = {
    "extraction": "gross_up_extraction",
    "processing": "gross_up_processing",
    "metal": "gross_up_metal",
}
"""Column with the tonnes needed at a stage for one tonne contained later."""


def country_share(case: Case) -> list[Rows]:
    """Rule 17 country_share: content by country and stage against nominal demand in content.

    Content supplied by c at stage g, net of sales outside, ≤ value · nominal demand in content
    (+ excess where soft); stage_share: nominal capacity in content (+ excess) ≥ value · demand.
    """
    labels = (case.network.labels("policies"), case.years)
    allowed = np.zeros(case.answer.excess.shape)
    for line, policy in enumerate(case.instance.policies):
        if policy.enabled and not policy.hard and policy.kind in SOFT:
            for year in policy_years(case, policy):
                allowed[line, year - case.years[0]] = np.inf
    return [
        *judged(share_rows(case)),
        at_most(case.answer.excess, allowed, labels, "has an excess and is not soft in this year"),
    ]


def share_rows(case: Case) -> list[PolicyRow]:
    """All rows of rule 17."""
    policies = in_force(case, "country_share", "stage_share")
    return [row for policy in policies for row in _rows_of(case, policy)]


def _rows_of(case: Case, policy: Policy) -> list[PolicyRow]:
    """One policy of rule 17 in each of its years."""
    content = needed_at(case, policy)
    wanted = demand_content(case, content)
    by_country = policy.kind == "country_share"
    supplied = from_country(case, policy, content) if by_country else _capacity(case, policy)
    line = case.network.at("policies", [policy.id])[0]
    rows = []
    for year in policy_years(case, policy):
        place = year - case.years[0]
        rows.append(
            PolicyRow(
                policy=policy,
                year=year,
                left=float(supplied[place]),
                bound=value_in(case, policy, year) * float(wanted[place]),
                sense=policy.sense if by_country else "least",
                excess=float(case.answer.excess[line, place]),
            )
        )
    return rows


def largest_country_share(case: Case) -> float:
    """Largest part of nominal demand in content that one country outside the alliance supplies.

    Over traced elements, stages and years; 0 if nothing is traced or supplied. A code that stands
    for several countries is none.
    """
    outside = [row.id for row in case.instance.countries if not (row.alliance or row.several)]
    largest = 0.0
    for element in sorted({row.element for row in case.instance.contents}):
        for stage in (name for name in RANK if name != "scrap"):
            fields = {"id": "probe", "kind": "country_share", "value": 1.0, "stage": stage}
            probe = Policy.model_validate(fields | {"element": element, "country": "XXX"})
            content = needed_at(case, probe)
            wanted = demand_content(case, content)
            there = wanted > 0
            supplied = from_countries(case, probe, content, outside)
            largest = float(np.max(supplied[:, there] / wanted[there], initial=largest))
    return largest


def contained(case: Case, element: str | None) -> Array:
    """content[m,e] of every material (t per t)."""
    amounts = np.zeros(case.network.count("materials"))
    for row in case.instance.contents:
        if row.element == element:
            amounts[case.network.at("materials", [row.material])] = row.content_t_per_t
    return amounts


def needed_at(case: Case, policy: Policy) -> Array:
    """Content times gross at the policy's stage, 0 of materials made before it (t per t).

    Scrap stands at the first stage and is counted as contained, without any gross-up.
    """
    stage, rank = stage_rank(policy), case.network.rank
    content = contained(case, policy.element)
    for row in case.instance.contents:
        place = case.network.at("materials", [row.material])[0]
        if row.element == policy.element and rank[place] > stage and policy.stage in GROSS:
            content[place] *= getattr(row, GROSS[policy.stage])
    return np.where(rank >= stage, content, 0.0)


def demand_content(case: Case, content: Array) -> Array:
    """Nominal demand in content by year (kt), of content per tonne of each material."""
    wanted = content[case.network.segment_material]
    return np.asarray(case.worlds.demand[case.worlds.nominal] @ wanted, np.float64)


def stage_rank(policy: Policy) -> int:
    """Rank of the stage at which a policy takes shares."""
    return RANK[str(policy.stage)]


def from_country(case: Case, policy: Policy, content: Array) -> Array:
    """Content that the policy's country supplies at a stage, net of sales outside, by year (kt)."""
    return np.asarray(from_countries(case, policy, content, [str(policy.country)])[0])


def from_countries(case: Case, policy: Policy, content: Array, countries: Sequence[str]) -> Array:
    """The same of some countries, by country and year (kt).

    Sales take off what a country supplies and no more: the rest that is sold is of others.
    """
    network, done = case.network, case.answer.operation
    materials, zones = network.count("materials"), [zone.id for zone in case.instance.zones]
    bought = shares_of_origin(case, policy, countries) * content[network.supplier_material]
    home = _is_of(countries, [row.country for row in case.instance.projects])
    made = home[:, network.recipe_project] * content_per_activity(case, policy)
    homes: dict[str, set[str]] = {zone: set() for zone in zones}
    for row in case.instance.countries:
        homes[row.zone].add(row.id)
    only = _is_of(countries, [next(iter(h)) if len(h) == 1 else "" for h in homes.values()])
    sold = np.repeat(only, materials, axis=1) * np.tile(content, len(homes))
    supplied = bought @ done["purchases"].T + made @ done["activity"].T - sold @ done["sold"].T
    blocks = case.answer.block[case.worlds.nominal]
    if not supplied.shape[1]:
        return np.zeros((len(countries), len(blocks)))
    return np.where(blocks >= 0, np.maximum(supplied, 0.0)[:, blocks], 0.0)


def origin_shares(case: Case, policy: Policy) -> Array:
    """Share of each supplier's content that comes from the policy's country at its stage."""
    return np.asarray(shares_of_origin(case, policy, [str(policy.country)])[0])


def shares_of_origin(case: Case, policy: Policy, countries: Sequence[str]) -> Array:
    """Share of each supplier's content that comes from some countries at a policy's stage.

    At the material's own stage, and where the supplier has no origin rows at the stage, all of it
    comes from the supplier's own country.
    """
    stage = stage_rank(policy)
    shares = _is_of(countries, [row.country for row in case.instance.suppliers])
    earlier = case.network.rank[case.network.supplier_material] > stage
    known = [row for row in case.instance.origins if RANK[row.stage] == stage]
    where = case.network.at("suppliers", [row.supplier for row in known])
    traced = np.zeros(shares.shape[1], dtype=bool)
    traced[where] = True
    embodied = np.zeros(shares.shape)
    parts = np.array([row.share for row in known], dtype=np.float64)
    named = _is_of(countries, [row.country for row in known])
    np.add.at(embodied.T, where, (named * parts).T)
    return np.where(earlier & traced, embodied, shares)


def _is_of(countries: Sequence[str], found: Sequence[str]) -> Array:
    """1 where what was found is a country, by country and place."""
    names = np.array(list(found), dtype=object)
    return np.array([names == country for country in countries], dtype=np.float64).reshape(
        len(countries), len(names)
    )


def content_per_activity(case: Case, policy: Policy) -> Array:
    """Content that one tonne of each recipe's reference output supplies at the stage (t per t).

    Σ content · gross of the outputs at stage h for a < g ≤ h, a being the highest stage of an
    input that contains the element.
    """
    network, stage = case.network, stage_rank(policy)
    content = needed_at(case, policy)[network.ingredient_material]
    has = contained(case, policy.element)[network.ingredient_material] > 0
    highest = np.full(network.count("recipes"), -1, dtype=np.intp)
    inputs = has & (network.ingredient_t_per_t < 0)
    ranks = network.rank[network.ingredient_material]
    np.maximum.at(highest, network.ingredient_recipe[inputs], ranks[inputs])
    supplied = np.zeros(network.count("recipes"))
    amounts = np.maximum(network.ingredient_t_per_t, 0.0) * content
    np.add.at(supplied, network.ingredient_recipe, amounts)
    return np.where(highest < stage, supplied, 0.0)


def _capacity(case: Case, policy: Policy) -> Array:
    """Nominal online capacity of the projects with the tag, in content at the stage, by year (kt).

    What is kept for emergencies is not online in a nominal year.
    Each project counts by its first recipe that supplies the stage; at stage `scrap` recycling
    plants count, by the content that their first such recipe recovers.
    """
    network, projects = case.network, case.instance.projects
    counted = tagged(case, policy)
    if policy.stage == "scrap":
        counted &= np.array([row.kind == "recycling" for row in projects], dtype=bool)
        per_activity = _recovered(case, policy)
    else:
        per_activity = content_per_activity(case, policy)
    use = case.of_recipes("capacity_use")
    content = np.zeros(len(projects))
    for p in np.flatnonzero(counted):
        recipes = np.flatnonzero((network.recipe_project == p) & (per_activity > 0) & (use > 0))
        if len(recipes):
            content[p] = per_activity[recipes[0]] / use[recipes[0]]
    ready = case.worlds.availability[case.worlds.nominal].T
    nominal = case.answer.block[case.worlds.nominal]
    further = through_offtake(case, owed=False)[nominal].T if (nominal >= 0).all() else 0.0
    return np.asarray(content @ (case.online * ready + further), np.float64)


def _recovered(case: Case, policy: Policy) -> Array:
    """Content, outside scrap, of the outputs of one tonne of each recipe's reference output."""
    network, materials = case.network, case.instance.materials
    scrap = np.array([row.stage == "scrap" for row in materials], dtype=bool)
    content = np.where(scrap, 0.0, contained(case, policy.element))
    amounts = np.zeros(network.count("recipes"))
    outputs = np.maximum(network.ingredient_t_per_t, 0.0)
    np.add.at(amounts, network.ingredient_recipe, outputs * content[network.ingredient_material])
    return amounts
