"""Rules 3 to 5 on guarantees, tax credits, contracts and juste retour: rows with values by hand.

The instance and most of the numbers are those of `hand_finance`.
"""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.blocks.contracts import Contracts
from optimizer.blocks.parameters import Parameters
from tests.support.deciding import decide, investment, missed, slacks
from tests.support.factories import instance, policy, project, scenario, shock
from tests.support.hand_finance import CRITERIA, PLANNED, PLANTS, TABLES, YEARS, finance_instance


def planned(**changes: Any) -> Any:
    """The first stage with the plan of `hand_finance`, some values changed."""
    m = investment(finance_instance())
    tables = {name: PLANNED[name] for name in ("commitments", "private", "cash")}
    values: dict[str, Any] = {
        "commit": {tuple(row[:4]): row[4] for row in tables["commitments"]},
        "private": {tuple(row[:2]): row[2] for row in tables["private"]},
        "cash": {tuple(row[:2]): row[2] for row in tables["cash"]},
        "signed": {key: 1 for key in PLANNED["signed"]},
        "guaranteed": {("shield", "au", 2030): 20.0},
    }
    for name, given in changes.items():
        values[name] = values[name] | given
    decide(m, started={"works": 2030, "smelter": 2031}, **values)
    return m


def test_rule_4_the_plan_by_hand_holds_and_costs_what_it_says() -> None:
    m = planned()

    assert missed(m) == set()
    for name in ("fund_cost", "treasury_cost", "public_capital", "guaranteed", "private_capital"):
        assert m.criterion[name].expr() == pytest.approx(CRITERIA[name])
    assert m.criterion["expected_cost"].expr() == pytest.approx(CRITERIA["expected_cost"])


def test_rule_3_a_guarantee_is_no_part_of_the_building_cost() -> None:
    """Twenty guaranteed or none: 100 are committed either way. Forty are 10 more than half of the
    60 of private money; none draws in 10 less than the private money there is."""
    more = planned(commit={("works", "shield", "au", 2030): 40.0})
    none = planned(commit={("works", "shield", "au", 2030): 0.0})

    assert more.capital["works", 2030].slack() == none.capital["works", 2030].slack() == 0
    assert more.guarantee_share["works", "shield", 2030].slack() == pytest.approx(-10)
    assert none.private_most["works", 2030].slack() == pytest.approx(-10)


def test_rule_3_a_tax_credit_is_the_matter_of_one_treasury() -> None:
    """au stands for AUS and de for no country: nobody can grant a credit to the smelter."""
    m = planned()

    credits = {key for key in m.commit if key[1] == "credit"}
    assert credits == {("works", "credit", "au", year) for year in YEARS}


def test_rule_3_bankable_with_a_contract() -> None:
    """Without the signature there are 20 drawn in for 60 of private money: 40 too little."""
    m = planned(signed={("home_floor", 2030): 0})

    assert m.private_most["works", 2030].slack() == pytest.approx(-40)


def test_rule_3_a_contract_is_signed_at_the_start() -> None:
    """In 2031 the works has been started already: a signature is one too many."""
    m = planned(signed={("home_floor", 2030): 0, ("home_floor", 2031): 1})

    assert m.signing["works", "price_floor", 2031].slack() == -1


def floors(*contracts: dict[str, Any], **fields: Any) -> Any:
    """A mine with some contracts and an appetite of 0.5 that needs one of them."""
    terms = {"project": "mine", "kind": "price_floor", "price_usd_per_t": 60_000}
    return investment(
        instance(
            project("mine", **{"private_appetite": 0.5, "bankable": False} | fields),
            contracts=[terms | row for row in contracts],
        )
    )


def test_rule_3_the_appetite_counts_once() -> None:
    """A floor and an offtake each make the mine bankable: 2 · 50 by one row, 50 by the other."""
    m = floors(
        {"id": "floor", "bankable": True},
        {"id": "take", "kind": "offtake", "bankable": True, "price_usd_per_t": 0},
    )
    both = {("floor", 2030): 1, ("take", 2030): 1}
    decide(m, started={"mine": 2030}, signed=both, private={("mine", 2030): 60})

    assert m.private_most["mine", 2030].slack() == pytest.approx(40)
    assert m.private_once["mine", 2030].slack() == pytest.approx(-10)


def test_rule_3_one_contract_of_a_kind_at_a_time() -> None:
    """Two floors at one start are one too many. An old mine can follow one with another: of 2030
    for one year and of 2031 they do not meet, of 2030 for two years they do, in 2031."""
    m = floors({"id": "a"}, {"id": "b"})
    decide(m, started={"mine": 2030}, signed={("a", 2030): 1, ("b", 2030): 1})
    assert m.signing["mine", "price_floor", 2030].slack() == -1

    old: dict[str, Any] = {"status": "operating", "capex_musd": 0, "private_appetite": 0}
    second = {"id": "b", "signing_year": 2031}
    assert not floors({"id": "a", "signing_year": 2030, "tenor_years": 1}, second, **old).CROWDED
    m = floors({"id": "a", "signing_year": 2030, "tenor_years": 2}, second, **old)
    decide(m, signed={("a", 2030): 1, ("b", 2031): 1})
    assert slacks(m.one_at_a_time) == {("mine", "price_floor", 2031): -1}


def test_rule_4_a_guarantee_earns_its_fee_and_is_called() -> None:
    """Fees of 1 in 2030 and 2031, a call of 0.2 · 0.5 · 20 = 2 in 2031."""
    m = planned()

    income = [m.guarantee_income["au", year]() for year in YEARS]
    assert income == pytest.approx([1, -1, 0])
    assert m.guaranteed_part["shield", "au", 2030].slack() == pytest.approx(0)


def test_rule_4_headroom_and_provision() -> None:
    """Of 30 of headroom 20 are used while the guarantee lasts. au keeps 0.2 · 20 in 2030 and 2031,
    and 0.6 · 1 besides: the works' floor pays 5 if they come about, and 4 is expected. In 2032 it
    keeps 0.6 · (6 + 1.25) for the worst prices, under which it pays 10; de keeps 0.4 · 7.25."""
    m = planned()

    assert slacks(m.headroom) == pytest.approx(
        {("au", 2030): 10, ("au", 2031): 10, ("au", 2032): 30}
    )
    kept = {key: m.cash[key].value - row.slack() for key, row in m.provision.items()}
    assert kept["au", 2030] == kept["au", 2031] == pytest.approx(4 + 0.6)
    assert kept["au", 2032] == pytest.approx(0.6 * 7.25)
    assert kept["de", 2032] == pytest.approx(0.4 * 7.25)


def test_rule_4_price_floors_pay_on_deemed_output() -> None:
    """4 M$ a year for the works, 0.5 and 0.75 for the smelter; see `hand_finance`."""
    m = planned()

    assert [m.contract_payment[year]() for year in YEARS] == pytest.approx([4, 4.5, 4.75])
    assert [m.contract_reserve[year]() for year in YEARS] == pytest.approx([1, 1, 7.25])
    assert m.contract_cost["home_floor"]() == pytest.approx(4 * 2.44)


def test_rule_4_a_contract_runs_from_the_first_output() -> None:
    """A candidate that builds for two years; a committed plant that comes online after it was
    signed; an operating one from the year of signing."""
    terms = {"kind": "price_floor", "price_usd_per_t": 1, "tenor_years": 3}
    world = instance(
        project("new", build_years=2),
        project("soon", status="committed", capex_musd=0, online_year=2032),
        project("old", status="operating", capex_musd=0),
        years=(2030, 2034),
        contracts=[
            {"id": "n", "project": "new"} | terms,
            {"id": "s", "project": "soon", "signing_year": 2031} | terms,
            {"id": "o", "project": "old", "signing_year": 2031} | terms,
        ],
    )
    contracts = Contracts(Parameters(world))

    assert contracts.years("n", 2031) == range(2033, 2036)
    assert contracts.years("s", 2031) == range(2032, 2035)
    assert contracts.years("o", 2031) == range(2031, 2034)
    assert [contracts.deemed("s", 2031, y) for y in (2031, 2032)] == [0, 1]


def test_rule_4_scenario_prices_multiply_shocks() -> None:
    """50 M$/kt, times 0.8 and 0.5 in the slump's second year, and after the horizon as in it: a
    floor of 60 pays 10 and 40 with probability 0.5 each, 25, and 15 more at worst."""
    world = instance(
        project("mine"),
        contracts=[
            {"id": "f", "project": "mine", "kind": "price_floor", "price_usd_per_t": 60_000}
        ],
        scenarios=[scenario("nominal", 0.5, nominal=True), scenario("slump", 0.5)],
        shocks=[
            shock("slump", "price", 0.8, (2031, 2031), id="a"),
            shock("slump", "price", 0.5, (2031, 2031), material="oxide", id="b"),
        ],
    )
    contracts = Contracts(Parameters(world))

    assert contracts.prices["oxide", "slump", 2031] == pytest.approx(20)
    assert contracts.expected_payment("f", 2030) == pytest.approx(10)
    assert contracts.expected_payment("f", 2035) == pytest.approx(25)
    assert contracts.largest_surprise("f", 2031) == pytest.approx(15)


def test_rule_5_juste_retour_counts_cash_to_a_members_firms() -> None:
    """de pays 10 + 0.8 · 30 = 34; its firms get 0.2 · 25 + 0.1 · 0.8 · 40 = 8.2 of the fund's 57,
    0.04 more than 0.24 · 34. Credits and guarantees change nothing."""
    assert planned().juste_retour["fair_to_de"].slack() == pytest.approx(0.04)
    other = planned(commit={("works", "credit", "au", 2030): 0, ("works", "shield", "au", 2030): 0})
    assert other.juste_retour["fair_to_de"].slack() == pytest.approx(0.04)


def test_rule_7_guarantees_count_only_by_name() -> None:
    """57 of grants are in the row on all money, 20 guaranteed in the row on the shield alone; the
    budget is 20 + 0.8 · 12 = 29.6, of which the euro are 12."""
    m = planned()

    assert m.exposure["spent"].slack() == pytest.approx(15 + 10 + 0.8 * 40 - 29.6)
    assert m.exposure["shielded"].slack() == pytest.approx(0.7 * 29.6 - 20)


def test_rule_5_a_mandate_does_not_count_tax_credits() -> None:
    """au may spend a tenth of its budget of 20 on works: 15 granted are 13 too much, the 15 of tax
    credit and the guarantee are not counted."""
    row = policy("mine", "money_share", 0.1, member="au", tag="country", tag_value="AUS")
    world = instance(
        *PLANTS, years=YEARS, settings={"discount_rate": 0.25}, **TABLES | {"policies": [row]}
    )
    m = investment(world)
    paid = {tuple(line[:4]): line[4] for line in PLANNED["commitments"]}
    decide(m, started={"works": 2030, "smelter": 2031}, commit=paid)

    assert m.mandates["mine"].slack() == pytest.approx(-13)
