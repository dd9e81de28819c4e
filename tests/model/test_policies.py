"""Rules 5, 7 and 8: rows on the fund's money and on what is chosen."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.blocks.parameters import Parameters
from tests.support.deciding import decide, investment, slacks
from tests.support.factories import Plant, instance, policy, project, series

MEMBERS = [
    {"id": "jp", "burden_share": 0.25, "opening_cash_musd": 500},
    {"id": "us", "burden_share": 0.75, "opening_cash_musd": 500},
]
CONTRIBUTIONS = [
    *series("member", ["jp"], (2030, 2031), amount_musd=40),
    *series("member", ["us"], (2030, 2031), amount_musd=100),
]
"""At 25 % discount: jp's budget is 40 · 1.8 = 72, us' 180, together 252."""


def ruled(*plants: Plant, row: Any, **tables: Any) -> Any:
    """The first stage with one policy row, two members, and a discount rate of 25 %."""
    world = instance(
        *plants,
        settings={"discount_rate": 0.25},
        members=MEMBERS,
        contributions=CONTRIBUTIONS,
        segments=[{"id": "motors", "zone": "home", "material": "oxide"}],
        policies=[row],
        **tables,
    )
    return investment(world)


def granted(*starts: tuple[str, str, int]) -> dict[str, Any]:
    """Projects started with grants of 100 by one member each."""
    return {
        "started": {p: year for p, _, year in starts},
        "commit": {(p, "grant", member, year): 100 for p, member, year in starts},
    }


def test_rule_5_a_mandate_is_a_share_of_the_members_own_budget() -> None:
    """At least half of jp's 72 to refineries, in present value. us' 100 do not count; jp's 100 of
    2031 count 80: 36 are asked for."""
    row = policy(
        "refine", "money_share", 0.5, sense="least", member="jp", tag="kind", tag_value="refinery"
    )
    m = ruled(project("works", kind="refinery"), project("pit"), row=row)

    decide(m, **granted(("works", "us", 2030), ("pit", "jp", 2030)))
    assert m.mandates["refine"].slack() == pytest.approx(-36)
    decide(m, **granted(("works", "jp", 2031)))
    assert m.mandates["refine"].slack() == pytest.approx(80 - 36)
    assert len(m.exposure) == 0


def test_rule_5_years_bound_both_money_and_budget() -> None:
    """In 2031 alone the budget is 0.8 · 40 = 32, a quarter of it 8: a start in 2030 is free, one
    in 2031 is 80 − 8 too much."""
    m = ruled(project("pit"), row=policy("late", "money_share", 0.25, member="jp", first_year=2031))

    decide(m, **granted(("pit", "jp", 2030)))
    assert m.mandates["late"].slack() == pytest.approx(8)
    decide(m, **granted(("pit", "jp", 2031)))
    assert m.mandates["late"].slack() == pytest.approx(-72)


def test_rule_7_exposure_is_a_share_of_the_whole_budget() -> None:
    """A third of 252 is 84. 100 in China is 16 too much, whatever else is chosen: more projects
    elsewhere do not dilute it."""
    row = policy("outside", "money_share", 1 / 3, tag="outside")
    m = ruled(project("far", country="CHN"), project("near"), row=row)

    decide(m, **granted(("far", "us", 2030)))
    assert m.exposure["outside"].slack() == pytest.approx(-16)
    decide(m, **granted(("far", "us", 2030), ("near", "us", 2030)))
    assert m.exposure["outside"].slack() == pytest.approx(-16)


def test_rule_7_an_instrument_is_a_tag_of_money() -> None:
    """Half of 252 by loan at most: of 100 lent and 100 granted, 100 count."""
    row = policy("lent", "money_share", 0.5, tag="instrument", tag_value="loan")
    loan = {"id": "loan", "kind": "loan", "tenor_years": 1}
    m = ruled(
        project("a"), project("b"), row=row, instruments=[{"id": "grant", "kind": "grant"}, loan]
    )

    money = {("a", "loan", "us", 2030): 100, ("b", "grant", "us", 2030): 100}
    decide(m, started={"a": 2030, "b": 2030}, commit=money)

    assert m.exposure["lent"].slack() == pytest.approx(126 - 100)


def test_rule_7_counts_what_the_fund_starts() -> None:
    """At most one: two started with the fund are 1 too many. `alone` goes ahead in 2031 and is
    none of them, unless the fund starts it in 2030."""
    m = ruled(
        *(project(name) for name in "ab"),
        project("alone", goes_ahead_alone=2031),
        row=policy("few", "project_count", 1),
    )

    decide(m, started={"a": 2031, "alone": 2031})
    assert m.exposure["few"].slack() == 0
    decide(m, started={"a": 2031, "b": 2030, "alone": 2031})
    assert m.exposure["few"].slack() == -1
    decide(m, started={"a": 2031, "alone": 2030})
    assert m.exposure["few"].slack() == -1


PLANTS = (
    project("aus", owner="acme", kind="refinery"),
    project("chn", country="CHN", makes="ore"),
    project("bra", country="BRA", capex_musd=50),
)
TAGGED = {
    ("all", ""): {"aus", "chn", "bra"},
    ("country", "CHN"): {"chn"},
    ("bloc", "quad"): {"aus"},
    ("outside", ""): {"chn", "bra"},
    ("owner", "acme"): {"aus"},
    ("kind", "refinery"): {"aus"},
    ("stage", "extraction"): {"chn"},
    ("material", "oxide"): {"aus", "bra"},
    ("governance_below", "0"): {"chn", "bra"},
}


@pytest.mark.parametrize(("tag", "value"), TAGGED)
def test_rule_7_tags(tag: str, value: str) -> None:
    """An unknown governance (Brazil's, here) counts as below."""
    countries = [
        {"id": "AUS", "zone": "home", "alliance": True, "bloc": "quad", "governance": 1.5},
        {"id": "CHN", "zone": "abroad", "bloc": "other", "governance": -0.3},
        {"id": "BRA", "zone": "abroad"},
    ]
    row = policy("tagged", "project_count", 9, tag=tag, tag_value=value)
    q = Parameters(instance(*PLANTS, countries=countries, policies=[row]))

    assert {p for p, x in q.candidates.items() if q.tagged(row, x)} == TAGGED[tag, value]


SCORED = (
    project("good", capex_musd=100, e_score=90, certified=True),
    project("poor", capex_musd=50, e_score=40),
    project("unknown", capex_musd=10),
)


def test_rule_8_shortfall_adds_up_missing_points() -> None:
    """Target 60: good misses nothing, poor 20 · 50 = 1,000, unknown 60 · 10 = 600; the bound is
    5 · 252 = 1,260. Good projects do not make up for bad ones."""
    m = ruled(*SCORED, row=policy("gap", "esg_shortfall", 5, score="e", target=60))

    for names, slack in (
        (("poor",), 260),
        (("good", "poor"), 260),
        (("good", "poor", "unknown"), -340),
    ):
        decide(m, started=dict.fromkeys(names, 2031))
        assert m.esg["gap"].slack() == pytest.approx(slack)


def test_rule_8_a_mean_is_open_to_dilution() -> None:
    """Mean of 60 by capex: poor is 20 · 50 = 1,000 under it, good 30 · 100 = 3,000 over it."""
    m = ruled(*SCORED, row=policy("mean", "esg_mean", 60, sense="least", score="e"))

    decide(m, started={"poor": 2030})
    assert m.esg["mean"].slack() == -1000
    decide(m, started={"poor": 2030, "good": 2030})
    assert m.esg["mean"].slack() == 2000


def test_rule_8_uncertified_projects_take_a_share_of_the_budget() -> None:
    """0.1 · 252 = 25.2: unknown's 10 pass, poor's 50 do not; good is certified."""
    m = ruled(*SCORED, row=policy("bare", "uncertified_share", 0.1))

    decide(m, started={"good": 2030, "unknown": 2030})
    assert m.esg["bare"].slack() == pytest.approx(15.2)
    decide(m, started={"poor": 2030})
    assert m.esg["bare"].slack() == pytest.approx(-24.8)


@pytest.mark.parametrize(
    ("kind", "sense", "value", "slack"),
    [
        ("attribute_sum", "most", 60, 10),
        ("attribute_sum", "least", 60, -10),
        ("attribute_mean", "least", 40, 50 * (30 - 40) + 100 * (20 - 40)),
        ("attribute_mean", "most", 40, 50 * (40 - 30) + 100 * (40 - 20)),
    ],
)
def test_rule_8_attributes(kind: str, sense: str, value: float, slack: float) -> None:
    """poor brings 30 jobs for 50 M$, good 20 for 100: 50 jobs; the mean weighs by M$."""
    jobs = [
        {"project": "poor", "attribute": "jobs", "value": 30},
        {"project": "good", "attribute": "jobs", "value": 20},
        {"project": "good", "attribute": "land", "value": 999},
    ]
    m = ruled(
        *SCORED, row=policy("jobs", kind, value, sense=sense, attribute="jobs"), attributes=jobs
    )

    decide(m, started={"poor": 2031, "good": 2030})

    assert m.esg["jobs"].slack() == pytest.approx(slack)


def test_rule_8_counts_what_the_fund_starts() -> None:
    """30 jobs are asked for. What goes ahead alone in 2031 brings none; started in 2030 it does."""
    m = ruled(
        project("alone", goes_ahead_alone=2031),
        row=policy("jobs", "attribute_sum", 30, sense="least", attribute="jobs"),
        attributes=[{"project": "alone", "attribute": "jobs", "value": 30}],
    )

    decide(m, started={"alone": 2031})
    assert m.esg["jobs"].slack() == -30
    decide(m, started={"alone": 2030})
    assert m.esg["jobs"].slack() == 0


def test_rows_that_are_off_or_empty() -> None:
    """A row that is switched off is none. One that no project enters is still a row: at least one
    refinery cannot be had, and that must show."""
    off = policy("off", "project_count", 0, enabled=False)
    none = policy("none", "project_count", 1, sense="least", tag="kind", tag_value="refinery")
    m = investment(instance(project("pit"), policies=[off, none]))

    assert slacks(m.exposure) == {"none": -1}
