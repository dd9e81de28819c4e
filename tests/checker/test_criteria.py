"""Criteria, the objective and the proof, tolerance, and how violations are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.checker import check, criteria_of
from optimizer.plan.tables import tables
from tests.support.factories import instance, project, scenario, shock
from tests.support.hand_plans import plan_of
from tests.support.small_plans import broken, granted, plan, rows


def test_importing_everything_breaks_nothing() -> None:
    assert broken(instance()) == set()


def test_nothing_is_checked_where_there_is_no_plan() -> None:
    certificate = check(instance(), plan_of(tables({}), objective=None))

    assert certificate.ok
    assert certificate.rules_checked == ()


def test_rounding_is_granted_and_more_is_not() -> None:
    """Served 1 kt too little by 5e-7 and by 5e-6."""
    for by, rules in ((5e-7, set()), (5e-6, {"11 balance", "13 demand"})):
        served = [("nominal", year, "motors", 1.0 - by) for year in (2030, 2031)]
        assert broken(instance(), served=served) == rules


def test_tail_shortage_is_the_mean_of_the_worst() -> None:
    """Shortage costs of 0, 50 and 200 with 0.6, 0.3 and 0.1 at 0.8: 125, and 35 on average."""
    world = instance(
        years=(2030,),
        settings={"objective": {"tail_level": 0.8}},
        scenarios=[scenario("nominal", 0.6, nominal=True), scenario("tight", 0.3),
                   scenario("dire", 0.1)],
        shocks=[shock("tight", "supply", 0.9, (2030, 2030)),
                shock("dire", "supply", 0.6, (2030, 2030))],
    )  # fmt: skip
    supply = {"nominal": 1.0, "tight": 0.9, "dire": 0.6}
    given = {
        "operated_as": [(name, 2030, name) for name in supply],
        "purchases": [(name, 2030, "chn", kt) for name, kt in supply.items()],
        "flows": [(name, 2030, "abroad", "home", "oxide", kt) for name, kt in supply.items()],
        "served": [(name, 2030, "motors", kt) for name, kt in supply.items()],
        "short": [("tight", 2030, "motors", 1, 0.1), ("dire", 2030, "motors", 1, 0.4)],
    }
    values = criteria_of(world, plan(world, **given))

    assert broken(world, **given) == set()
    assert values["tail_shortage"] == pytest.approx(125)
    assert values["mean_shortage_cost"] == pytest.approx(35)
    assert values["expected_shortage"] == pytest.approx(0.07)


def test_a_maximised_objective_is_in_its_natural_sign() -> None:
    """Strategic value 7, weight 2, less nothing; the bound must not lie below it."""
    world = instance(
        project("salar", strategic_value=7),
        settings={"objective": {"sense": "maximise", "weights": {"strategic_value": 2}}},
    )
    made = plan(world, **granted("salar"))
    made = replace(made, criteria=criteria_of(world, made))

    def rules(objective: float, bound: float) -> set[str]:
        proof = made.proof.replaced(objective=objective, bound=bound)
        return {row.rule for row in check(world, replace(made, proof=proof)).violations}

    assert rules(14, 14) == set()
    assert rules(14, 20) == set()
    assert rules(14, 13) == {"bound"}
    assert rules(-14, 20) == {"objective"}


def test_a_criterion_left_out_or_made_up_is_reported() -> None:
    world = instance()
    values = criteria_of(world, plan(world))
    cost = values.pop("expected_cost")
    made = plan_of(tables(rows(world)), values | {"beauty": 1.0}, objective=cost)

    found = {row.rule: row.where for row in check(world, made).violations}

    assert found == {
        "criteria.expected_cost": "the plan does not state it",
        "criteria.beauty": "no such criterion",
    }


def test_costs_of_imports_are_price_and_freight() -> None:
    """1 kt a year at 50,000 USD/t for two years, at no freight."""
    assert criteria_of(instance(), plan(instance()))["expected_cost"] == pytest.approx(100)


def test_violations_say_where() -> None:
    world = instance(project("salar"))
    money = granted("salar") | {"commitments": [("salar", "grant", "fund", 2030, 75.0)]}

    found = check(world, plan(world, **money)).violations

    capital = next(row for row in found if row.rule == "3 capital")
    assert capital.where == "salar, 2030: money committed is not the building cost"
    assert capital.amount == pytest.approx(0.25)
