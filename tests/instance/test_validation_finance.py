"""What is refused or worth a look in contributions, guarantees, tax credits and contracts."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.instance.currencies import contributions_musd
from tests.support.factories import errors, instance, policy, project, warnings

GRANT = {"id": "grant", "kind": "grant"}
GUARANTEE = {"id": "g", "kind": "guarantee", "mobilisation": 1, "tenor_years": 3}
EUR = {"currency": "EUR", "year": 2030, "usd_per_unit": 1.2, "price_level": 1.1}


def paid(**fields: Any) -> dict[str, Any]:
    """One contribution of the fund in 2030, and a rate for the euro."""
    row = {"member": "fund", "year": 2030} | fields
    return {"contributions": [row], "exchange_rates": [EUR]}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "amount_musd: row 'fund/2030': has no amount: fill amount_musd, or amount_million "
             "and currency"),
        ({"amount_musd": 1, "amount_million": 1, "currency": "EUR"},
         "amount_million: row 'fund/2030': has two amounts: leave this or amount_musd empty"),
        ({"amount_million": 1}, "currency: row 'fund/2030': amount_million needs a currency"),
        ({"amount_musd": 1, "currency": "EUR"},
         "currency: row 'fund/2030': 'EUR' goes with amount_million; amount_musd is in real USD"),
        ({"amount_musd": 1, "nominal": True},
         "nominal: row 'fund/2030': goes with amount_million; amount_musd is in prices of the base "
         "year"),
        ({"amount_million": 1, "currency": "EUX"},
         "currency: row 'fund/2030': exchange_rates has no row for EUX in 2030 (known: EUR)"),
        ({"amount_million": 1, "currency": "EUR", "year": 2031},
         "currency: row 'fund/2031': exchange_rates has no row for EUR in 2031"),
    ],
)  # fmt: skip
def test_a_contribution_has_one_amount_that_can_be_valued(
    fields: dict[str, Any], message: str
) -> None:
    assert f"contributions, {message}" in errors(**paid(**fields))


def test_every_fault_of_a_contribution_is_told_at_once() -> None:
    found = errors(**paid(amount_musd=1, currency="EUR", nominal=True))

    assert len(found) == 2


def test_a_rate_that_nobody_uses() -> None:
    message = "exchange_rates, currency: row 'EUR/2030': no contribution is in EUR in 2030"

    assert message in warnings(**paid(amount_musd=1))
    assert message not in warnings(**paid(amount_million=1, currency="EUR"))


def test_a_budget_factor_scales_euro_as_well() -> None:
    """11 million EUR of 2030 are 12 M$; half as many are 6."""
    world = instance(**paid(amount_million=11, currency="EUR", nominal=True))

    assert contributions_musd(world) == pytest.approx({("fund", 2030): 12})
    assert contributions_musd(world.changed(budget_factor=0.5)) == pytest.approx(
        {("fund", 2030): 6}
    )


def money(row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An instrument beside the grant."""
    return {"instruments": [GRANT, row | fields]}


@pytest.mark.parametrize("grace", [3, 4])
def test_a_guarantee_is_called_while_it_lasts(grace: int) -> None:
    assert errors(**money(GUARANTEE, grace_years=grace)) == [
        f"instruments, grace_years: row 'g': a failed project calls it {grace} years after the "
        "start, when a guarantee of 3 years has ended"
    ]


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (money(GUARANTEE, mobilisation=0),
         "instruments, mobilisation: row 'g': is 0: the guarantee draws in no private money"),
        (money({"id": "loan", "kind": "loan", "tenor_years": 2, "fee_rate": 0.1}),
         "instruments, fee_rate: row 'loan': a loan does not use it; a guarantee does"),
        (money({"id": "c", "kind": "tax_credit"}),
         "instruments, kind: row 'c': no member lists the country of a candidate: nobody can grant "
         "it"),
        ({"members": [{"id": "fund", "burden_share": 1, "opening_cash_musd": 1000,
                       "guarantee_headroom_musd": 5}]},
         "members, guarantee_headroom_musd: row 'fund': is not used: no instrument is a "
         "guarantee"),
    ],
)  # fmt: skip
def test_worth_a_look(tables: dict[str, Any], message: str) -> None:
    assert message in warnings(project("mine"), **tables)


def test_a_country_has_one_treasury() -> None:
    rows = [
        {"id": "fund", "burden_share": 0.5, "opening_cash_musd": 1000, "countries": ("AUS",)},
        {"id": "more", "burden_share": 0.5, "opening_cash_musd": 1000, "countries": ("AUS",)},
    ]
    message = "members, countries: row 'more': 'AUS' is listed already, for 'fund'"

    assert errors(members=rows) == [message]


@pytest.mark.parametrize(
    ("share", "mobilisation", "payable"),
    [(0.5, 1.0, True), (0.5, 0.5, False), (1.0, 0.9, True), (1.0, 1.0, True), (0.9, 0.0, False)],
)
def test_what_guarantees_can_cover(share: float, mobilisation: float, *, payable: bool) -> None:
    """Private appetite 0.5 and nothing else. With a guarantee private money is at most
    0.5 + share · mobilisation of itself: 1 at 0.5, 0.667 at 0.25, 5 at 0.9, any at 1."""
    terms = GUARANTEE | {"largest_share": share, "mobilisation": mobilisation}
    found = errors(project("mine", private_appetite=0.5), instruments=[terms])

    assert bool(found) != payable
    assert all("can never be financed" in text for text in found)


def test_what_a_tax_credit_and_a_contract_can_cover() -> None:
    """A credit of 0.5 counts where a member stands for AUS, an appetite of 0.5 where a contract
    makes the mine bankable."""
    mine = project("mine", private_appetite=0.5, bankable=False)
    credit = [{"id": "c", "kind": "tax_credit", "largest_share": 0.5}]
    member = {"id": "fund", "burden_share": 1, "opening_cash_musd": 1000}
    floor = contract(bankable=True)

    def found(countries: tuple[str, ...], contracts: list[dict[str, Any]]) -> list[str]:
        members = [member | {"countries": countries}]
        return errors(mine, instruments=credit, members=members, contracts=contracts)

    assert found(("AUS",), [floor]) == []
    for texts in (found((), [floor]), found(("AUS",), [])):
        assert [text for text in texts if "can never be financed" in text]


def test_no_more_than_all_of_a_project_benefits_members() -> None:
    members = [
        {"id": name, "burden_share": 0.5, "opening_cash_musd": 9} for name in ("fund", "more")
    ]
    shares = [
        {"project": "mine", "member": "fund", "share": 0.7},
        {"project": "mine", "member": "more", "share": 0.4},
    ]
    message = (
        "benefits, share: row 'mine/more': with those of other members makes 1.1, more than all"
    )

    assert errors(project("mine"), members=members, benefits=shares) == [message]


def test_a_juste_retour_without_benefits() -> None:
    row = policy("back", "juste_retour", 0.5, sense="least", member="fund")
    message = (
        "policies, member: row 'back': no project benefits 'fund': it may pay nothing (benefits)"
    )

    assert message in warnings(project("mine"), policies=[row])


def contract(**fields: Any) -> dict[str, Any]:
    """A price floor of the mine."""
    terms = {"id": "x", "project": "mine", "kind": "price_floor", "price_usd_per_t": 1000}
    return terms | fields


OLD = {"status": "operating", "capex_musd": 0}


@pytest.mark.parametrize(
    ("plant", "fields", "message"),
    [
        ({}, {"signing_year": 2030},
         "signing_year: row 'x': is for operating and committed projects; a candidate signs at its "
         "start"),
        (OLD, {}, "signing_year: row 'x': project 'mine' is operating: say when it can be signed"),
        (OLD, {"signing_year": 2040},
         "signing_year: row 'x': 2040 is outside the horizon 2030–2031"),
        ({}, {"tenor_years": 0}, "tenor_years: row 'x': is 0: the contract is never in force"),
        ({"main_material": None}, {},
         "project: row 'x': project 'mine' has no main_material whose price could be floored"),
        ({"offtake_share": 0.6}, {"kind": "offtake", "offtake_share": 0.5, "price_usd_per_t": 0},
         "offtake_share: row 'x': with offtake_share 0.6 of project 'mine' makes 1.1, more than "
         "all of the output"),
        ({}, {"project": "mien"},
         "project: row 'x': 'mien' is not in the table projects (did you mean mine?)"),
    ],
)  # fmt: skip
def test_contracts_that_are_refused(
    plant: dict[str, Any], fields: dict[str, Any], message: str
) -> None:
    assert errors(project("mine", **plant), contracts=[contract(**fields)]) == [
        f"contracts, {message}"
    ]


@pytest.mark.parametrize(
    ("plant", "fields", "message"),
    [
        ({}, {"price_usd_per_t": 0}, "price_usd_per_t: row 'x': is 0: the floor never pays"),
        ({}, {"take_share": 0.5}, "take_share: row 'x': price_floor does not use it; offtake does"),
        ({}, {"kind": "offtake"},
         "price_usd_per_t: row 'x': offtake does not use it; price_floor does"),
        ({}, {"kind": "offtake", "price_usd_per_t": 0},
         "offtake_share: row 'x': is 0: the alliance gets no more than without it"),
        ({"private_appetite": 0.5}, {"bankable": True},
         "bankable: row 'x': changes nothing: project 'mine' is bankable already"),
        (OLD, {"bankable": True, "signing_year": 2030},
         "bankable: row 'x': changes nothing: project 'mine' is operating, is bankable already and "
         "has no private appetite"),
    ],
)  # fmt: skip
def test_contracts_worth_a_look(
    plant: dict[str, Any], fields: dict[str, Any], message: str
) -> None:
    found = warnings(project("mine", **plant), contracts=[contract(**fields)])

    assert f"contracts, {message}" in found


def test_a_floor_needs_somebody_to_pay_and_a_price() -> None:
    """Ore is neither bought nor sold: only the floor reads its price."""
    tables: dict[str, Any] = {
        "prices": [
            {"material": "oxide", "year": year, "price_usd_per_t": 50_000} for year in (2030, 2031)
        ],
        "members": [],
        "segments": [{"id": "motors", "zone": "home", "material": "oxide"}],
    }
    old = project("mine", makes="ore", **OLD)

    assert errors(old, **tables) == []
    assert errors(old, **tables, contracts=[contract(signing_year=2030)]) == [
        "prices, year: material 'ore' has no row for 2030–2031; a price is needed because contract "
        "'x' floors it",
        "contracts, kind: row 'x': there is no member to pay for a price floor",
    ]


def test_nothing_crashes_where_the_horizon_is_empty() -> None:
    found = errors(
        project("mine", **OLD),
        settings={"last_year": 2020},
        contracts=[contract(signing_year=2030)],
        **paid(amount_million=1),
    )

    assert any("outside the horizon" in text for text in found)
