"""Accounts of projects: figures argued by hand, and roots found in another way.

A mine for 100 M$ starts in 2030 and has output from 2031 for four years, of which 2031 and 2032 lie
within the horizon. Oxide costs 50,000 USD/t, the mine 10,000: 1 kt a year earns 40 M$. In 2032 it
makes half. A loan of 60 M$ at 10 % over two years after a year of grace is owed to the fund.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from optimizer.checker import check, judge
from optimizer.plan.tables import tables
from optimizer.presentation.report import plain
from optimizer.presentation.report.accounts import accounts
from optimizer.presentation.report.layout import Page
from optimizer.vocabulary.project_accounts import EXPECTED, NAMES
from tests.support.factories import instance, project, scenario, shock
from tests.support.small_plans import plan, rows

if TYPE_CHECKING:
    from optimizer.plan import Plan

YEARS = (2030, 2032)
LOAN = {"id": "loan", "kind": "loan", "interest_rate": 0.1, "grace_years": 1, "tenor_years": 2}
WORLD = {
    "years": YEARS,
    "instruments": [{"id": "grant", "kind": "grant"}, LOAN],
}
SERVICE = 60 * 0.1 * 1.21 / 0.21
"""60 · CRF(10 %, 2)."""


def mine(**fields: Any) -> Any:
    recipe = {"opex_usd_per_t": 10_000}
    return project("mine", recipe=recipe, build_years=1, life_years=4, **fields)


def world(**fields: Any) -> Any:
    return instance(mine(**fields.pop("mine", {})), **(WORLD | fields))


def operated(of: Any, made: tuple[float, float] = (1.0, 0.5), **given: Any) -> Plan:
    """The mine started in 2030 with 60 M$ of loan and 40 of grant, and so much made."""
    years = zip((2031, 2032), made, strict=True)
    paid = {"loan": 60.0, "grant": 40.0}
    found = {
        "choice": [("mine", 2030, False)],
        "commitments": [("mine", name, "fund", 2030, amount) for name, amount in paid.items()],
        "activity": [("nominal", year, "mine", "main", kt) for year, kt in years if kt],
    }
    return plan(of, **(found | given))


def figures(of: Any, made: Plan, basis: str = "nominal") -> dict[str, float]:
    found = judge(of, made).project_accounts
    told = zip(found["basis"], found["figure"], found["value"], strict=True)
    return {figure: value for base, figure, value in told if base == basis}


def test_the_figures_of_a_mine_by_hand() -> None:
    """Margins 40, 20 and, as in the last year, 20 and 20; service 6, then 34.57 twice."""
    of = world()
    found = figures(of, operated(of))

    assert set(found) <= set(NAMES)
    assert found["revenue"] == pytest.approx(50 + 25 * 3)
    assert found["cash_cost"] == pytest.approx(10 + 5 * 3)
    assert found["margin"] == pytest.approx(100)
    assert found["debt_service"] == pytest.approx(6 + 2 * SERVICE)
    assert found["uncovered"] == pytest.approx(2 * (SERVICE - 20))
    assert found["npv"] == pytest.approx(0, abs=1e-9)
    assert found["irr"] == pytest.approx(0, abs=1e-9)
    assert found["least_dscr"] == pytest.approx(20 / SERVICE)
    assert found["mean_dscr"] == pytest.approx((40 / 6 + 2 * 20 / SERVICE) / 3)
    assert found["payback"] == 4
    assert found["grant_equivalent"] == pytest.approx(100 - 6 - 2 * SERVICE)
    assert found["subsidy"] == pytest.approx(1000 * (100 - 6 - 2 * SERVICE) / 2.5)
    assert found["idle_years"] == 0


def test_the_rate_of_return_is_a_root_of_the_net_flows() -> None:
    """Full output: −100, 40, 40, 40, 40; the root of the polynomial, found by companion matrix."""
    of = world()
    found = figures(of, operated(of, (1.0, 1.0)))

    roots = np.roots([-100.0, 40.0, 40.0, 40.0, 40.0])
    real = [1 / (1 / root).real - 0 for root in roots if abs(root.imag) < 1e-9 and root.real > 0]
    assert found["irr"] == pytest.approx(max(real) - 1)
    assert found["payback"] == 3


def test_discounting_and_probability_of_success_count_once() -> None:
    """At 10 % and π = 0.5 the service owed halves; margins are what the plan's operation earns."""
    of = world(mine={"success_probability": 0.5}, settings={"discount_rate": 0.1})
    found = figures(of, operated(of, (0.5, 0.5)))

    delta = [1 / 1.1**t for t in range(5)]
    assert found["margin"] == pytest.approx(20 * sum(delta[1:]))
    service = 0.5 * (6 * delta[1] + SERVICE * (delta[2] + delta[3]))
    assert found["debt_service"] == pytest.approx(service)
    assert found["least_dscr"] == pytest.approx(20 / (0.5 * SERVICE))
    assert found["npv"] == pytest.approx(20 * sum(delta[1:]) - 100)
    assert found["grant_equivalent"] == pytest.approx(100 - service)


def test_a_mine_that_never_runs_is_idle_and_returns_nothing() -> None:
    of = world()
    found = figures(of, operated(of, (0.0, 0.0)))

    assert found["idle_years"] == 2
    assert found["npv"] == pytest.approx(-100)
    assert found["uncovered"] == pytest.approx(found["debt_service"])
    assert not {"irr", "payback", "subsidy"} & set(found)


def test_without_a_loan_there_is_no_cover() -> None:
    of = world()
    grant = [("mine", "grant", "fund", 2030, 100.0)]
    found = figures(of, operated(of, commitments=grant))

    assert found["debt_service"] == 0
    assert not {"least_dscr", "mean_dscr"} & set(found)


def test_expected_is_the_mean_over_the_scenarios_at_their_own_prices() -> None:
    """A crash halves the price in 2031 with probability 0.4: 25 instead of 50 there."""
    of = world(
        scenarios=[scenario("nominal", 0.6, nominal=True), scenario("crash", 0.4)],
        shocks=[shock("crash", "price", 0.5, (2031, 2031), material="oxide")],
    )
    own = [("crash", 2031, "mine", "main", 1.0)]
    serving = [("nominal", year, "nominal") for year in (2030, 2031, 2032)]
    serving += [("crash", 2030, "nominal"), ("crash", 2031, "crash"), ("crash", 2032, "nominal")]
    base = operated(of).tables.columns("activity")
    activity = [*zip(*base.values(), strict=True), *own]
    made = operated(of, activity=activity, operated_as=serving)

    assert figures(of, made)["revenue"] == pytest.approx(125)
    assert figures(of, made, "crash")["revenue"] == pytest.approx(100)
    assert figures(of, made, EXPECTED)["revenue"] == pytest.approx(0.6 * 125 + 0.4 * 100)


def stating(of: Any, made: Plan) -> Plan:
    """The plan with its accounts."""
    found = judge(of, made).project_accounts
    given = {name: getattr(made.tables, name) for name in ("choice", "commitments", "activity")}
    whole = tables(
        {**rows(of), **given, "project_accounts": list(zip(*found.values(), strict=True))}
    )
    return replace(made, tables=whole)


@pytest.mark.parametrize("change", ["value", "missing", "stranger"])
def test_accounts_that_say_otherwise_are_refused(change: str) -> None:
    of = world()
    right = stating(of, operated(of))
    frame = right.tables.project_accounts.copy()
    if change == "value":
        frame.loc[0, "value"] += 1.0
    elif change == "missing":
        frame = frame.iloc[1:]
    else:
        frame.loc[0, "project"] = "nobody"
    wrong = replace(right, tables=replace(right.tables, project_accounts=frame))

    rules = [{row.rule for row in check(of, one).violations} for one in (right, wrong)]
    assert "project_accounts" not in rules[0]
    assert "project_accounts" in rules[1]


def test_the_report_says_what_loans_rest_on() -> None:
    of = world()
    text = plain(Page("", (accounts(stating(of, operated(of)), "nominal"),)))

    assert "Of 75.1 M$ of debt service 29.1 M$ (39 %) are not covered" in text
    assert "mine" in text
    assert "0.58/2.61" in text
