"""Programmes that replace demand (rule 13) or unlock recipes (rule 9), and ranks of demand."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.checker import check
from optimizer.errors import InvalidInstance
from optimizer.instance import Instance
from tests.support.deciding import a_year, decide
from tests.support.factories import (
    errors,
    instance,
    policy,
    project,
    scenario,
    series,
    shock,
    warnings,
    world,
)
from tests.support.hand_operation import hand_instance, hand_plan
from tests.support.inprocess import solve_here
from tests.support.planted_operation import run_before_it_is_unlocked, served_out_of_turn
from tests.support.strategies import random_instance

ELSEWHERE: dict[str, Any] = {
    "zones": [*world()["zones"], {"id": "south"}],
    "countries": [*world()["countries"], {"id": "NZL", "zone": "south", "alliance": True}],
}


def thrift(capacity: float, **fields: Any) -> Any:
    """A programme in New Zealand, for 10, that replaces what motors want at 10,000 USD/t."""
    return project(
        "thrift",
        kind="programme",
        makes=None,
        country="NZL",
        segment="motors",
        capacity_t_per_year=capacity,
        capex_musd=10,
        life_years=2,
        **fields,
    )


SAVE = {"project": "thrift", "recipe": "main", "opex_usd_per_t": 10_000}


def test_rule_13_what_is_replaced_is_neither_served_nor_short() -> None:
    """0.5 served, 0.2 short and 0.2 replaced leave 0.1 of 1 kt unaccounted for."""
    m = a_year(instance(thrift(500), recipes=[SAVE], **ELSEWHERE))

    decide(
        m,
        served={"motors": 0.5},
        short={("motors", 1): 0.2},
        activity={("thrift", "main"): 0.2},
    )

    assert abs(m.demand_met["motors"].slack()) == pytest.approx(0.1)


@pytest.mark.parametrize(("capacity", "a_year"), [(600, 0.6 * 10 + 0.4 * 50), (2000, 10.0)])
def test_rule_13_a_programme_replaces_what_it_can(capacity: float, a_year: float) -> None:
    """For 10 in all and 10 a kt instead of 50, and never more than what is wanted. It stands in
    another zone, which does not matter."""
    plan = solve_here(instance(thrift(capacity), recipes=[SAVE], **ELSEWHERE))

    assert plan.chosen == [("thrift", 2030)]
    assert plan.proof.objective == pytest.approx(10 + 2 * a_year)


def test_rule_13_what_is_replaced_is_no_supply_and_not_short() -> None:
    """All is replaced; China's share of the whole demand is 0, nobody goes short, and capacity at
    the stage is nothing."""
    rows = [
        policy("china", "country_share", 0.5, element="Nd", stage="processing", country="CHN"),
        policy("home", "stage_share", 0.0, sense="least", element="Nd", stage="processing"),
        policy("lights", "must_survive", 0.0),
    ]
    scenarios = [scenario("nominal", 1, nominal=True), scenario("gone", 0, must_survive=True)]
    plan = solve_here(
        instance(
            thrift(1000),
            recipes=[SAVE],
            policies=rows,
            scenarios=scenarios,
            shocks=[shock("gone", "supply", 0, (2030, 2031))],
            **ELSEWHERE,
        )
    )
    said = plan.policies.set_index(["policy", "year"])

    assert plan.chosen == [("thrift", 2030)]
    assert said.loc[("china", 2031), ["left", "bound"]].tolist() == pytest.approx([0, 0.5])
    assert said.loc[("home", 2031), "left"] == 0
    assert said.loc[("lights", 2031), "left"] == pytest.approx(0)


WORKS = project("works", kind="refinery", status="operating", capex_musd=0, uses={"ore": 4})
LAB = project(
    "lab", kind="programme", makes=None, capacity_t_per_year=10, build_years=1, life_years=2
)
BETTER = [{"project": "works", "recipe": "better", "capacity_use": 2, "unlocked_by": "lab"}]
KEY = {"project": "works", "recipe": "better"}
STEPS = [
    KEY | {"material": "ore", "direction": "input", "t_per_t": 2},
    KEY | {"material": "oxide", "direction": "output", "t_per_t": 1},
]


def refining(*plants: Any, **tables: Any) -> Any:
    """Works of 1 kt turn 4 ore into 1 oxide, or 2 ore if the lab has shown how; China sells 1 kt
    of ore a year at 50,000 USD/t, and no oxide."""
    return instance(
        WORKS,
        *plants,
        recipes=tables.pop("recipes", BETTER),
        ingredients=STEPS,
        suppliers=[{"id": "chn", "country": "CHN", "material": "ore"}],
        routes=[{"origin": "abroad", "destination": "home", "material": "ore"}],
        **tables,
    )


def test_rule_9_a_recipe_runs_by_the_share_of_its_programme_online() -> None:
    """5 of the lab's 10 t are online: half of the works' 1 kt may run in the better recipe, and
    0.3 takes 0.6."""
    m = a_year(refining(LAB), online={"works": 1.0, "lab": 0.005})

    decide(m, activity={("works", "better"): 0.3})

    assert m.unlocked["works", "better"].slack() == pytest.approx(0.5 - 0.6)


def test_rule_9_research_that_raises_a_yield_is_worth_its_price() -> None:
    """1 kt of ore, 50, makes 0.25 oxide, or 0.5 with the lab, where 0.5 takes all of the works:
    in 2031 and 2032, a year after its start, that saves 0.25 · 500 each for 100. The lab lives for
    two years, all within the horizon."""
    case = refining(LAB, years=(2030, 2032))
    plan = solve_here(case)

    assert plan.chosen == [("lab", 2030)]
    assert plan.proof.objective == pytest.approx(100 + 3 * 50 + 375 + 2 * 250)
    assert plan.proof.do_nothing == pytest.approx(3 * 50 + 3 * 375)
    assert check(case, plan).ok


def test_rule_9_a_recipe_whose_programme_is_locked_out_never_runs() -> None:
    case = refining(LAB, years=(2030, 2032)).changed(fix_out=["lab"])

    assert solve_here(case).proof.objective == pytest.approx(3 * 50 + 3 * 375)


def test_rule_9_the_checker_names_the_recipe_that_runs_locked() -> None:
    """The works of the hand-argued plan run in the better recipe in 2030, before the lab."""
    plan = run_before_it_is_unlocked(hand_instance(), hand_plan())
    assert plan is not None

    said = [row.where for row in check(hand_instance(), plan).violations if row.rule[0] == "9"]

    assert said == ["nominal, 2030, works/better: runs above what its programme unlocks"]


def ranked(defence: float = 900_000, motors: float = 300_000, **tables: Any) -> Any:
    """Defence, first, and motors, second, want 1 kt each; China sells 1.4 kt."""
    segments = [
        {"id": "defence", "zone": "home", "material": "oxide", "priority": 1},
        {"id": "motors", "zone": "home", "material": "oxide", "priority": 2},
    ]
    tranches = [
        {"segment": "defence", "tranche": 1, "share": 1, "cost_usd_per_t": defence},
        {"segment": "motors", "tranche": 1, "share": 0.5, "cost_usd_per_t": motors / 2},
        {"segment": "motors", "tranche": 2, "share": 0.5, "cost_usd_per_t": motors},
    ]
    given: dict[str, Any] = {
        "segments": segments,
        "tranches": tranches,
        "supply_limits": series("supplier", ["chn"], (2030, 2031), limit_t_per_year=1400.0),
    }
    return instance(**given | tables)


def test_rule_13_the_first_in_rank_is_served_first() -> None:
    """1 kt goes to defence and 0.4 to motors."""
    plan = solve_here(ranked())
    served = plan.tables.served[plan.tables.served["year"] == 2031]

    assert dict(zip(served["segment"], served["kt"], strict=True)) == pytest.approx(
        {"defence": 1.0, "motors": 0.4}
    )


@pytest.mark.parametrize("seed", range(8))
def test_rule_13_nobody_is_served_out_of_turn_in_random_worlds(seed: int) -> None:
    """Defence joins the motors of a random instance: where it goes short, motors get nothing."""
    base = random_instance(seed)
    world = fields_of_tables(base)
    motors = {"id": "motors", "zone": "home", "material": "oxide", "priority": 2}
    world["segments"] = [motors, motors | {"id": "defence", "priority": 1}]
    years = base.settings.years
    world["demand"] += series("segment", ["defence"], years, demand_t_per_year=600.0)
    world["tranches"] += [
        {"segment": "defence", "tranche": 1, "share": 1, "cost_usd_per_t": 900_000}
    ]
    world["policies"] = [row for row in world["policies"] if row.kind != "must_survive"]
    plan = solve_here(Instance.model_validate(world))
    places = ["scenario", "year"]
    short = plan.tables.short[plan.tables.short["segment"] == "defence"]
    served = plan.tables.served[plan.tables.served["segment"] == "motors"]

    assert plan.certificate is not None
    assert plan.certificate.ok
    assert short.merge(served, on=places).empty


def fields_of_tables(case: Instance) -> dict[str, Any]:
    """An instance's settings and tables, as lists that can be added to."""
    return {
        name: list(rows) if isinstance(rows, tuple) else rows for name, rows in dict(case).items()
    }


def test_rule_13_the_checker_names_who_is_served_out_of_turn() -> None:
    """In the hand-argued quota motors take 0.1 from defence, and nothing else is wrong."""
    plan = served_out_of_turn(hand_instance(), hand_plan())
    assert plan is not None

    found = [row for row in check(hand_instance(), plan).violations if row.rule == "13 demand"]

    what = "quota, 2031, motors: is served while a segment of better rank goes short"
    assert [(row.where, row.amount) for row in found] == [(what, pytest.approx(0.1))]


def test_rule_13_a_service_level_of_the_second_in_rank_is_its_own() -> None:
    """Motors must get 0.7 in what must be survived: defence goes short, which costs more and is
    granted; 0.1 more would not be."""
    case = ranked(
        scenarios=[scenario("nominal", 1, nominal=True), scenario("gone", 0, must_survive=True)],
        shocks=[shock("gone", "supply", 0.5, (2031, 2031))],
        policies=[policy("lights", "must_survive", 0.3, segment="motors", first_year=2031)],
    )
    plan = solve_here(case)
    short = plan.tables.short[plan.tables.short["scenario"] == "gone"]

    assert short.groupby("segment")["kt"].sum().to_dict() == pytest.approx(
        {"defence": 1.0, "motors": 0.3}
    )
    assert plan.certificate is not None
    assert plan.certificate.ok


def test_rule_13_where_shortage_has_no_price_nobody_says_who_is_first() -> None:
    """The plan of least capital leaves operation to chance, and is no worse for it."""
    weights = {"objective": {"weights": {"public_capital": 1.0}}}
    plan = solve_here(ranked(settings=weights))

    assert plan.certificate is not None
    assert plan.certificate.ok


def test_programmes_are_validated() -> None:
    """Each fault where it is, and all at once."""
    plants = (
        project("mill", segment="motors"),
        project("idea", kind="programme", makes=None, segment="motors"),
        project("gift", kind="programme", segment="motors"),
        project("empty", kind="programme", makes=None, capacity_t_per_year=0),
    )
    recipes = [
        {"project": "mill", "recipe": "a", "unlocked_by": "gift", "capacity_use": 0},
        {"project": "mill", "recipe": "b", "unlocked_by": "mill"},
        {"project": "mill", "recipe": "c", "unlocked_by": "empty"},
    ]
    outputs = [
        {"project": "mill", "recipe": k, "material": "oxide", "direction": "output", "t_per_t": 1}
        for k in "abc"
    ]

    assert errors(*plants, recipes=recipes, ingredients=outputs) == [
        "projects, segment: row 'idea': a programme that replaces demand needs a recipe in the"
        " table recipes",
        "projects, segment: row 'mill': a mine replaces no demand; only a programme has a segment",
        "ingredients, project: row 'gift/main/oxide/output': programme 'gift' replaces demand; its"
        " recipes have no ingredients",
        "recipes, capacity_use: row 'mill/a': is 0: no capacity limits the recipe before it is"
        " unlocked",
        "recipes, unlocked_by: row 'mill/b': 'mill' is a mine; only a programme unlocks a recipe",
        "recipes, unlocked_by: row 'mill/c': 'empty' has no capacity: give it one and an"
        " offtake_share above 0, whose share online is that of the recipe",
    ]


def test_a_programme_with_a_recipe_is_worth_no_second_look() -> None:
    found = warnings(thrift(500), recipes=[SAVE], **ELSEWHERE)

    assert not [text for text in found if text.startswith(("projects, kind", "recipes"))]


def test_ranks_are_validated() -> None:
    """A better rank costs more in every tranche, at the same zone and material alone."""
    with pytest.raises(InvalidInstance) as refused:
        ranked(defence=300_000)

    assert [str(fault) for fault in refused.value.faults] == [
        "segments, priority: row 'defence': its cheapest tranche costs 300,000 USD/t, not above the"
        " 300,000 of 'motors' with priority 2: raise the tranches of 'defence' or change the"
        " priorities"
    ]
    apart = [
        {"id": "defence", "zone": "home", "material": "oxide", "priority": 1},
        {"id": "motors", "zone": "abroad", "material": "oxide", "priority": 2},
    ]
    assert ranked(defence=1, segments=apart)
