"""Rules 1 to 4: what is started, what that requires, who pays, what is left."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.factories import instance, project, relation
from tests.support.small_plans import broken, granted


@pytest.mark.parametrize(
    ("fields", "year", "rules"),
    [
        ({}, 2031, set()),
        ({"build_years": 1}, 2030, set()),
        ({"build_years": 1}, 2031, {"1 once"}),
        ({"earliest_start": 2031}, 2030, {"1 once"}),
        ({"latest_start": 2030}, 2031, {"1 once"}),
        ({"locked": "in"}, 2030, set()),
        ({"locked": "out"}, 2030, {"1 once"}),
        ({"goes_ahead_alone": 2031}, 2030, set()),
        ({"goes_ahead_alone": 2031}, 2031, {"1 once", "3 capital"}),
    ],
)
def test_rule_1_starts_within_the_window(
    fields: dict[str, Any], year: int, rules: set[str]
) -> None:
    """One year of operation must be left; fund money at the year of going ahead is refused."""
    assert broken(instance(project("salar", **fields)), **granted("salar", year=year)) == rules


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({"locked": "in"}, {"1 once"}),
        ({"goes_ahead_alone": 2031}, {"1 once"}),
        ({"goes_ahead_alone": 2031, "locked": "out"}, set()),
    ],
)
def test_rule_1_wants_what_is_settled(fields: dict[str, Any], rules: set[str]) -> None:
    assert broken(instance(project("salar", **fields))) == rules


@pytest.mark.parametrize(("second", "rules"), [(2030, set()), (2031, {"2 relations"})])
def test_rule_2_requires_in_time(second: int, rules: set[str]) -> None:
    """With a lag of one year the road must be started a year before the mine."""
    world = instance(
        project("mine"),
        project("road", capex_musd=0),
        relations=[relation("by_road", "requires", "mine", "road", lag_years=1)],
    )
    choice = [("mine", 2031, False), ("road", second, False)]

    assert broken(world, **(granted("mine", year=2031) | {"choice": choice})) == rules


def test_rule_2_counts_what_operates_already() -> None:
    """The old mine meets the requirement; with it in the list, one more is one too many."""
    plants = project("mine"), project("old", status="operating", capex_musd=0)
    needs = relation("after", "requires", "mine", "old", lag_years=1)
    only = relation("only", "excludes", "mine", "old")

    assert broken(instance(*plants, relations=[needs]), **granted("mine")) == set()
    assert broken(instance(*plants, relations=[only]), **granted("mine")) == {"2 relations"}


@pytest.mark.parametrize(
    ("fields", "grant", "private", "rules"),
    [
        ({}, 100.0, 0.0, set()),
        ({}, 75.0, 0.0, {"3 capital"}),
        ({"private_appetite": 0.2}, 80.0, 20.0, set()),
        ({"private_appetite": 0.2}, 70.0, 30.0, {"3 capital"}),
        ({"private_appetite": 0.2, "bankable": False}, 80.0, 20.0, {"3 capital"}),
        ({"private_appetite": 0.2, "private_least_share": 0.1}, 95.0, 5.0, {"3 capital"}),
    ],
)
def test_rule_3_wants_the_whole_building_cost(
    fields: dict[str, Any], grant: float, private: float, rules: set[str]
) -> None:
    money = granted("salar") | {
        "commitments": [("salar", "grant", "fund", 2030, grant)],
        "private": [("salar", 2030, private)] if private else [],
        "cash": [("fund", year, 1000 - grant) for year in (2030, 2031)],
    }

    assert broken(instance(project("salar", **fields)), **money) == rules


def test_rule_3_keeps_to_the_instruments() -> None:
    """A grant of half the cost mobilises half as much again: 50 draws in 25, not 50."""
    half = {"id": "grant", "kind": "grant", "largest_share": 0.5, "mobilisation": 0.5}
    loan = {"id": "loan", "kind": "loan", "tenor_years": 5}
    money = {
        "choice": [("salar", 2030, False)],
        "commitments": [("salar", "grant", "fund", 2030, 50.0)],
        "private": [("salar", 2030, 50.0)],
        "cash": [("fund", 2030, 950.0), ("fund", 2031, 950.0)],
    }
    drawn = instance(project("salar", private_appetite=0.25), instruments=[half, loan])
    less = instance(project("salar", private_appetite=0.2), instruments=[half, loan])

    assert broken(drawn, **money) == set()
    assert broken(less, **money) == {"3 capital"}
    assert broken(drawn, **granted("salar")) == {"3 capital"}
    barred = instance(project("salar", instruments=("loan",)), instruments=[half, loan])
    assert "3 capital" in broken(barred, **money)


def test_rule_3_lets_private_money_pay_for_what_goes_ahead_alone() -> None:
    world = instance(project("salar", goes_ahead_alone=2030))
    money = {"choice": [("salar", 2030, True)], "private": [("salar", 2030, 100.0)]}

    assert broken(world, **money) == set()


@pytest.mark.parametrize(
    ("terms", "back"),
    [
        ({"kind": "grant"}, (0, 0, 0, 0)),
        ({"kind": "loan", "tenor_years": 4}, (0, 10, 10, 10)),
        ({"kind": "loan", "grace_years": 1, "tenor_years": 4}, (0, 0, 10, 10)),
        ({"kind": "loan", "interest_rate": 0.1, "grace_years": 2, "tenor_years": 1},
         (0, 4, 4, 44)),
        ({"kind": "equity", "dividend_rate": 0.1, "grace_years": 1, "tenor_years": 1},
         (0, 0, 4, 0)),
    ],
)  # fmt: skip
def test_rule_4_expects_returns(terms: dict[str, Any], back: tuple[float, ...]) -> None:
    """100 committed in 2030 to a project that succeeds with 0.4, paid half and half."""
    years = (2030, 2031, 2032, 2033)
    plant = project("salar", capex_profile=(0.5, 0.5), success_probability=0.4)
    world = instance(plant, years=years, instruments=[{"id": "money"} | terms])
    cash, left = [], 1000.0
    for year, paid, returned in zip(years, (50, 50, 0, 0), back, strict=True):
        left += returned - paid
        cash.append(("fund", year, left))
    money = {
        "choice": [("salar", 2030, False)],
        "commitments": [("salar", "money", "fund", 2030, 100.0)],
    }

    assert broken(world, **money, cash=cash) == set()
    assert broken(world, **money, cash=cash[:-1]) == {"4 fund"}


def test_rule_4_pays_outlays_first_and_earns_interest() -> None:
    """1000 · 1.1 + 50 − 30 = 1120, then 1120 · 1.1."""
    world = instance(
        settings={"discount_rate": 0.1},
        contributions=[{"member": "fund", "year": 2030, "amount_musd": 50}],
        outlays=[{"member": "fund", "year": 2030, "amount_musd": 30}],
    )

    assert broken(world, cash=[("fund", 2030, 1120.0), ("fund", 2031, 1232.0)]) == set()
