"""Ready-made policies, against the law that states them."""

from __future__ import annotations

import pytest

from optimizer import InvalidInstance, OptimizerError, crma_benchmarks
from optimizer.instance.records import Country
from tests.support.factories import instance, policy, project, world
from tests.support.inprocess import solve_here

PENALTY = 5_000.0
COUNTRIES = [
    {"id": "FRA", "zone": "home", "alliance": True, "bloc": "eu"},
    {"id": "AUS", "zone": "home", "alliance": True, "bloc": "quad"},
    {"id": "CHN", "zone": "abroad", "bloc": "other"},
    {"id": "MYS", "zone": "abroad", "bloc": "other"},
]


def test_the_benchmarks_are_those_of_article_5() -> None:
    """Regulation (EU) 2024/1252, Article 5(1): (a) capacity for at least 10 % of annual consumption
    at extraction, 40 % at processing, 25 % at recycling; (b) not more than 65 % of consumption at
    any relevant stage from a single third country; by 2030. Malaysia has nothing to supply, and
    oxide is the last stage here."""
    case = crma_benchmarks(instance(years=(2028, 2032)), ["Nd"], PENALTY)
    rows = {row.id: row for row in case.policies}

    assert {name: (row.kind, row.value) for name, row in rows.items()} == {
        "crma.Nd.extraction": ("stage_share", 0.10),
        "crma.Nd.processing": ("stage_share", 0.40),
        "crma.Nd.scrap": ("stage_share", 0.25),
        "crma.Nd.extraction.CHN": ("country_share", 0.65),
        "crma.Nd.processing.CHN": ("country_share", 0.65),
    }
    assert {(row.first_year, row.hard, row.penalty_usd_per_t) for row in rows.values()} == {
        (2030, False, PENALTY)
    }
    assert rows["crma.Nd.scrap"].stage == "scrap"
    assert {row.tag for row in rows.values() if row.kind == "stage_share"} == {"inside"}


def test_the_rest_of_the_world_is_no_single_third_country() -> None:
    """XRW stands for many; XKX, left to its users as well, is Kosovo by custom."""
    codes = {"CHN": False, "XRW": True, "XKX": False, "QMZ": True, "XAB": True, "QLZ": False}

    found = {code: Country(id=code, zone="z").several for code in codes}

    assert found == codes


def test_benchmarks_of_a_bloc_take_the_rest_of_the_alliance_as_third_countries() -> None:
    """For the EU a mine in Australia is no capacity, and Australia a third country."""
    case = crma_benchmarks(
        instance(project("mine"), countries=COUNTRIES), ["Nd"], PENALTY, bloc="eu"
    )
    rows = {row.id: row for row in case.policies}

    assert {row.country for row in rows.values()} == {None, "AUS", "CHN"}
    assert rows["crma.Nd.processing"].tag_value == "eu"


def test_benchmarks_are_met_late_at_a_price() -> None:
    """Everything is bought of China: of 1 kt, 0.35 are beyond its 65 % and 0.4 of capacity at
    processing are missing, the same at scrap and extraction: in content of ore 1 kt, 0.35 beyond,
    0.1 and 0.25 missing. 1.45 kt at 5 M$ a kt in 2030 and 2031."""
    case = crma_benchmarks(instance(), ["Nd"], PENALTY)
    plan = solve_here(case)

    assert plan.criteria["policy_penalty"] == pytest.approx(
        2 * 5 * (0.35 + 0.35 + 0.4 + 0.1 + 0.25)
    )
    assert plan.certificate is not None
    assert plan.certificate.ok


def test_a_mine_at_home_earns_what_the_benchmarks_cost() -> None:
    """It works at the price of the imports, so only the penalties of processing and extraction
    speak for its 5: 0.5 kt of content at both stages leave the 0.25 of recycling alone."""
    mine = project("mine", capacity_t_per_year=500, capex_musd=5, life_years=2,
                   recipe={"opex_usd_per_t": 50_000})  # fmt: skip

    assert solve_here(instance(mine)).chosen == []
    plan = solve_here(crma_benchmarks(instance(mine), ["Nd"], PENALTY))
    assert plan.chosen == [("mine", 2030)]
    assert plan.criteria["policy_penalty"] == pytest.approx(2 * 5 * 0.25)


def test_benchmarks_twice_are_once_and_keep_what_is_there() -> None:
    own = policy("crma.Nd.scrap", "stage_share", 0.1, sense="least", element="Nd", stage="scrap")
    once = crma_benchmarks(instance(policies=[own]), ["Nd", "Nd"], PENALTY)

    assert crma_benchmarks(once, ["Nd"], PENALTY) == once
    assert next(row for row in once.policies if row.id == own.id) == own


def test_benchmarks_that_make_no_sense() -> None:
    with pytest.raises(OptimizerError, match="begin in 2030, after 2029"):
        crma_benchmarks(instance(years=(2028, 2029)), ["Nd"], PENALTY)
    with pytest.raises(OptimizerError, match="no material contains 'Dy'"):
        crma_benchmarks(instance(), ["Dy"], PENALTY)
    with pytest.raises(InvalidInstance, match="a soft row needs a penalty above 0"):
        crma_benchmarks(instance(), ["Nd"], 0)
    with pytest.raises(InvalidInstance, match="nothing has the bloc 'eu'"):
        crma_benchmarks(instance(countries=world()["countries"]), ["Nd"], PENALTY, bloc="eu")
