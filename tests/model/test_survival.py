"""What must be survived: rule 19, and the scenarios that lose the largest supplier."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import check, n_minus_1
from optimizer.blocks.worlds import Worlds
from tests.support.deciding import a_year, decide
from tests.support.factories import instance, policy, project, scenario, series, shock, warnings
from tests.support.inprocess import optimum, solve_here


def threatened(*plants: Any, years: tuple[int, int] = (2030, 2031), **tables: Any) -> Any:
    """China sells no oxide in 2031 if there is an embargo, which never comes but must be
    survived."""
    return instance(
        *plants,
        years=years,
        scenarios=[
            scenario("nominal", 1.0, nominal=True),
            scenario("gone", 0.0, must_survive=True),
        ],
        shocks=[shock("gone", "supply", 0, (2031, 2031), country="CHN")],
        **tables,
    )


def lights_on(value: float, **fields: Any) -> Any:
    return policy("lights_on", "must_survive", value, **fields)


def test_rule_19_wants_the_service_level_where_the_marked_scenario_is_operated() -> None:
    """1 kt wanted, 0.3 may be missing: in 2030, which is undisturbed, in the nominal block, and in
    2031 in the block of the embargo, but not in the nominal 2031."""
    worlds = Worlds.of(threatened(project("mine"), policies=[lights_on(0.3)]))

    assert worlds.blocks == [("nominal", 2030), ("nominal", 2031), ("gone", 2031)]
    assert worlds.most_short[:, 0].tolist() == pytest.approx([0.3, np.inf, 0.3])


def test_rule_19_counts_every_tranche_of_the_segment() -> None:
    """0.25 and 0.15 missing in two tranches are 0.4, of 0.3 granted."""
    tranches = [
        {"segment": "motors", "tranche": 1, "share": 0.25, "cost_usd_per_t": 100_000},
        {"segment": "motors", "tranche": 2, "share": 0.75, "cost_usd_per_t": 500_000},
    ]
    case = threatened(project("mine"), policies=[lights_on(0.3)], tranches=tranches)
    m = a_year(case, block=2)

    decide(m, short={("motors", 1): 0.25, ("motors", 2): 0.15})

    assert m.must_survive["lights_on", "motors"].slack() == pytest.approx(-0.1)


def test_rule_19_builds_what_no_expected_cost_would() -> None:
    """The embargo has no probability, so the mine is not worth its 500 M$: it saves 0.8 kt a year
    at 50 M$ a kt, in its two years. That all but 0.3 kt be served calls for it; that every tonne
    may be missing does not."""
    mine = project("mine", capex_musd=500, capacity_t_per_year=800, life_years=2)

    assert solve_here(threatened(mine)).chosen == []
    assert [p for p, _ in solve_here(threatened(mine, policies=[lights_on(0.3)])).chosen] == [
        "mine"
    ]
    assert solve_here(threatened(mine, policies=[lights_on(1.0)])).chosen == []


def test_rule_19_can_be_impossible() -> None:
    """Of 1 kt only 0.8 can be had, and 0.1 may be missing."""
    mine = project("mine", capacity_t_per_year=800)

    assert optimum(threatened(mine, policies=[lights_on(0.1)])) is None


def test_what_only_has_to_be_survived_still_runs_at_its_least_cost() -> None:
    """A committed mine of 0.8 kt: an embargo without probability misses the 0.2 that it must, and
    not the 0.5 that it may."""
    mine = project("mine", status="operating", capacity_t_per_year=800, capex_musd=0)
    case = threatened(mine, policies=[lights_on(0.5)])

    plan = solve_here(case)

    short = plan.tables.short
    assert short["kt"].tolist() == pytest.approx([0.2])
    assert short["scenario"].tolist() == ["gone"]
    assert check(case, plan).ok


def test_a_service_level_without_a_scenario_to_survive_is_worth_a_look() -> None:
    found = warnings(project("mine"), policies=[lights_on(0.3)])

    assert any("nothing to survive" in str(fault) for fault in found)


def test_a_scenario_to_survive_without_a_service_level_is_worth_a_look() -> None:
    marked = [scenario("nominal", 1.0, nominal=True, must_survive=True)]

    found = warnings(project("mine"), scenarios=marked)

    assert any("says what that means" in str(fault) for fault in found)


def suppliers(**limits: float) -> dict[str, Any]:
    """Suppliers of oxide by country, with what each can sell a year."""
    countries = [{"id": "AUS", "zone": "home", "alliance": True}]
    countries += [{"id": c, "zone": "abroad"} for c in limits if c != "AUS"]
    rows = [{"id": c.lower(), "country": c, "material": "oxide"} for c in limits]
    can = [
        row
        for c, limit in limits.items()
        for row in series("supplier", [c.lower()], (2030, 2031), limit_t_per_year=limit)
    ]
    return {"countries": countries, "suppliers": rows, "supply_limits": can}


def test_n_minus_1_loses_the_largest_country_outside_the_alliance() -> None:
    """Australia, inside, sells most; of the others Malaysia does, with two suppliers' sum of 1,200
    against China's 1,000."""
    tables = suppliers(AUS=5000, CHN=1000, MYS=700)
    tables["suppliers"].append({"id": "mys-2", "country": "MYS", "material": "oxide"})
    tables["supply_limits"] += series("supplier", ["mys-2"], (2030, 2031), limit_t_per_year=500)

    case = n_minus_1(instance(project("mine"), years=(2030, 2031), **tables))

    added = [row for row in case.scenarios if not row.nominal]
    assert [(row.id, row.probability, row.must_survive) for row in added] == [
        ("n-1.oxide", 0.0, True)
    ]
    (lost,) = case.shocks
    assert (lost.country, lost.material, lost.factor) == ("MYS", "oxide", 0.0)
    assert (lost.first_year, lost.last_year) == (2030, 2031)


def test_n_minus_1_twice_is_once() -> None:
    case = n_minus_1(instance(project("mine")))

    assert n_minus_1(case) == case
