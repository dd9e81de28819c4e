"""What is valid is solved and passes the checker, or has no plan because of rules that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.generate import Size, generate
from optimizer.indicators import capital_recovery_factor
from optimizer.instance.validation import contradictions
from tests.support.extremes import extreme
from tests.support.factories import (
    errors,
    instance,
    policy,
    project,
    scenario,
    series,
    shock,
    warnings,
)
from tests.support.inprocess import optimum, solve_here
from tests.support.profiles import examples

if TYPE_CHECKING:
    from optimizer.instance import Instance

LOAN = {"id": "loan", "kind": "loan", "largest_share": 0.9}
GRANT = {"id": "grant", "kind": "grant"}


def assert_solvable(case: Instance) -> None:
    """A checked plan, or none because of rules without which there is one."""
    plan = solve_here(case)
    if plan.found:
        assert plan.certificate is not None
        assert plan.certificate.violations == ()
        return
    assert plan.proof.status == "infeasible"
    freed = tuple(row.replaced(locked="free") for row in case.projects)
    unruled = case.replaced(projects=freed, policies=(), relations=())
    assert contradictions(case) or optimum(unruled) is not None


@given(st.integers(0, 2**32 - 1))
@settings(derandomize=True, max_examples=examples(60))
def test_figures_at_the_ends_of_their_ranges(seed: int) -> None:
    case = extreme(seed)
    if case is not None:
        assert_solvable(case)


TERMS = [
    {"interest_rate": rate, "grace_years": grace, "tenor_years": tenor}
    for rate in (0.0, 1e-300, 1e-17, 1e-9, 0.05, 0.5)
    for grace, tenor in ((0, 1), (3, 1), (1, 2), (0, 100), (100, 1), (100, 100))
]


@pytest.mark.parametrize("terms", TERMS, ids=str)
def test_every_loan_is_repaid_alike_by_model_and_checker(terms: dict[str, Any]) -> None:
    assert_solvable(
        instance(
            project("pit"),
            instruments=[LOAN | terms, GRANT],
            years=(2030, 2035),
            settings={"discount_rate": 0.05},
        )
    )


@pytest.mark.parametrize("rate", [0.0, 1e-300, 1e-17, 1e-12, 1e-6, 0.01, 0.5])
@pytest.mark.parametrize("years", [1, 2, 30, 100])
def test_a_level_payment_repays_its_loan(rate: float, years: int) -> None:
    owed = 1.0
    payment = capital_recovery_factor(rate, years)
    for _ in range(years):
        owed = owed * (1 + rate) - payment
    assert owed == pytest.approx(0.0, abs=1e-12 * (1 + rate) ** years)


def lasting(length: int, rate: float, base: int = 2030) -> dict[str, Any]:
    """A mine that lasts for a horizon of some length, and a loan of twenty years."""
    return {
        "years": (2030, 2029 + length),
        "settings": {"discount_rate": rate, "base_year": base},
        "instruments": [LOAN | {"interest_rate": 0.05, "tenor_years": 20}, GRANT],
    }


@pytest.mark.parametrize(
    ("length", "rate"),
    [(1, 0.0), (1, 0.5), (30, 1e-17), (30, 0.1), (34, 0.5), (53, 0.3), (100, 0.0), (100, 0.14)],
)
def test_horizons_of_every_length_at_every_rate(length: int, rate: float) -> None:
    mine = project("pit", life_years=100, private_appetite=0.3)
    assert_solvable(instance(mine, **lasting(length, rate)))


@pytest.mark.parametrize(
    ("length", "rate", "base"),
    [(100, 0.5, 2030), (40, 0.5, 2030), (2, 0.5, 1950), (2, 0.5, 2100)],
)
def test_what_no_solver_can_weigh_is_refused(length: int, rate: float, base: int) -> None:
    (found,) = errors(**lasting(length, rate, base))
    assert found.startswith("settings, discount_rate: at 0.5 a dollar of")


@pytest.mark.parametrize("size", [Size(6, 12, 2), Size(8, 10, 3, seed=2)], ids=str)
def test_generated_instances(size: Size) -> None:
    assert_solvable(generate(size))


EMPTY = {
    "nobody wants anything": {"demand": series("segment", ["motors"], (2030, 2031),
                                               demand_t_per_year=0.0)},
    "nobody sells anything": {"supply_limits": series("supplier", ["chn"], (2030, 2031),
                                                      limit_t_per_year=0.0)},
    "nothing costs anything": {"prices": series("material", ["oxide", "ore"], (2030, 2031),
                                                price_usd_per_t=0.0)},
    "nobody pays": {"members": [{"id": "fund", "burden_share": 1.0}]},
    "one year": {"years": (2030, 2030)},
    "a certain catastrophe": {
        "scenarios": [scenario("nominal", 0.0, nominal=True), scenario("storm", 1.0)],
        "shocks": [shock("storm", "supply", 0.0, (2030, 2031))],
    },
    "caps of nothing": {"policies": [
        policy("air", "carbon_cap", 0), policy("wells", "water_cap", 0),
        policy("none", "project_count", 0), policy("bare", "uncertified_share", 0),
        policy("chn", "country_share", 0, element="Nd", stage="processing", country="CHN"),
        policy("one", "hhi_cap", 0, element="Nd", stage="processing"),
        policy("equal", "fairness", 0),
    ]},
}  # fmt: skip


@pytest.mark.parametrize("name", EMPTY)
def test_worlds_of_nothing(name: str) -> None:
    assert_solvable(instance(project("pit", success_probability=0.0), **EMPTY[name]))


def test_a_loan_without_tenor_is_refused() -> None:
    assert errors(instruments=[LOAN | {"interest_rate": 0.05, "grace_years": 3}]) == [
        "instruments, tenor_years: row 'loan': is 0 or empty, and a loan is repaid in at least one"
        " year: what is not is a grant"
    ]


@pytest.mark.parametrize("cost", [1e-8, 1e-6, 1e-3, 1e3])
def test_a_cheap_project_beside_a_dear_one_is_no_reason_for_no_plan(cost: float) -> None:
    """Money is counted in the unit of neither the one nor the other."""
    plants = [project("cheap", capex_musd=cost), project("dear", capex_musd=50.0)]
    plan = solve_here(instance(*plants, years=(2030, 2032)))
    assert plan.proof.status == "optimal"
    assert_solvable(instance(project("cheap", capex_musd=cost)))


@pytest.mark.parametrize("capex", [1e-300, 1e-48, 1e-12, 9e-9])
def test_a_building_cost_below_a_cent_is_told_and_solved(capex: float) -> None:
    plant = project("pit", capex_musd=capex)

    assert any("MUSD is less than a cent: a slip of unit?" in text for text in warnings(plant))
    assert errors(plant) == []
    assert_solvable(instance(plant))
    assert_solvable(instance(plant, project("other", capex_musd=100.0)))


def test_a_stock_cannot_lose_more_than_it_holds() -> None:
    store = project("s", kind="stockpile", makes=None, life_years=30)
    rows = [{"project": "s", "material": "oxide", "loss_share": 0.5, "rotation_share": 0.6}]
    assert errors(store, stockpiles=rows) == [
        "stockpiles, rotation_share: row 's': with loss_share 0.5 makes 1.1, more than all of the"
        " stock"
    ]
