"""Royalties: what they return in rows and plans, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.instance.validation import contradictions
from optimizer.plan.legend import legend_of
from optimizer.presentation.report import plain, report
from tests.support.deciding import decide, investment, missed, slacks
from tests.support.factories import errors, instance, project, series, warnings
from tests.support.hand_royalties import CRITERIA, PLANNED, hand_instance, hand_plan
from tests.support.inprocess import solve_here
from tests.support.small_plans import broken

GRANT = {"id": "grant", "kind": "grant"}
NSR = {"id": "nsr", "kind": "royalty", "royalty_share": 0.2, "tenor_years": 5}
PER_TONNE = {"id": "per_t", "kind": "royalty", "royalty_usd_per_t": 8_000, "tenor_years": 5}


def test_rule_4_a_royalty_follows_output_and_price() -> None:
    """The plan of `hand_royalties`: its money satisfies rules 3 and 4 as the model writes them, and
    costs what the hand says."""
    m = investment(hand_instance())
    given = {name: {tuple(row[:-1]): row[-1] for row in PLANNED[name]} for name in ("cash",)}
    commit = {tuple(row[:-1]): row[-1] for row in PLANNED["commitments"]}
    decide(m, started={"works": 2030, "smelter": 2032}, commit=commit, **given)

    assert list(slacks(m.fund).values()) == pytest.approx([0.0] * 8)
    assert missed(m) == set()
    for name in ("expected_cost", "fund_cost", "public_capital", "treasury_cost"):
        assert m.criterion[name].expr() == pytest.approx(CRITERIA[name])


def test_rule_4_no_royalty_is_expected_before_the_output_or_after_the_tenor() -> None:
    """1,000 t a year from 2032 on at 8,000 USD/t for two years: 8 M$ in 2032 and 2033, 0 before and
    after; 25 of 100 have bought a quarter of them."""
    world = instance(
        project("salar", build_years=2),
        years=(2030, 2035),
        instruments=[GRANT, PER_TONNE | {"tenor_years": 2}],
    )
    m = investment(world)
    money = {("salar", "per_t", "fund", 2030): 25, ("salar", "grant", "fund", 2030): 75}
    left = dict(zip(range(2030, 2036), (950, 900, 902, 904, 904, 904), strict=True))
    cash = {("fund", year): amount for year, amount in left.items()}

    decide(m, started={"salar": 2030}, commit=money, cash=cash)
    assert list(slacks(m.fund).values()) == pytest.approx([0.0] * 6)
    decide(m, started={"salar": 2030}, commit=money, cash=cash | {("fund", 2031): 902})
    assert slacks(m.fund)["fund", 2031] == pytest.approx(-2)


@pytest.mark.parametrize(
    ("terms", "back"),
    [
        (PER_TONNE, (0, 1.6, 3.2, 3.2)),
        (PER_TONNE | {"tenor_years": 2}, (0, 1.6, 3.2, 0)),
        (NSR, (0, 2.0, 4.0, 4.0)),
        (NSR | {"tenor_years": 1}, (0, 2.0, 0, 0)),
    ],
)
def test_rule_4_the_checker_expects_royalties(
    terms: dict[str, Any], back: tuple[float, ...]
) -> None:
    """100 of 100 in 2030, built in a year, half of 1 kt in its first year of output, success 0.4:
    8 M$ of 8,000 USD/t, or 0.2 of 50 M$, times 0.4 and the ramp."""
    years = (2030, 2031, 2032, 2033)
    plant = project("salar", build_years=1, ramp=(0.5, 1.0), success_probability=0.4)
    world = instance(plant, years=years, instruments=[terms])
    cash, left = [], 900.0
    for year, returned in zip(years, back, strict=True):
        left += returned
        cash.append(("fund", year, left))
    money = {
        "choice": [("salar", 2030, False)],
        "commitments": [("salar", terms["id"], "fund", 2030, 100.0)],
    }

    assert broken(world, **money, cash=cash) == set()
    early = [("fund", 2030, 901.0), *cash[1:]]
    assert broken(world, **money, cash=early) == {"4 fund"}


@pytest.mark.parametrize(
    ("cash", "latest", "found"),
    [(110.0, 2031, True), (109.0, 2031, False), (105.0, 2032, True), (104.0, 2032, False)],
)
def test_what_a_royalty_returns_is_spent_again(cash: float, latest: int, *, found: bool) -> None:
    """The fund pays all 60 of a mine in 2030 for 0.1 of its revenue, 0.1 · 50 = 5 M$ in 2030 and
    in each year after it, and must grant 60 to works: in 2031 it has its cash − 60 + 10, in 2032
    5 more."""
    works = {"earliest_start": 2031, "latest_start": latest, "instruments": ("grant",)}
    case = instance(
        project("mine", capex_musd=60, locked="in", latest_start=2030, instruments=("nsr",)),
        project("works", kind="refinery", capex_musd=60, locked="in", **works),
        years=(2030, 2032),
        members=[{"id": "fund", "burden_share": 1.0, "opening_cash_musd": cash}],
        instruments=[GRANT, NSR | {"royalty_share": 0.1}],
    )

    assert solve_here(case).found == found
    assert not (found and contradictions(case))


@pytest.mark.parametrize(("share", "chosen"), [(0.2, True), (0.05, False)])
def test_a_royalty_makes_a_plant_outside_cheaper(share: float, *, chosen: bool) -> None:
    """A mine in CHN, 110, sells us 1 kt in two years at the market price; without it demand goes
    short at 100,000 USD/t, 50,000 more than buying, so it saves 100. A royalty of 0.2 of 50 M$ in
    each year gives back 20: 90 are worth paying for 100. One of 0.05 gives back 5: 105 are not."""
    nothing = series("supplier", ["chn"], (2030, 2031), limit_t_per_year=0)
    case = instance(
        project("mine", country="CHN", capex_musd=110),
        supply_limits=nothing,
        tranches=[{"segment": "motors", "tranche": 1, "share": 1.0, "cost_usd_per_t": 100_000}],
        instruments=[NSR | {"royalty_share": share, "tenor_years": 2}],
    )
    plan = solve_here(case)

    assert [p for p, _ in plan.chosen] == ["mine"] * chosen
    assert plan.criteria["expected_cost"] == pytest.approx(190.0 if chosen else 200.0)
    assert plan.criteria["fund_cost"] == pytest.approx(90.0 if chosen else 0.0, abs=1e-6)


def test_the_report_names_what_comes_back() -> None:
    """The plan of `hand_royalties` within the horizon: 3.779 of the works, 0.784 of the smelter to
    au and 1.152 to de."""
    plan, world = hand_plan(), hand_instance()
    text = " ".join(plain(report(plan, world)).split())

    assert legend_of(world, {"works"}).instruments["quarter"] == "royalty"
    assert "140 M$ from the fund" in text
    assert "cost grant per_tonne quarter private" in text
    assert "Expected back until the last year: 5.71 M$ of royalties." in text


ONE_BASIS = "instruments, royalty_share: row 'nsr': has "


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"royalty_share": 0},
         ONE_BASIS + "no basis: fill this, a share of revenue, or royalty_usd_per_t"),
        ({"royalty_usd_per_t": 5},
         ONE_BASIS + "two bases: leave this or royalty_usd_per_t empty"),
        ({"tenor_years": 0},
         "instruments, tenor_years: row 'nsr': is 0 or empty: say for how many years from the first"
         " output on it is paid; as long as the plant's life, or longer, is all of it"),
    ],
)  # fmt: skip
def test_a_royalty_has_one_basis_and_some_years(fields: dict[str, Any], message: str) -> None:
    assert errors(project("mine"), instruments=[GRANT, NSR | fields]) == [message]


@pytest.mark.parametrize("fields", [{"royalty_share": 1.5}, {"royalty_usd_per_t": -1.0}])
def test_odd_rates_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"less than or equal to 1|greater than or equal to 0"):
        instance(project("mine"), instruments=[GRANT, NSR | fields])


LINE = [{"id": "c", "capacity_t_per_year": 100.0}]
WITHOUT = {
    "rail": (project("rail", kind="infrastructure", makes=None, corridor="c"),
             "what is of the kind infrastructure has no output that pays a royalty"),
    "spare": (project("spare", standby=True), "a standby plant has no output in a nominal year"),
    "none": (project("none", offtake_share=0),
             "the alliance has none of its output: see capacity_t_per_year and offtake_share"),
    "odd": (project("odd", main_material=None),
            "it has no main_material whose output pays a royalty"),
}  # fmt: skip


def test_what_has_no_output_pays_no_royalty_and_all_are_told_at_once() -> None:
    plants = [plant for plant, _ in WITHOUT.values()]
    found = errors(*plants, instruments=[GRANT, NSR], corridors=LINE)

    assert found == [
        f"projects, instruments: row '{name}': admits 'nsr', but {why}; list the instruments that "
        f"may finance it, without it"
        for name, (_, why) in sorted(WITHOUT.items())
    ]
    listing = [x._replace(project=x.project.replaced(instruments=("grant",))) for x in plants]
    assert errors(*listing, instruments=[GRANT, NSR], corridors=LINE) == []


def test_a_share_of_nothing_is_no_royalty() -> None:
    """Ore at a price of 0 earns nothing to share; so much per tonne it can pay all the same."""
    free = {"prices": series("material", ["ore", "oxide"], (2030, 2031), price_usd_per_t=0)}
    found = errors(project("pit", makes="ore"), instruments=[NSR, PER_TONNE], **free)

    assert found == [
        "projects, instruments: row 'pit': admits 'nsr', but its main material 'ore' earns nothing:"
        " its price is 0; list the instruments that may finance it, without it"
    ]


def test_a_share_needs_a_price_every_year() -> None:
    prices = series("material", ["oxide"], (2030, 2031), price_usd_per_t=50_000)
    pit = project("pit", makes="ore")

    (found,) = errors(pit, instruments=[NSR], prices=prices[:2])
    assert found.startswith("prices, year: material 'ore' has no row for 2030–2031; a price is")
    assert "because royalty 'nsr' takes a share of what it earns" in found
    assert errors(pit, instruments=[PER_TONNE], prices=prices) == []


def test_a_royalty_of_a_hundred_times_the_cost_is_a_slip_of_unit() -> None:
    """50,000 USD/t · 0.2 · 1,000 t are 10 M$ a year, 100 times 0.1 M$."""
    assert errors(project("mine", capex_musd=0.1), instruments=[NSR]) == []
    (found,) = errors(project("mine", capex_musd=0.09), instruments=[NSR])
    assert found.startswith("projects, capex_musd: row 'mine': 0.09 MUSD is less than a hundredth")


@pytest.mark.parametrize(
    ("opex", "share", "warned"), [(39_000, 1.0, False), (41_000, 1.0, True), (41_000, 0.5, False)]
)
def test_a_royalty_beyond_the_margin_is_worth_a_look(
    opex: float, share: float, *, warned: bool
) -> None:
    """A tonne earns 50,000 and costs 39,000 or 41,000; 0.2 of 50,000 are 10,000, half 5,000."""
    mine = project("mine", recipe={"opex_usd_per_t": opex})
    found = warnings(mine, instruments=[GRANT, NSR | {"largest_share": share}])

    assert any("takes more than the project's nominal margin" in text for text in found) == warned
