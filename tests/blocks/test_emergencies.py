"""Rule 9 in emergencies (standby plants) and rule 12's export taxes: what shocks change."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.checker import check
from optimizer.checker.network import network
from optimizer.checker.worlds import worlds as checked_worlds
from tests.support.factories import (
    errors,
    instance,
    policy,
    project,
    scenario,
    series,
    shock,
    warnings,
    world,
)
from tests.support.inprocess import optimum, solve_here
from tests.support.small_plans import broken

SCENARIOS = [scenario("nominal", 0.5, nominal=True), scenario("bad", 0.5)]
LATE = (2031, 2031)
RESERVE = project("reserve", standby=True, life_years=2)


def shocked(*plants: Any, shocks: list[Any], **tables: Any) -> Any:
    return instance(*plants, scenarios=SCENARIOS, shocks=shocks, **tables)


@pytest.mark.parametrize(
    ("kind", "factor", "said", "emergency"),
    [
        ("supply", 0.5, None, True),
        ("supply", 0.5, False, False),
        ("access", 0.0, None, True),
        ("outage", 0.5, None, True),
        ("demand", 1.5, None, False),
        ("demand", 1.5, True, True),
        ("price", 2.0, None, False),
        ("price", 2.0, True, True),
        ("export_tax", 0.2, None, False),
        ("export_tax", 0.2, True, True),
        ("export_tax", 1.0, True, True),
        ("export_tax", 0.0, True, False),
        ("supply", 1.0, True, False),
    ],
)
def test_rule_9_emergency_years_are_those_of_the_shocks_that_say_so(
    kind: str, factor: float, said: bool | None, emergency: bool
) -> None:
    """In 2031 of the bad scenario, and never where the factor changes nothing. Model and checker
    see the same."""
    world = shocked(RESERVE, shocks=[shock("bad", kind, factor, LATE, emergency=said)])
    worlds = Worlds.of(world)
    checked = checked_worlds(world, network(world))

    found = {worlds.blocks[b] for b in range(len(worlds.blocks)) if worlds.frame.emergency[b]}
    assert found == ({("bad", 2031)} if emergency else set())
    assert checked.emergency.tolist() == [[False, emergency], [False, False]]
    assert worlds.availability.ravel().tolist() == [
        (0.5 if kind == "outage" else 1.0) if block in found else 0.0 for block in worlds.blocks
    ]


def test_rule_9_an_emergency_is_a_year_of_its_own_where_standby_plants_can_run() -> None:
    """China's supply is halved in a year in which it has none to sell: nothing differs from the
    nominal year but that the reserve may run."""
    dry = series("supplier", ["chn"], (2030, 2031), limit_t_per_year=0.0)
    cut = [shock("bad", "supply", 0.5, LATE)]

    alike = Worlds.of(shocked(project("mine"), shocks=cut, supply_limits=dry))
    apart = Worlds.of(shocked(RESERVE, shocks=cut, supply_limits=dry))

    assert alike.blocks == [("nominal", 2030), ("nominal", 2031)]
    assert apart.blocks == [*alike.blocks, ("bad", 2031)]
    assert solve_here(shocked(RESERVE, shocks=cut, supply_limits=dry)).found
    barred = project("reserve", standby=True, life_years=2, locked="out")
    assert solve_here(shocked(barred, shocks=cut, supply_limits=dry)).found


def embargoed(*plants: Any, emergency: bool | None = None, **tables: Any) -> Any:
    cut = shock("bad", "supply", 0.0, LATE, country="CHN", emergency=emergency)
    return shocked(*plants, shocks=[cut], **tables)


def test_rule_9_a_reserve_is_built_for_emergencies_alone() -> None:
    """The embargo costs 500 at one half. A reserve of 1 kt started in 2031, half of whose 100
    outlives the horizon, saves 250 for 50; it does not replace what China sells for 50 a year.
    If the embargo is called no emergency, the reserve never runs."""
    plan = solve_here(embargoed(RESERVE))

    assert plan.chosen == [("reserve", 2031)]
    assert plan.proof.objective == pytest.approx(50 + 25 + 50)
    assert plan.tables.activity[["scenario", "year", "kt"]].values.tolist() == [["bad", 2031, 1.0]]
    calm = solve_here(embargoed(RESERVE, emergency=False))
    assert calm.chosen == []
    assert calm.proof.objective == pytest.approx(50 + 25 + 250)


def test_rule_9_a_reserve_in_a_quiet_year_is_refused_by_the_checker() -> None:
    """Online, and yet nothing may run in 2030."""
    world = embargoed(project("reserve", standby=True, status="operating", capex_musd=0))
    run: dict[str, Any] = {
        "activity": [("nominal", 2030, "reserve", "main", 0.1)],
        "served": [("nominal", 2030, "motors", 1.0), ("nominal", 2031, "motors", 1.0)],
        "purchases": [("nominal", 2030, "chn", 0.9), ("nominal", 2031, "chn", 1.0)],
        "flows": [
            ("nominal", 2030, "abroad", "home", "oxide", 0.9),
            ("nominal", 2031, "abroad", "home", "oxide", 1.0),
        ],
    }

    assert broken(world, **run) == {"operated_as", "9 capacity"}


def test_rule_9_a_reserve_is_no_capacity_of_a_stage() -> None:
    """Half of demand must be met by nominal capacity: a mine does, a reserve never. The checker
    says the same of what is left."""
    share = policy("home", "stage_share", 0.5, sense="least", element="Nd", stage="processing")
    mine = project("mine", status="operating", capex_musd=0)

    assert optimum(embargoed(RESERVE, policies=[share])) is None
    plan = solve_here(embargoed(RESERVE, mine, policies=[share]))
    assert plan.policies["left"].tolist() == pytest.approx([1.0, 1.0])


def taxed(*taxes: Any, **fields: Any) -> Any:
    """A mine at home runs at 60,000 USD/t, China sells at 50,000."""
    mine = project(
        "mine", status="operating", capex_musd=0, recipe={"opex_usd_per_t": 60_000}, **fields
    )
    return shocked(mine, shocks=list(taxes))


def tax(share: float, name: str = "tax", **targets: Any) -> Any:
    return shock("bad", "export_tax", share, LATE, id=name, **targets)


def test_rule_12_taxes_on_a_route_add_up_and_are_a_cost() -> None:
    """15 % makes China's oxide 57.5 and 10 % makes it 55, and it is still bought; both make it
    62.5, so that in 2031 the mine runs for 60. One half of 2031 is the bad one."""
    both = taxed(tax(0.15, country="CHN"), tax(0.1, "toll", destination="home"))

    assert optimum(taxed(tax(0.15))) == pytest.approx(50 + 25 + 0.5 * 57.5)
    assert optimum(taxed(tax(0.1))) == pytest.approx(50 + 25 + 0.5 * 55)
    plan = solve_here(both)
    assert plan.proof.objective == pytest.approx(50 + 25 + 0.5 * 60)
    assert plan.tables.activity["scenario"].tolist() == ["bad"]


def test_rule_12_a_tax_takes_a_share_of_the_price_of_its_block() -> None:
    """At twice the price 20 % are 20 a kt: 100 + 20 against the mine's 60, in the bad 2031; nothing
    of it can be made where the mine has retired, and the tax is paid: 0.5 · 20."""
    dear = shock("bad", "price", 2.0, LATE, material="oxide")
    gone = taxed(tax(0.2, material="oxide"), dear, online_year=2030, life_years=1)
    plan = solve_here(gone)

    assert optimum(taxed(tax(0.2), dear)) == pytest.approx(50 + 25 + 30)
    assert plan.proof.objective == pytest.approx(50 + 25 + 0.5 * 120)
    assert plan.certificate is not None
    assert plan.certificate.parts["export_tax"] == pytest.approx(10)


def test_rule_12_a_tax_hits_the_routes_it_describes() -> None:
    """From China's zone, to one destination, of one material; the rest has no account."""
    routes = [
        {"origin": "abroad", "destination": "home", "material": "oxide"},
        {"origin": "abroad", "destination": "south", "material": "oxide"},
        {"origin": "home", "destination": "south", "material": "oxide"},
    ]
    zones = [*world()["zones"], {"id": "south"}]
    segments = [*world()["segments"], {"id": "fans", "zone": "south", "material": "oxide"}]
    tables: dict[str, Any] = {"routes": routes, "zones": zones, "segments": segments}
    worlds = Worlds.of(
        shocked(
            project("mine"),
            shocks=[tax(0.3, country="CHN"), tax(0.5, "toll", country="CHN", destination="south")],
            **tables,
        )
    )

    assert worlds.net.taxed == [("abroad", "home", "oxide"), ("abroad", "south", "oxide")]
    assert worlds.export_tax.tolist() == [[0, 0], [0, 0], pytest.approx([0.3, 0.8])]
    assert worlds.taxes[2].tolist() == pytest.approx([15, 40])


def test_tariffs_are_reported_and_not_counted() -> None:
    """A tenth of 50 a kt on 1 kt a year; at twice the price in half of 2031, twice as much."""
    routes = [world()["routes"][0] | {"tariff_share": 0.1}]
    dear = shock("bad", "price", 2.0, LATE, material="oxide")
    plan = solve_here(shocked(shocks=[dear], routes=routes))

    assert plan.criteria["tariffs"] == pytest.approx(5 + 2.5 + 5)
    assert plan.criteria["expected_cost"] == pytest.approx(50 + 25 + 50)


def test_tariffs_can_be_weighed() -> None:
    """Counted once, a tariff of 30 % makes China's oxide dearer than the mine's, 65 to 60."""
    routes = [world()["routes"][0] | {"tariff_share": 0.3}]
    mine = project("mine", status="operating", capex_musd=0, recipe={"opex_usd_per_t": 60_000})
    weights = {"expected_cost": 1.0, "tariffs": 1.0}
    counted = instance(mine, routes=routes, settings={"objective": {"weights": weights}})

    assert optimum(instance(mine, routes=routes)) == pytest.approx(100)
    plan = solve_here(counted)
    assert plan.proof.objective == pytest.approx(120)
    assert check(counted, plan).ok


def test_export_taxes_and_standby_are_validated() -> None:
    """Targets that a tax has, routes that it hits, years; a reserve for no emergency."""
    assert errors(
        project("mine"),
        scenarios=SCENARIOS,
        shocks=[tax(0.1, supplier="chn"), tax(0.1, "other", destination="abroad")],
    ) == [
        "shocks, supplier: row 'tax': does not apply to export_tax shocks, only country, material,"
        " destination",
        "shocks, destination: row 'other': no route has destination 'abroad'",
    ]
    said = warnings(RESERVE, scenarios=SCENARIOS, shocks=[tax(0.0)])
    assert "shocks, factor: row 'tax': 0 changes nothing" in said
    assert (
        "projects, standby: row 'reserve': no shock is an emergency (shocks, emergency): it never"
        " runs"
    ) in said
    assert not any("standby" in text for text in warnings(RESERVE, scenarios=SCENARIOS,
                   shocks=[shock("bad", "supply", 0, LATE)]))  # fmt: skip
