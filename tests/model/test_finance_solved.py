"""Guarantees, tax credits, contracts, juste retour and currencies change plans: solved to the end.

Unless a test says otherwise a mine in AUS costs 100 and supplies the 1 kt of oxide that the motors
want in 2030 and 2031; China sells none, so that without the mine they go short at 500 M$ a year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.program.stamp import stamp
from optimizer.solving.fixed_choice import without_needless
from tests.support.factories import instance, policy, project, scenario, series, shock
from tests.support.inprocess import solve_here, solve_program_here

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from tests.support.factories import Plant

GRANT = {"id": "grant", "kind": "grant"}
SHIELD = {
    "id": "shield",
    "kind": "guarantee",
    "mobilisation": 1.0,
    "loss_share": 0.5,
    "grace_years": 1,
    "tenor_years": 2,
}
FLOOR = {
    "id": "floor",
    "project": "mine",
    "kind": "price_floor",
    "tenor_years": 1,
    "price_usd_per_t": 60_000,
    "bankable": True,
}


def fund(cash: float, **fields: Any) -> list[dict[str, Any]]:
    """One member with some cash and nothing else."""
    return [{"id": "fund", "burden_share": 1.0, "opening_cash_musd": cash} | fields]


def world(*plants: Plant, **tables: Any) -> Instance:
    """China sells nothing."""
    nothing = series("supplier", ["chn"], (2030, 2031), limit_t_per_year=0)
    return instance(*plants, **{"supply_limits": nothing} | tables)


@pytest.mark.parametrize(
    ("cash", "headroom", "chosen"),
    [(25.0, None, True), (24.0, None, False), (25.0, 100.0, True), (25.0, 99.0, False)],
)
def test_rule_4_a_guarantee_builds_what_the_fund_cannot_pay(
    cash: float, headroom: float | None, *, chosen: bool
) -> None:
    """Private money is at most what is guaranteed, and 0.2 of that stays in cash in 2030 and 2031.
    The mine succeeds with 0.9: a guarantee of 100 is called for 0.1 · 0.5 · 100 = 5 in 2031. So
    25 of cash are needed, 20 of them for the provision of 2031, and headroom of 100. Granting 1
    instead saves 0.25 of that and costs 1, so 24 are too little, and so are 25 where 1 has to be
    granted for want of headroom."""
    case = world(
        project("mine", success_probability=0.9, latest_start=2030),
        members=fund(cash, guarantee_headroom_musd=headroom),
        instruments=[GRANT, SHIELD | {"provision_share": 0.2}],
    )
    plan = solve_here(case)

    assert [p for p, _ in plan.chosen] == ["mine"] * chosen
    assert plan.criteria["guaranteed"] == pytest.approx(100.0 if chosen else 0.0)
    assert plan.criteria["fund_cost"] == pytest.approx(5.0 if chosen else 0.0)
    assert plan.criteria["public_capital"] == pytest.approx(0.0)


def test_rule_4_a_fee_pays_for_the_calls() -> None:
    """A fee of 0.025 in each of two years returns 5, what the guarantee of 100 is expected to
    lose: the fund promises 100 at no cost, where a grant would cost 100."""
    case = world(
        project("mine", success_probability=0.9),
        members=fund(200.0),
        instruments=[GRANT, SHIELD | {"fee_rate": 0.025}],
    )
    plan = solve_here(case)

    assert plan.criteria["guaranteed"] == pytest.approx(100.0)
    assert plan.criteria["fund_cost"] == pytest.approx(0.0, abs=1e-3)
    cash = plan.tables.cash.set_index("year")["amount_musd"]
    assert cash.to_dict() == pytest.approx({2030: 202.5, 2031: 200.0})


def test_rule_4_a_guarantee_without_risk_or_fee_is_a_loan_at_the_discount_rate() -> None:
    """Both bring 100 for the mine and cost the fund nothing in present value: the loan comes back
    with the interest that cash would have borne, the guarantee is never called."""
    rate = {"discount_rate": 0.1}
    loan = {"id": "loan", "kind": "loan", "interest_rate": 0.1, "tenor_years": 1}
    plans = [
        solve_here(world(project("mine"), settings=rate, instruments=[money]))
        for money in (SHIELD, loan)
    ]

    for plan in plans:
        assert plan.chosen == [("mine", 2030)]
        assert plan.criteria["fund_cost"] == pytest.approx(0.0, abs=1e-6)
    assert plans[0].criteria["expected_cost"] == pytest.approx(plans[1].criteria["expected_cost"])
    assert plans[0].criteria["guaranteed"] == plans[1].criteria["public_capital"] == 100.0


@pytest.mark.parametrize(
    ("countries", "chosen"), [(("AUS",), True), ((), False), (("CHN",), False)]
)
def test_rule_3_a_tax_credit_pays_where_the_treasury_is(
    countries: tuple[str, ...], *, chosen: bool
) -> None:
    """The fund has 60; a credit of 0.4 · 100 pays the rest if the member stands for AUS. It
    leaves cash alone: 60 − 60 = 0, and counts in treasury_cost and not in fund_cost."""
    case = world(
        project("mine"),
        members=fund(60.0, countries=countries),
        instruments=[GRANT, {"id": "credit", "kind": "tax_credit", "largest_share": 0.4}],
    )
    plan = solve_here(case)

    assert [p for p, _ in plan.chosen] == ["mine"] * chosen
    assert plan.criteria["treasury_cost"] == pytest.approx(40.0 * chosen)
    assert plan.criteria["fund_cost"] == pytest.approx(60.0 * chosen)
    assert plan.criteria["public_capital"] == pytest.approx(100.0 * chosen)


@pytest.mark.parametrize(("cash", "chosen"), [(60.0, True), (59.0, False)])
def test_rule_3_a_price_floor_makes_a_mine_bankable(cash: float, *, chosen: bool) -> None:
    """Private appetite 0.5, but only with the floor: 50 private, 50 granted. The floor pays 10,000
    USD/t on 1 kt in its one year: 10 M$. So 60 of cash are enough and 59 are not."""
    case = world(
        project("mine", private_appetite=0.5, bankable=False),
        members=fund(cash),
        contracts=[FLOOR],
    )
    plan = solve_here(case)

    assert [p for p, _ in plan.chosen] == ["mine"] * chosen
    assert plan.tables.signed.to_numpy().tolist() == [["floor", 2030]] * chosen
    assert plan.criteria["fund_cost"] == pytest.approx(60.0 * chosen)
    if chosen:
        assert plan.criteria["expected_cost"] == pytest.approx(100 - 90)


@pytest.mark.parametrize(("cash", "chosen"), [(80.0, True), (79.0, False)])
def test_rule_4_a_price_floor_reserves_what_the_worst_year_pays(
    cash: float, *, chosen: bool
) -> None:
    """As above, but the price of 2030 falls to 30,000 with probability 0.5: the floor pays 10 or 30
    M$, 20 on average, and 10 more are kept for the worst. 50 granted, 20 paid and 10 left: 80."""
    case = world(
        project("mine", private_appetite=0.5, bankable=False, latest_start=2030),
        members=fund(cash),
        contracts=[FLOOR],
        scenarios=[scenario("nominal", 0.5, nominal=True), scenario("slump", 0.5)],
        shocks=[shock("slump", "price", 0.6, (2030, 2030))],
    )
    plan = solve_here(case)

    assert [p for p, _ in plan.chosen] == ["mine"] * chosen
    assert plan.criteria["fund_cost"] == pytest.approx(70.0 * chosen)


@pytest.mark.parametrize(("floor", "chosen"), [(70_000, True), (80_000, False)])
def test_a_floor_for_a_plant_outside_is_a_cost(floor: float, *, chosen: bool) -> None:
    """A plant in CHN, 110, sells us 1 kt a year at the market price of 50; shortage costs 100. It
    saves 50 in each of two years, 100, less than a grant of 110. With the floor private money pays
    55, and the fund 55 and two years of floor - market price: 40 with 70,000 USD/t, 60 with 80,000.
    95 are worth paying for 100, 115 are not."""
    case = world(
        project("mine", country="CHN", capex_musd=110, private_appetite=0.5, bankable=False),
        tranches=[{"segment": "motors", "tranche": 1, "share": 1.0, "cost_usd_per_t": 100_000}],
        contracts=[FLOOR | {"price_usd_per_t": floor, "tenor_years": 2}],
    )
    plan = solve_here(case)

    assert [p for p, _ in plan.chosen] == ["mine"] * chosen
    assert plan.criteria["expected_cost"] == pytest.approx(195.0 if chosen else 200.0)


def test_a_floor_below_every_price_changes_nothing() -> None:
    """20,000 USD/t under prices of 50,000 and, in a slump, 30,000: it pays nothing, and bankable as
    the mine is already, it brings nothing."""
    tables: dict[str, Any] = {
        "members": fund(60.0),
        "scenarios": [scenario("nominal", 0.5, nominal=True), scenario("slump", 0.5)],
        "shocks": [shock("slump", "price", 0.6, (2030, 2031))],
    }
    mine = project("mine", private_appetite=0.5)
    low = FLOOR | {"price_usd_per_t": 20_000, "bankable": False}

    without, with_floor = (
        solve_here(world(mine, **tables, contracts=contracts)) for contracts in ([], [low])
    )

    assert with_floor.criteria == pytest.approx(without.criteria)
    assert with_floor.chosen == without.chosen == [("mine", 2030)]
    assert with_floor.tables.cash.equals(without.tables.cash)


def test_rule_5_juste_retour_prefers_what_benefits_the_payer() -> None:
    """Near costs 60 and benefits nobody, far costs 100 and is all for the fund's only member, which
    wants back at least what it pays: only far will do. Without the row it is near."""
    near, far = project("near", capex_musd=60), project("far")
    benefits = [{"project": "far", "member": "fund", "share": 1.0}]
    row = policy("retour", "juste_retour", 1.0, sense="least", member="fund")

    free = solve_here(world(near, far, benefits=benefits))
    bound = solve_here(world(near, far, benefits=benefits, policies=[row]))

    assert [p for p, _ in free.chosen] == ["near"]
    assert [p for p, _ in bound.chosen] == ["far"]
    found = bound.policies.set_index("policy").loc["retour"]
    assert (found["left"], found["bound"], found["binding"]) == (100.0, 100.0, True)


@pytest.mark.parametrize(
    ("nominal", "level", "chosen"),
    [(True, 1.25, True), (True, 1.3, False), (False, 1.3, True)],
)
def test_rule_4_a_contribution_in_euro_is_worth_its_dollars(
    level: float, *, nominal: bool, chosen: bool
) -> None:
    """125 million EUR at 1.0 USD are 100 M$ of the base year at a price level of 1.25, enough for
    the mine, and 96 at 1.3; in prices of the base year they are 125 whatever the level."""
    euro = {"member": "fund", "year": 2030, "amount_million": 125, "currency": "EUR"}
    case = world(
        project("mine"),
        members=fund(0.0),
        contributions=[euro | {"nominal": nominal}],
        exchange_rates=[
            {"currency": "EUR", "year": 2030, "usd_per_unit": 1.0, "price_level": level}
        ],
    )

    assert [p for p, _ in solve_here(case).chosen] == ["mine"] * chosen


@pytest.mark.parametrize(("bankable", "kept"), [(True, []), (False, ["floor"])])
def test_no_contract_is_signed_for_nothing(kept: list[str], *, bankable: bool) -> None:
    """A point in which the floor is signed, as the first step may leave it: it is left out where
    the mine is bankable by itself, and stays where private money hangs on it, cash being short."""
    case = world(
        project("mine", private_appetite=0.5, bankable=bankable),
        members=fund(60.0),
        contracts=[FLOOR | {"bankable": not bankable}],
    )
    stamped = stamp(Worlds.of(case))
    block, lower = stamped.investment, stamped.program.lower.copy()
    place, keys = block.columns["signed"], block.keys["signed"]
    lower[place.start + keys.index(("floor", 2030))] = 1.0
    forced = stamped.program.with_bounds(lower, stamped.program.upper)
    x = solve_program_here(forced, Limits()).x
    assert x is not None

    left = without_needless(stamped, x, lambda program: solve_program_here(program, Limits()).x)

    assert [key[0] for key, v in zip(keys, left[place], strict=True) if v > 0.5] == kept
    assert stamped.program.value(left) == pytest.approx(stamped.program.value(x), rel=1e-9)
