"""Criteria: what the first stage and a year of operation cost."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.blocks.accounts import remaining_cost
from optimizer.blocks.parameters import Parameters
from tests.support.deciding import a_year, decide, investment
from tests.support.factories import instance, project, series, world

CHINESE = {"country": "CHN", "capex_musd": 100, "success_probability": 0.5}


def cost(m: Any) -> float:
    return float(m.criterion["expected_cost"].expr())


def test_building_costs_capex_less_what_outlives_the_horizon() -> None:
    """At 25 %: 100 of 2030, half paid in 2031: 50 + 40 = 90. It runs from 2031 to 2034, weighing
    0.8, 0.64, 0.512, 0.4096, and the horizon ends in 2032: 0.9216 of 2.3616 outlive it."""
    m = investment(
        instance(
            project("works", build_years=1, life_years=4, capex_profile=(0.5, 0.5)),
            years=(2030, 2032),
            settings={"discount_rate": 0.25},
        )
    )

    decide(m, started={"works": 2030})

    assert cost(m) == pytest.approx(90 * (1 - 0.9216 / 2.3616))


def test_private_money_is_not_free() -> None:
    """The building cost counts whoever pays it, and 40 of private money cost 0.2 · 40 more."""
    m = investment(instance(project("works", life_years=2, private_premium=0.2)))

    decide(m, started={"works": 2030})
    assert cost(m) == pytest.approx(100)
    decide(m, started={"works": 2030}, private={("works", 2030): 40})
    assert cost(m) == pytest.approx(108)


def test_a_plant_outside_costs_what_the_fund_pays() -> None:
    """Of 100 the fund lends 60 for a year without interest, and gets half of it back, as the plant
    succeeds in one case of two: 30. The private 40 are not the alliance's."""
    loan = {"id": "loan", "kind": "loan", "tenor_years": 1}
    m = investment(instance(project("far", **CHINESE), instruments=[loan]))

    decide(
        m,
        started={"far": 2030},
        commit={("far", "loan", "fund", 2030): 60},
        private={("far", 2030): 40},
    )

    assert cost(m) == pytest.approx(30)
    assert m.criterion["fund_cost"].expr() == pytest.approx(30)
    assert m.criterion["public_capital"].expr() == 60
    assert m.criterion["private_capital"].expr() == 40


def test_what_goes_ahead_alone_is_paid_but_not_chosen() -> None:
    """Its building cost is the alliance's all the same; its strategic value is not the fund's."""
    m = investment(
        instance(
            project("alone", goes_ahead_alone=2031, life_years=1, strategic_value=7),
            attributes=[{"project": "alone", "attribute": "jobs", "value": 30}],
        )
    )

    decide(m, started={"alone": 2031}, private={("alone", 2031): 100})
    values = {name: m.criterion[name].expr for name in ("strategic_value", "attribute.jobs")}
    assert cost(m) == pytest.approx(100)
    assert [float(value()) for value in values.values()] == [0, 0]
    decide(m, started={"alone": 2030}, private={("alone", 2030): 100})
    assert [float(value()) for value in values.values()] == [7, 30]


@pytest.mark.parametrize(("online", "expected"), [(2032, 10 + 8), (2031, 20), (2030, 20)])
def test_committed_plants_still_cost_what_remains(online: int, expected: float) -> None:
    """20 in equal parts from 2030 to the year before it is online, at least one year, at 25 %."""
    plant = project(
        "kiln", status="committed", capex_musd=20, capex_kind="remaining", online_year=online
    )
    world = instance(plant, years=(2030, 2032), settings={"discount_rate": 0.25})

    assert remaining_cost(Parameters(world)) == pytest.approx(expected)


def account(m: Any, kind: str, of: str = "") -> float:
    expression = m.account[kind, of].expr
    return float(expression() if callable(expression) else expression)


def test_operation_is_paid_inside_and_traded_outside() -> None:
    """Inside: 0.5 kt at 2,000 USD/t are 1 M$, and 3 t CO2e a tonne at 100 USD/t are 0.15 M$. A
    plant outside makes 0.4 oxide from 0.8 ore: the alliance buys the one and supplies the other."""
    recipe = {"opex_usd_per_t": 2000, "carbon_t_per_t": 3}
    m = a_year(
        instance(
            project("works", recipe=recipe),
            project("far", country="CHN", uses={"ore": 2}, recipe=recipe),
            project("pit", makes="ore", country="CHN"),
            settings={"carbon_price_usd_per_t": 100},
        )
    )

    decide(m, activity={("works", "main"): 0.5, ("far", "main"): 0.4})

    assert account(m, "opex") == pytest.approx(1.0)
    assert account(m, "carbon_cost") == pytest.approx(0.15)
    assert account(m, "carbon") == pytest.approx(2.7)
    assert account(m, "market", "oxide") == pytest.approx(0.4)
    assert account(m, "market", "ore") == pytest.approx(-0.8)


def test_trade_and_shortage_have_their_accounts() -> None:
    """0.5 kt bought at 1.2 times the price and 1,000 USD/t; shipped at 200; 0.1 sold at half the
    price; 0.2 thrown away at 3,000 USD/t; 0.3 short at 500,000 USD/t. Tariffs are not counted."""
    base = world()
    m = a_year(
        instance(
            suppliers=[base["suppliers"][0] | {"price_factor": 1.2, "price_extra_usd_per_t": 1000}],
            routes=[base["routes"][0] | {"freight_usd_per_t": 200, "tariff_share": 0.25}],
            materials=[
                base["materials"][0],
                base["materials"][1] | {"disposal_cost_usd_per_t": 3000},
            ],
            sales=[
                {"zone": "home", "material": "oxide", "price_share": 0.5, "limit_t_per_year": 200}
            ],
        )
    )

    decide(
        m,
        purchase={"chn": 0.5},
        flow={("abroad", "home", "oxide"): 0.5},
        sold={("home", "oxide"): 0.1},
        disposed={("home", "oxide"): 0.2},
        short={("motors", 1): 0.3},
    )

    assert account(m, "market", "oxide") == pytest.approx(1.2 * 0.5 - 0.5 * 0.1)
    assert account(m, "extra") == pytest.approx(0.5)
    assert account(m, "freight") == pytest.approx(0.1)
    assert account(m, "disposal") == pytest.approx(0.6)
    assert account(m, "shortage") == pytest.approx(150)
    assert account(m, "short_kt") == pytest.approx(0.3)


def test_scrap_is_paid_where_it_is_collected() -> None:
    """An account of its own at every node, because its price is the node's."""
    scrap = {"id": "scrap", "chain": "rare", "stage": "scrap"}
    years = (2030, 2031)
    arising = {"zone": "home", "material": "scrap", "collection_rate": 0.5}
    m = a_year(
        instance(
            materials=[*world()["materials"], scrap],
            arisings=[arising | {"year": year, "arisings_t_per_year": 300} for year in years],
            prices=series("material", ["ore", "oxide", "scrap"], years, price_usd_per_t=50_000),
        )
    )

    decide(m, collected={("home", "scrap"): 0.15})

    assert account(m, "collected", "home/scrap") == pytest.approx(0.15)
