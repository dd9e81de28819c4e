"""Events of the past, replayed in an instance's own years, and losses of two suppliers."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from optimizer import HistoricEvent, n_minus_2, replay
from optimizer.blocks.worlds import Worlds
from optimizer.errors import InvalidInstance, OptimizerError
from tests.model.test_survival import suppliers
from tests.support.factories import instance, project, scenario, shock, world
from tests.support.inprocess import solve_here

QUOTA = HistoricEvent(
    kind="export_quota", country="CHN", material="oxide", effect_share=0.4, start_months=6,
    months=60,
)  # fmt: skip
EMBARGO = HistoricEvent(
    kind="embargo", country="CHN", destination="japan", effect_share=1, start_months=8, months=2
)

JAPAN: dict[str, Any] = {
    "zones": [*world()["zones"], {"id": "japan"}],
    "routes": [
        world()["routes"][0] | {"capacity_t_per_year": 600},
        {
            "origin": "abroad",
            "destination": "japan",
            "material": "oxide",
            "capacity_t_per_year": 600,
        },
    ],
    "segments": [
        *world()["segments"],
        {"id": "cars", "zone": "japan", "material": "oxide"},
    ],
}


@pytest.mark.parametrize(
    ("kind", "effect", "start", "months", "factors"),
    [
        ("export_quota", 0.4, 6, 12, {0: 0.8, 1: 0.8}),
        ("export_quota", 0.4, 6, 30, {0: 0.8, 1: 0.6, 2: 0.6}),
        ("export_ban", 1.0, 0, 3, {0: 0.75}),
        ("embargo", 1.0, 8, 2, {0: 10 / 12}),
        ("embargo", 1.0, 23, 2, {1: 11 / 12, 2: 11 / 12}),
        ("export_tax", 0.3, 6, 6, {0: 0.15}),
        ("price", 2.0, 12, 6, {1: 2.0}),
        ("price", -0.5, 0, 24, {0: 0.5, 1: 0.5}),
    ],
)
def test_a_factor_is_the_mean_of_the_months_of_its_year(
    kind: Any, effect: float, start: int, months: int, factors: dict[int, float]
) -> None:
    event = HistoricEvent(
        kind=kind,
        country="CHN",
        destination="japan" if kind == "embargo" else None,
        effect_share=effect,
        start_months=start,
        months=months,
    )

    assert {year: event.factor(year) for year in event.years()} == pytest.approx(factors)


def test_the_rare_earth_crisis_of_2010_again() -> None:
    """From 2030 on: quotas 40 % lower from July, which leaves 0.8 of the year and 0.6 of the next,
    and in September and October nothing for Japan, which leaves 10/12 of its route. The embargo is
    over in 2031. What was certain now has nine chances in ten."""
    case = replay(instance(**JAPAN), [QUOTA, EMBARGO], 2030, 0.1, "crisis")
    worlds = Worlds.of(case)

    assert [(s.id, s.probability) for s in case.scenarios] == [
        ("crisis", pytest.approx(0.1)),
        ("nominal", pytest.approx(0.9)),
    ]
    assert {s.id: s.factor for s in case.shocks} == pytest.approx(
        {"crisis.1.2030": 0.8, "crisis.1.2031": 0.6, "crisis.2.2030": 10 / 12}
    )
    assert worlds.blocks[2:] == [("crisis", 2030), ("crisis", 2031)]
    assert worlds.supply_limit[2:, 0].tolist() == pytest.approx([0.8, 0.6])
    assert list(worlds.net.routes)[1] == ("abroad", "japan", "oxide")
    assert worlds.route_limit[2:].tolist() == [
        pytest.approx([0.6, 0.5]),
        pytest.approx([0.6, 0.6]),
    ]
    assert worlds.frame.emergency.tolist() == [False, False, True, True]


def test_a_replay_changes_the_plan() -> None:
    """A mine for 200, half of which outlives the horizon at a start in 2031, saves 50 a year: 100
    for 200, or 50 for 100. With a ban in 2031, at one half, it saves 25 + 250 then: it is started
    in 2031, after a year of imports."""
    mine = project("mine", capex_musd=200, life_years=2)
    ban = HistoricEvent(kind="export_ban", country="CHN", effect_share=1, start_months=12,
                        months=12)  # fmt: skip

    assert solve_here(instance(mine)).chosen == []
    plan = solve_here(replay(instance(mine), [ban], 2030, 0.5))
    assert plan.chosen == [("mine", 2031)]
    assert plan.proof.objective == pytest.approx(50 + 100)


def test_a_second_replay_keeps_the_proportions() -> None:
    """Of 0.6 and 0.4 a half is 0.3 and 0.2."""
    shocks = [shock("boom", "demand", 2, (2031, 2031))]
    case = instance(
        scenarios=[scenario("nominal", 0.6, nominal=True), scenario("boom", 0.4)], shocks=shocks
    )

    again = replay(case, [QUOTA], 2031, 0.5)

    assert {s.id: s.probability for s in again.scenarios} == pytest.approx(
        {"boom": 0.2, "nominal": 0.3, "replay": 0.5}
    )
    assert [s.id for s in again.shocks] == ["boom-demand", "replay.1.2031"]


def test_the_price_of_a_country_is_everybodys() -> None:
    """A price event names who moved it; the shock is on the material."""
    rise = HistoricEvent(kind="price", country="CHN", material="oxide", effect_share=1, months=24)
    case = replay(instance(), [rise], 2030, 0.5)

    assert {(s.kind, s.country, s.factor) for s in case.shocks} == {("price", None, 2.0)}


def test_replays_that_make_no_sense() -> None:
    """Years beyond the horizon, no probability, a country that is not there, a route without end,
    a name that is taken."""
    with pytest.raises(OptimizerError, match="no event from 2040 on falls within 2030–2031"):
        replay(instance(), [QUOTA], 2040, 0.1)
    with pytest.raises(OptimizerError, match=r"1\.5 is not within 0 to 1"):
        replay(instance(), [QUOTA], 2030, 1.5)
    with pytest.raises(InvalidInstance, match="'COD' is not in the table countries"):
        replay(instance(), [QUOTA.replaced(country="COD")], 2030, 0.1)
    with pytest.raises(InvalidInstance, match="give the route a capacity"):
        replay(instance(), [EMBARGO.replaced(destination="home")], 2030, 0.1)
    with pytest.raises(InvalidInstance, match="a key must be unique"):
        replay(instance(), [QUOTA], 2030, 0.1, "nominal")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "embargo", "effect_share": 1}, "needs the destination"),
        ({"kind": "export_ban", "country": None, "effect_share": 1}, "needs the country"),
        ({"kind": "export_quota", "effect_share": -0.4}, "0 or more"),
        ({"kind": "export_quota", "effect_share": 40}, "0 to 1"),
        ({"kind": "price", "effect_share": 2, "months": 0}, "greater than or equal to 1"),
    ],
)
def test_events_that_make_no_sense(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HistoricEvent.model_validate({"country": "CHN", "months": 6} | fields)


def test_n_minus_2_loses_the_two_largest_and_asks_nothing() -> None:
    """Malaysia with 1,200 and China with 1,000, not Vietnam with 500 nor Australia inside. Home
    wants 1,000, of which Vietnam's 500 are left: that is told, and costs nothing."""
    tables = suppliers(AUS=0, CHN=1000, MYS=1200, VNM=500)
    before = instance(years=(2030, 2031), **tables)

    case = n_minus_2(before)

    added = [row for row in case.scenarios if not row.nominal]
    assert [(row.id, row.name, row.probability, row.must_survive) for row in added] == [
        ("n-2.oxide", "MYS and CHN deliver no oxide", 0.0, False)
    ]
    assert [(row.id, row.country) for row in case.shocks] == [
        ("n-2.oxide.CHN", "CHN"),
        ("n-2.oxide.MYS", "MYS"),
    ]
    plan, short = solve_here(case), solve_here(case).tables.short
    assert plan.proof.objective == solve_here(before).proof.objective
    assert short[["scenario", "year", "kt"]].values.tolist() == [
        ["n-2.oxide", 2030, pytest.approx(0.5)],
        ["n-2.oxide", 2031, pytest.approx(0.5)],
    ]
    assert n_minus_2(case) == case


def test_n_minus_2_needs_two_countries() -> None:
    case = instance()

    assert n_minus_2(case) == case
    assert n_minus_2(case, ["nothing"]) == case
