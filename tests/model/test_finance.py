"""Rules 3 and 4: who pays for what, and what comes back to the fund."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.blocks.cash_flows import CashFlows
from optimizer.blocks.parameters import Parameters
from optimizer.indicators import capital_recovery_factor
from tests.support.deciding import decide, investment, missed, slacks
from tests.support.factories import instance, project, series

LOAN = {
    "id": "loan",
    "kind": "loan",
    "interest_rate": 0.1,
    "grace_years": 1,
    "tenor_years": 2,
}
EQUITY = {
    "id": "equity",
    "kind": "equity",
    "dividend_rate": 0.2,
    "grace_years": 1,
    "tenor_years": 2,
}
GRANT = {"id": "grant", "kind": "grant"}
TWO_MEMBERS = {
    "members": [
        {"id": "jp", "burden_share": 0.5, "opening_cash_musd": 100},
        {"id": "us", "burden_share": 0.5, "opening_cash_musd": 100},
    ],
    "segments": [{"id": "motors", "zone": "home", "material": "oxide"}],
}


def test_rule_3_wants_the_whole_building_cost() -> None:
    """Salar costs 80; its backers commit only 75."""
    m = investment(instance(project("salar", capex_musd=80)))

    decide(
        m,
        started={"salar": 2030},
        commit={("salar", "grant", "fund", 2030): 60},
        private={("salar", 2030): 15},
    )

    assert m.capital["salar", 2030].slack() == -5
    assert m.capital["salar", 2031].slack() == 0


def test_rule_3_pays_for_a_start_and_not_before_it() -> None:
    """80 committed in 2030 for a start in 2031: 80 too much in 2030, 80 too little in 2031."""
    m = investment(instance(project("salar", capex_musd=80)))

    decide(m, started={"salar": 2031}, commit={("salar", "grant", "fund", 2030): 80})

    assert slacks(m.capital) == {("salar", 2030): -80, ("salar", 2031): -80}


def test_rule_3_an_instrument_covers_its_share() -> None:
    """A loan covers half of 80 at most: two members' 30 and 15 are 5 too much."""
    world = instance(
        project("salar", capex_musd=80, private_appetite=0.5),
        **TWO_MEMBERS,
        instruments=[LOAN | {"largest_share": 0.5}],
    )
    m = investment(world)

    lent = {("salar", "loan", "jp", 2030): 30, ("salar", "loan", "us", 2030): 15}
    decide(m, started={"salar": 2030}, commit=lent)

    assert slacks(m.instrument_share) == {
        ("salar", "loan", 2030): -5,
        ("salar", "loan", 2031): 0,
    }


def test_rule_3_a_project_admits_its_own_instruments() -> None:
    """Salar takes grants alone: there is no loan to commit."""
    world = instance(project("salar", instruments=("grant",)), instruments=[GRANT, LOAN])

    assert {key[1] for key in investment(world).commit} == {"grant"}


def test_rule_3_private_money_has_a_least_and_a_most() -> None:
    """Of 80: at least 0.25 · 80 = 20; at most 0.5 · 80 = 40, and 0.2 for each unit granted. With 30
    granted private money may be 46; 50 is 4 too much, 10 is 10 too little."""
    world = instance(
        project("salar", capex_musd=80, private_appetite=0.5, private_least_share=0.25),
        instruments=[GRANT | {"mobilisation": 0.2}],
    )
    m = investment(world)
    granted = {("salar", "grant", "fund", 2030): 30}

    decide(m, started={"salar": 2030}, commit=granted, private={("salar", 2030): 50})
    assert m.capital["salar", 2030].slack() == 0
    assert m.private_most["salar", 2030].slack() == pytest.approx(-4)
    assert m.private_least["salar", 2030].slack() == 30
    decide(m, started={"salar": 2030}, commit=granted, private={("salar", 2030): 10})
    assert m.private_least["salar", 2030].slack() == -10


def test_rule_3_nobody_lends_to_what_is_not_bankable() -> None:
    """An appetite of 0.5 counts for nothing: 1 of private money is 1 too much."""
    m = investment(instance(project("salar", private_appetite=0.5, bankable=False)))

    decide(m, started={"salar": 2030}, private={("salar", 2030): 1})

    assert m.private_most["salar", 2030].slack() == -1


def test_rule_3_private_money_covers_what_goes_ahead_alone() -> None:
    """Salar goes ahead in 2031 without any appetite: private money pays all 80, and the fund can
    commit in 2030 alone."""
    m = investment(instance(project("salar", capex_musd=80, goes_ahead_alone=2031)))

    decide(m, started={"salar": 2031}, private={("salar", 2031): 80})

    assert {key[3] for key in m.commit} == {2030}
    assert missed(m, "capital", "private_most", "private_least") == set()
    decide(m, started={"salar": 2031}, private={("salar", 2031): 75})
    assert m.capital["salar", 2031].slack() == -5


def test_rule_3_what_costs_nothing_needs_no_money() -> None:
    """A free programme is started without any row of capital."""
    m = investment(instance(project("study", makes=None, kind="programme", capex_musd=0)))

    decide(m, started={"study": 2030})

    assert len(m.capital) == 0
    assert missed(m, "capital") == set()


def fund(*instruments: dict[str, Any], rate: float = 0.0, **fields: Any) -> Any:
    """Salar costs 100 and may start in 2030 to 2033; the fund opens with 1,000."""
    world = instance(
        project("salar", **fields),
        years=(2030, 2033),
        settings={"discount_rate": rate},
        instruments=instruments or (GRANT,),
    )
    return investment(world)


def balances(*amounts: float) -> dict[tuple[str, int], float]:
    return {("fund", year): amount for year, amount in zip(range(2030, 2034), amounts, strict=True)}


def test_rule_4_cash_bears_interest_and_pays_along_the_profile() -> None:
    """Opening 1,000 at 10 %: 1,100 less 40 in 2030, 1.1 · 1060 − 60 = 1,106 in 2031, then 1,216.6
    and 1,338.26."""
    m = fund(rate=0.1, capex_profile=(0.4, 0.6))

    decide(
        m,
        started={"salar": 2030},
        commit={("salar", "grant", "fund", 2030): 100},
        cash=balances(1060, 1106, 1216.6, 1338.26),
    )

    assert list(slacks(m.fund).values()) == pytest.approx([0, 0, 0, 0])


def test_rule_4_contributions_come_in_and_outlays_go_out() -> None:
    """1,000 + 50 − 20 in 2030, and the same in 2031: 1,030 and 1,060. Ten more are missed by 10."""
    world = instance(
        contributions=series("member", ["fund"], (2030, 2031), amount_musd=50),
        outlays=series("member", ["fund"], (2030, 2031), amount_musd=20),
    )
    m = investment(world)

    decide(m, cash={("fund", 2030): 1030, ("fund", 2031): 1060})
    assert list(slacks(m.fund).values()) == [0, 0]
    decide(m, cash={("fund", 2030): 1030, ("fund", 2031): 1070})
    assert list(slacks(m.fund).values()) == [0, -10]


def test_rule_4_the_balance_is_never_negative() -> None:
    """What a member has not got it cannot spend: cash has no values below 0."""
    assert all(cash.lb == 0 for cash in fund().cash.values())


def test_rule_4_a_loan_pays_interest_then_level_instalments() -> None:
    """100 lent in 2030 at 10 %, one year of grace, two of repayment; success 0.8. In 2031 comes
    0.8 · 10 = 8; in 2032 and 2033 0.8 · 100 · CRF, CRF(0.1, 2) = 0.1 · 1.21/0.21."""
    m = fund(LOAN, success_probability=0.8)
    level = 80 * 0.1 * 1.21 / 0.21

    decide(
        m,
        started={"salar": 2030},
        commit={("salar", "loan", "fund", 2030): 100},
        performing={("loan", "fund", 2030): 80},
        cash=balances(900, 908, 908 + level, 908 + 2 * level),
    )

    assert list(slacks(m.fund).values()) == pytest.approx([0, 0, 0, 0])
    assert list(slacks(m.performing_part).values()) == pytest.approx([0, 0, 0, 0])
    m.performing["loan", "fund", 2030].set_value(100)
    assert m.performing_part["loan", "fund", 2030].slack() == pytest.approx(-20)


def test_rule_4_without_interest_a_loan_is_repaid_in_equal_parts() -> None:
    """CRF(0, 2) = 1/2."""
    world = instance(project("salar"), instruments=[LOAN | {"interest_rate": 0.0}])
    flows = CashFlows(Parameters(world))

    back = [flows.returned("salar", "loan", 2030, year) for year in range(2030, 2035)]
    assert back == [0, 0, 0.5, 0.5, 0]
    assert capital_recovery_factor(0.1, 2) == pytest.approx(0.1 * 1.21 / 0.21)


def test_rule_4_equity_pays_dividends_for_its_tenor() -> None:
    """100 of equity, grace 1, two dividends of 20, success 0.5: 10 in 2032 and in 2033."""
    m = fund(EQUITY, success_probability=0.5)

    decide(
        m,
        started={"salar": 2030},
        commit={("salar", "equity", "fund", 2030): 100},
        performing={("equity", "fund", 2030): 50},
        cash=balances(900, 900, 910, 920),
    )

    assert list(slacks(m.fund).values()) == pytest.approx([0, 0, 0, 0])


def test_rule_4_returns_after_the_horizon_count_in_fund_cost_alone() -> None:
    """A loan of 2032 without discounting: 100 out, 10 of interest and twice 100 · CRF back, of
    which only the interest of 2033 comes within the horizon."""
    m = fund(LOAN)
    level = 100 * 0.1 * 1.21 / 0.21

    decide(
        m,
        started={"salar": 2032},
        commit={("salar", "loan", "fund", 2032): 100},
        performing={("loan", "fund", 2032): 100},
        cash=balances(1000, 1000, 900, 910),
    )

    assert list(slacks(m.fund).values()) == pytest.approx([0, 0, 0, 0])
    assert m.criterion["fund_cost"].expr() == pytest.approx(100 - 10 - 2 * level)


def test_rule_4_each_member_has_its_own_balance() -> None:
    """A loan of jp comes back to jp."""
    world = instance(
        project("salar"),
        **TWO_MEMBERS,
        instruments=[LOAN | {"grace_years": 0, "tenor_years": 1}],
    )
    m = investment(world)

    decide(
        m,
        started={"salar": 2030},
        commit={("salar", "loan", "jp", 2030): 100},
        performing={("loan", "jp", 2030): 100},
        cash={("jp", 2031): 110, ("us", 2030): 100, ("us", 2031): 100},
    )

    assert missed(m, "fund", "performing_part") == set()
