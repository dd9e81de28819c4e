"""Quiet years: risk starves none of them, and what nobody builds changes nothing in them.

A scenario is known from its first shock on, whatever candidates there are; and whatever the weight
on the tail, no tonne goes short that can be had for less than its shortage costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer import check, load
from optimizer.blocks.worlds import Worlds
from optimizer.checker.walk import case as case_of
from optimizer.instance import Instance
from optimizer.solving.doing_nothing import without_fund
from tests.support.factories import instance, policy, project, scenario, series, shock
from tests.support.inprocess import optimum, solve_here
from tests.support.profiles import examples
from tests.support.strategies import instances

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from tests.support.factories import Plant

AVERSE = "settings.objective.risk_weight"
FEW = settings(derandomize=True, max_examples=examples(24))
DUST_KT = 1e-6
UNAFFORDABLE = 50_000.0
"""Building cost (M$) that no random instance has the money for."""


def threatened(*plants: Plant, **given: Any) -> Instance:
    """Three years; in the scenario China sells no oxide in the second."""
    tables: dict[str, Any] = {
        "scenarios": [scenario("nominal", 0.5, nominal=True), scenario("gone", 0.5)],
        "shocks": [shock("gone", "supply", 0, (2031, 2031), country="CHN")],
    }
    return instance(*plants, years=(2030, 2032), **tables | given)


def useless(kind: str) -> tuple[Plant, dict[str, list[dict[str, Any]]]]:
    """A candidate that nobody can pay for, and the rows of other tables that it needs."""
    cost = {"capex_musd": UNAFFORDABLE}
    plants = {
        "mine": lambda: project("useless", makes="ore", **cost),
        "refinery": lambda: project("useless", kind="refinery", uses={"ore": 1.5}, **cost),
        "programme": lambda: project(
            "useless", kind="programme", makes=None, segment="motors", **cost
        ),
        "infrastructure": lambda: project(
            "useless", kind="infrastructure", makes=None, corridor="rail", **cost
        ),
        "standby": lambda: project("useless", standby=True, **cost),
        "stockpile": lambda: project(
            "useless", kind="stockpile", makes=None, main_material="oxide", **cost
        ),
    }
    tables: dict[str, list[dict[str, Any]]] = {}
    if kind == "stockpile":
        tables["stockpiles"] = [{"project": "useless", "material": "oxide"}]
    if kind == "programme":
        tables["recipes"] = [{"project": "useless", "recipe": "main", "opex_usd_per_t": 1000.0}]
    return plants[kind](), tables


KINDS = ("mine", "refinery", "programme", "infrastructure", "standby", "stockpile")


def joined(case: Instance, kind: str) -> Instance:
    """The same instance with a candidate that nobody can pay for."""
    plant, tables = useless(kind)
    rows = {name: list(getattr(case, name)) for name in Instance.model_fields if name != "settings"}
    admitted = tuple(row.id for row in case.instruments if row.kind != "royalty")
    rows["projects"].append(plant.project.replaced(instruments=admitted))
    rows["recipes"] += plant.recipes
    rows["ingredients"] += plant.ingredients
    for name, more in tables.items():
        rows[name] += more
    return Instance.model_validate({"settings": case.settings, **rows})


def at_once(case: Instance) -> Instance:
    """All shocks come in the first year, with an outage in Australia: the years after are quiet."""
    first, last = case.settings.first_year, case.scenarios[-1]
    early = [row.replaced(first_year=first, last_year=first) for row in case.shocks]
    if not last.nominal:
        early.append(shock(last.id, "outage", 0.5, (first, first), country="AUS"))
    rows = {name: getattr(case, name) for name in Instance.model_fields}
    return Instance.model_validate(rows | {"shocks": early})


def test_a_scenario_is_known_from_its_first_shock_on_where_the_tail_counts() -> None:
    """Before 2031 it is the nominal one; 2032, though quiet again, is its own. Where expected cost
    alone counts, the quiet year after the shock is the nominal year: that changes no value."""
    neutral = Worlds.of(threatened(project("mine")))
    averse = Worlds.of(threatened(project("mine")).changed({AVERSE: 0.5}))
    nominal = [("nominal", year) for year in (2030, 2031, 2032)]

    assert neutral.blocks == [*nominal, ("gone", 2031)]
    assert averse.blocks == [*nominal, ("gone", 2031), ("gone", 2032)]
    assert averse.operated_as["gone", 2030] == 0


@pytest.mark.parametrize(
    "row",
    [
        policy("cap", "country_share", 0.5, element="Nd", stage="processing", country="CHN"),
        policy("lights", "must_survive", 0.5),
        policy("fair", "fairness", 0.5),
        policy("largest", "criterion_bound", 0.9, criterion="largest_country_share"),
        policy("worst", "criterion_bound", 900.0, criterion="tail_shortage"),
    ],
    ids=lambda row: row.id,
)
def test_a_scenario_is_known_where_a_policy_looks_at_some_scenarios_alone(row: Any) -> None:
    case = threatened(project("mine"), policies=[row])

    assert ("gone", 2032) in Worlds.of(case).blocks
    assert ("gone", 2032) not in Worlds.of(case.changed(switch_off=[row.id])).blocks


def test_a_late_candidate_is_known_when_it_could_run_whatever_is_locked() -> None:
    """A year to build: 2031 is the first in which the mine could run."""
    mine = project("mine", build_years=1, life_years=2)
    delays = [{"scenario": "gone", "project": "mine", "years": 1}]
    case = threatened(mine, shocks=[], delays=delays).changed({AVERSE: 0.5})
    own = [("gone", 2031), ("gone", 2032)]

    assert Worlds.of(case).blocks[3:] == own
    assert Worlds.of(without_fund(case)).blocks[3:] == own
    assert check(case, solve_here(case)).ok


@pytest.mark.parametrize("risk_weight", [0.0, 0.7, 1.0, 1.5, 1000.0])
def test_no_weight_on_the_tail_starves_a_quiet_year(risk_weight: float) -> None:
    """Oxide costs 50 M$ a kt and shortage 60: each year everything is bought but in the year that
    China is gone, 60 in all. The tail is that year, so at any λ the objective is
    50 · (3 + 2) / 2 + 60 / 2 + λ · 60."""
    tranches = [{"segment": "motors", "tranche": 1, "share": 1.0, "cost_usd_per_t": 60_000}]
    plan = solve_here(threatened(tranches=tranches).changed({AVERSE: risk_weight}))

    short = plan.tables.short
    assert list(zip(short["scenario"], short["year"], short["kt"], strict=True)) == [
        ("gone", 2031, pytest.approx(1.0))
    ]
    assert plan.proof.objective == pytest.approx(50 * 2.5 + 60 / 2 + risk_weight * 60)
    assert plan.proof.worth == pytest.approx(0.0, abs=1e-6)


def test_the_dominated_operation_of_tiny_is_gone() -> None:
    """With λ = 0.7 and the cap off the quiet world went 10 % short at 30, though oxide costs 10:
    the tail was no better, expected cost 0.8 worse."""
    case = load("instances/tiny").changed(switch_off=["china-cap"])
    neutral, averse = solve_here(case), solve_here(case.changed({AVERSE: 0.7}))

    assert averse.criteria["expected_cost"] == pytest.approx(neutral.criteria["expected_cost"])
    assert averse.criteria["tail_shortage"] == pytest.approx(neutral.criteria["tail_shortage"])
    assert "nominal" not in set(averse.tables.short["scenario"])


def left_to_buy(seen: Case) -> list[tuple[int, float, float]]:
    """Oxide that could still be bought in China and brought home: block, kt and cost (USD/t)."""
    done, at = seen.answer.operation, (seen.answer.scenario, seen.answer.year)
    of, worlds = seen.network, seen.worlds
    j = [row.id for row in seen.instance.suppliers].index("chn")
    key = ("abroad", "home", "oxide")
    r = [(row.origin, row.destination, row.material) for row in seen.instance.routes].index(key)
    price = worlds.price[at][:, list(of.labels("materials")).index("oxide")]
    bought, moved = worlds.limit[at][:, j], worlds.access[at][:, r]
    left = np.minimum(bought - done["purchases"][:, j], moved - done["flows"][:, r])
    supplier, route = seen.instance.suppliers[j], seen.instance.routes[r]
    cost = price * (supplier.price_factor + worlds.export_tax[at][:, r])
    cost = cost + supplier.price_extra_usd_per_t + route.freight_usd_per_t
    return [(b, float(left[b]), float(cost[b])) for b in range(len(cost))]


def left_to_run(seen: Case) -> list[tuple[int, float, float]]:
    """Oxide that idle plants at home could make of nothing: block, kt and cost (USD/t)."""
    found, instance = [], seen.instance
    scenario, year = seen.answer.scenario, seen.answer.year
    free = {row.project for row in instance.ingredients if row.direction == "input"}
    for p, row in enumerate(instance.projects):
        recipes = [k for k, recipe in enumerate(instance.recipes) if recipe.project == row.id]
        if row.country != "AUS" or row.main_material != "oxide" or len(recipes) != 1:
            continue
        if row.id in free or row.open_share < 1 or instance.recipes[recipes[0]].unlocked_by:
            continue
        recipe = instance.recipes[recipes[0]]
        online = seen.online_late[scenario, p, year] * seen.worlds.availability[scenario, year, p]
        idle = online - seen.answer.operation["activity"][:, recipes[0]]
        waste = 0.5 * 50 if row.id.startswith("both") else 0.0
        carbon = recipe.carbon_t_per_t * instance.settings.carbon_price_usd_per_t
        cost = recipe.opex_usd_per_t + carbon + waste
        found += [(b, float(kt), cost) for b, kt in enumerate(idle)]
    return found


@given(instances(), st.sampled_from([0.0, 0.4, 0.7, 1.0, 1.5]))
@FEW
def test_nobody_goes_short_while_cheaper_supply_is_left(case: Instance, risk_weight: float) -> None:
    """Shortage just above the price of oxide is what a wrong risk term would rather have."""
    cheap = case.changed(
        {AVERSE: risk_weight, "tranches.motors/1.cost_usd_per_t": 45_000.0},
        switch_off=[row.id for row in case.policies],
    )
    plan = solve_here(cheap)
    seen = case_of(cheap, plan)
    short = seen.answer.operation["short"]
    costs = np.array([row.cost_usd_per_t for row in cheap.tranches])

    assert seen.answer.operation["served"].sum() > 0
    for block, kt, cost in [*left_to_buy(seen), *left_to_run(seen)]:
        dearer = short[block][costs > cost + 1.0]
        assert min(kt, float(dearer.sum())) <= DUST_KT, (seen.blocks[block], kt, cost)


@pytest.mark.parametrize("kind", KINDS)
@given(instances(), st.sampled_from([0.0, 0.7, 1.5]), st.booleans())
@settings(FEW, max_examples=examples(20))
def test_a_candidate_that_nobody_builds_changes_nothing(
    kind: str, case: Instance, risk_weight: float, early: bool
) -> None:
    """Neither the optimum nor doing nothing."""
    case = (at_once(case) if early else case).changed({AVERSE: risk_weight})
    wider = joined(case, kind)

    assert optimum(wider) == pytest.approx(optimum(case), rel=1e-7, abs=1e-6)
    nothing = optimum(without_fund(case))
    assert optimum(without_fund(wider)) == pytest.approx(nothing, rel=1e-7, abs=1e-6)


def test_a_stockpile_that_nobody_builds_does_not_lift_a_policy() -> None:
    """Half of the oxide may be Chinese in the quiet world. After the embargo the scenario is known,
    so it buys as it likes in 2032, with the stockpile among the candidates or without: nominal
    years miss 0.5 · 500 each, the scenario that of 2030, and all of 2031."""
    row = policy("cap", "country_share", 0.5, element="Nd", stage="processing", country="CHN")
    case = threatened(policies=[row])
    value = 0.5 * 3 * 0.5 * (50 + 500) + 0.5 * (0.5 * (50 + 500) + 500 + 50)

    assert optimum(case) == pytest.approx(value)
    assert optimum(joined(case, "stockpile")) == pytest.approx(value)


def test_a_stockpile_that_nobody_builds_does_not_lift_a_service_level() -> None:
    """Shortage at 40 M$ a kt is cheaper than oxide at 50, but nine tenths must be served in the
    scenario with more demand: in 2030 still in the nominal block, 0.9 · 50 + 0.1 · 40 = 49; from
    2031 on in blocks of its own, 1.4 · 49 and 49, while the nominal years go short for 40 each."""
    marked = [scenario("nominal", 0.5, nominal=True), scenario("gone", 0.5, must_survive=True)]
    tranche = {"segment": "motors", "tranche": 1, "share": 1.0, "cost_usd_per_t": 40_000}
    case = threatened(
        scenarios=marked,
        shocks=[shock("gone", "demand", 1.4, (2031, 2031))],
        supply_limits=series("supplier", ["chn"], (2030, 2031, 2032), limit_t_per_year=1300),
        tranches=[tranche],
        policies=[policy("lights", "must_survive", 0.1)],
    )
    value = 49 + 0.5 * (40 + 40) + 0.5 * (1.4 * 49 + 49)

    assert optimum(case) == pytest.approx(value)
    assert optimum(joined(case, "stockpile")) == pytest.approx(value)
