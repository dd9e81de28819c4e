"""Rule 14, and what else carries one year into the next: late plants, scrap that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optimizer.blocks.carry_over import links
from optimizer.blocks.worlds import Worlds
from optimizer.checker import check
from optimizer.presentation.report import plain, report
from optimizer.solving.doing_nothing import without_fund
from tests.support import hand_reserve
from tests.support.deciding import a_year, decide, investment, missed
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
from tests.support.inprocess import solve_here

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

YEARS = (2030, 2034)
HORIZON = range(2030, 2035)
VAULT: dict[str, Any] = {"project": "vault", "material": "oxide"}


def reserve(capacity: float = 800, **fields: Any) -> Any:
    """A stockpile of oxide in AUS that costs 5 M$ and takes no time to build."""
    given = {"capacity_t_per_year": capacity, "capex_musd": 5} | fields
    return project("vault", kind="stockpile", makes=None, main_material="oxide", **given)


def embargoed(*plants: Any, stock: dict[str, Any] | None = None, **tables: Any) -> Instance:
    """China sells 1,300 t a year, and nothing in 2032 with a probability of 0.3."""
    given = {
        "scenarios": [scenario("nominal", 0.7, nominal=True), scenario("embargo", 0.3)],
        "shocks": [shock("embargo", "supply", 0.0, (2032, 2032), country="CHN")],
        "supply_limits": series("supplier", ["chn"], HORIZON, limit_t_per_year=1300.0),
        "stockpiles": [VAULT | (stock or {})] if plants else [],
    }
    return instance(*plants, years=YEARS, **given | tables)


def shortage(plan: Plan) -> float:
    return plan.criteria["expected_shortage"]


def test_rule_14_a_stock_is_what_was_there_less_losses_plus_fills() -> None:
    """0.3 kt, a tenth lost, 0.09 in and 0.06 out: 0.3 again; 0.31 does not add up."""
    m = a_year(hand_reserve.hand_instance())
    right = {"stock": {"vault": 0.3}, "filled": {"vault": 0.09}, "released": {"vault": 0.06}}

    decide(m, stock_before={"vault": 0.3}, stock_limit={"vault": 0.4}, **right)
    assert "stock_balance[vault]" not in missed(m)

    decide(
        m,
        stock_before={"vault": 0.3},
        stock_limit={"vault": 0.4},
        **right | {"stock": {"vault": 0.31}},
    )
    assert "stock_balance[vault]" in missed(m)


def test_rule_14_no_more_is_released_than_is_rotated_without_an_emergency() -> None:
    """A fifth of 0.3 kt may and must be rotated out in a nominal year, and no more than that."""
    m = a_year(hand_reserve.hand_instance())

    for released, broken in ((0.06, set()), (0.07, {"release_most"}), (0.05, {"rotation"})):
        decide(m, stock_before={"vault": 0.3}, released={"vault": released})
        names = {name.split("[")[0] for name in missed(m, "release_most", "rotation")}
        assert names == broken


def test_rule_14_an_emergency_opens_the_stockpile() -> None:
    """Block 3 is the embargo of 2031: 0.2 kt besides what is rotated."""
    world = hand_reserve.hand_instance()
    assert Worlds.of(world).blocks[3] == ("embargo", 2031)
    m = a_year(world, 3)

    decide(m, stock_before={"vault": 0.3}, released={"vault": 0.26})
    assert not missed(m, "release_most")
    decide(m, stock_before={"vault": 0.3}, released={"vault": 0.27})
    assert missed(m, "release_most")


def test_rule_14_nothing_is_filled_in_an_emergency() -> None:
    """0.3 kt a year in a nominal year; a release that is filled again at once is none."""
    m = a_year(hand_reserve.hand_instance())
    decide(m, filled={"vault": 0.3})
    assert not missed(m, "fill_most")

    m = a_year(hand_reserve.hand_instance(), 3)
    decide(m, filled={"vault": 0.01})
    assert missed(m, "fill_most")


def test_rule_14_the_plan_is_within_what_is_built() -> None:
    m = investment(hand_reserve.hand_instance())

    decide(m, started={"vault": 2030}, stock_plan={("vault", 2030): 0.4, ("vault", 2031): 0.41})

    assert missed(m, "stock_room") == {"stock_room[vault,2031]"}


def test_rule_14_days_of_cover() -> None:
    """73 days of 1 kt a year are 0.2 kt."""
    m = investment(hand_reserve.hand_instance())

    decide(m, stock_plan={("vault", 2030): 0.2, ("vault", 2031): 0.19, ("vault", 2032): 0.3})

    assert missed(m, "days_of_cover") == {"days_of_cover[cover,2031]"}


def test_links_say_where_a_year_comes_from() -> None:
    """The embargo of 2031 takes over from the nominal 2030, its 2032 from its own 2031."""
    worlds = Worlds.of(hand_reserve.hand_instance())

    terms = links(worlds)["stock_before"].terms

    giver = {worlds.blocks[term.block]: worlds.blocks[term.giver or 0] for term in terms}
    assert giver["embargo", 2031] == ("nominal", 2030)
    assert giver["embargo", 2032] == ("embargo", 2031)
    assert giver["nominal", 2031] == ("nominal", 2030)
    assert ("nominal", 2030) not in giver


def test_the_hand_plan_by_its_parts() -> None:
    parts = check(hand_reserve.hand_instance(), hand_reserve.hand_plan()).parts

    assert {name: parts[name] for name in hand_reserve.PARTS} == pytest.approx(hand_reserve.PARTS)


def test_a_reserve_is_built_for_an_embargo() -> None:
    """0.3 · 500 M$ at stake for 1 kt short; 800 t cost 5 M$ and 40 to buy, worth 32 at the end.

    They are bought by 2031 out of the 300 t a year that are left, so 600 t are there in 2032, and
    400 t go short instead of 1,000. Without residual worth: 30 + 5 still against 0.3 · 300.
    """
    plan = solve_here(embargoed(reserve(), stock={"residual_share": 0.8}))

    assert plan.chosen == [("vault", 2030)]
    assert shortage(plan) == pytest.approx(0.3 * 0.4)
    assert plan.certificate is not None
    assert plan.certificate.ok


def test_the_report_says_what_is_kept() -> None:
    """0.3 kt of 1 kt a year are 110 days; the embargo takes out 0.2."""
    text = plain(report(hand_reserve.hand_plan(), hand_reserve.hand_instance()))

    row = next(line for line in text.splitlines() if line.strip().startswith("vault  "))
    assert row.split() == ["vault", "oxide", "300", "2030", "110", "200"]


def test_a_dear_reserve_is_not_built() -> None:
    """500 M$, a quarter of them used up in 5 of 20 years, are more than 0.3 · 0.6 · 500 = 90."""
    plan = solve_here(embargoed(reserve(capex_musd=500)))

    assert plan.chosen == []


def test_the_plan_of_a_reserve_is_the_same_in_every_scenario() -> None:
    """Nobody fills it in the nominal world because nothing happens there."""
    plan = solve_here(embargoed(reserve(), stock={"residual_share": 0.8}))

    stock = plan.tables.stock
    nominal = stock[stock["scenario"] == "nominal"].set_index("year")["kt"]
    assert nominal[2031] == pytest.approx(0.6)
    operated = plan.tables.operated_as
    early = operated[(operated["scenario"] == "embargo") & (operated["year"] < 2032)]
    assert set(early["block"]) == {"nominal"}


def test_an_endless_reserve_leaves_no_shortage() -> None:
    """Limiting case: 10,000 t, filled in one year, without cost: nothing is ever short."""
    rich = series("supplier", ["chn"], HORIZON, limit_t_per_year=20_000.0)
    plan = solve_here(embargoed(reserve(10_000, capex_musd=0), supply_limits=rich))

    assert shortage(plan) == pytest.approx(0.0, abs=1e-9)


def test_a_reserve_that_holds_nothing_changes_nothing() -> None:
    """Limiting case: no room, no reserve: the cost is that of the instance without one."""
    assert solve_here(embargoed(reserve(0, capex_musd=0))).proof.objective == pytest.approx(
        solve_here(embargoed()).proof.objective
    )


def test_a_reserve_that_is_locked_out_leaves_no_memory() -> None:
    """Nor does the world without the fund: after the shock it is the nominal year again."""
    world = embargoed(reserve())
    out = solve_here(world.changed(fix_out=["vault"]))

    assert out.proof.objective == pytest.approx(solve_here(embargoed()).proof.objective)
    assert solve_here(without_fund(world)).chosen == []


def test_an_operating_reserve_helps_and_is_kept_where_it_was() -> None:
    """400 t are there; 300 t of them may go in the year; do-nothing has them as well."""
    there = reserve(400, status="operating", capex_musd=0)
    stock = {
        "opening_t": 400.0,
        "largest_release_t_per_year": 300.0,
        "understock_cost_usd_per_t": 1e5,
    }
    plan = solve_here(embargoed(there, stock=stock))

    assert shortage(plan) == pytest.approx(0.3 * 0.7)
    assert plan.proof.worth == pytest.approx(0.0, abs=1e-6)
    stock_2033 = plan.tables.stock.set_index(["scenario", "year"]).loc[("embargo", 2033), "kt"]
    assert stock_2033 == pytest.approx(0.4)


def test_a_price_shock_is_no_emergency() -> None:
    """The oxide costs twice as much in 2032: that opens no stockpile unless the shock says so.

    Then 300 t go, as much as can be bought again in 2033.
    """
    dear = {"shocks": [shock("embargo", "price", 2.0, (2032, 2032), material="oxide")]}
    there = reserve(400, status="operating", capex_musd=0)
    stock = {"opening_t": 400.0, "understock_cost_usd_per_t": 1e5}
    quiet = solve_here(embargoed(there, stock=stock, **dear))
    declared = [dear["shocks"][0].replaced(emergency=True)]
    loud = solve_here(embargoed(there, stock=stock, shocks=declared))

    assert quiet.tables.released.empty
    assert loud.tables.released["kt"].tolist() == pytest.approx([0.3])


def test_a_cover_that_is_asked_for_is_built() -> None:
    """A dear reserve that nobody would build but for the row: 73 days are 200 t."""
    row = policy("cover", "days_of_cover", 73, sense="least", first_year=2032)
    plan = solve_here(embargoed(reserve(capex_musd=500), policies=[row]))

    assert [name for name, _ in plan.chosen] == ["vault"]
    assert plan.tables.stock_plan.set_index("year")["kt"].loc[2032:].min() >= 0.2 - 1e-9
    assert plan.policies["policy"].tolist() == ["cover"] * 3


def test_rule_9_a_late_plant_misses_the_embargo() -> None:
    """A mine for 100 M$, started in 2030, brings 1 kt in 2032: 0.3 · 500 saved, unless it is late.

    What it makes is worth 50 M$ a year at opex 49,000 USD/t: nearly nothing but for the embargo.
    """
    mine = project("mine", build_years=2, capex_musd=100, life_years=3,
                   recipe={"opex_usd_per_t": 49_000})  # fmt: skip
    on_time = embargoed(mine, stockpiles=[])
    late = embargoed(
        mine, stockpiles=[], delays=[{"scenario": "embargo", "project": "mine", "years": 1}]
    )

    assert solve_here(on_time).chosen == [("mine", 2030)]
    assert solve_here(late).chosen == []


def test_rule_16_what_was_served_comes_back() -> None:
    """1 kt served in 2030 comes back as 0.8 kt of scrap in 2032, of which half may be collected.

    Two tonnes of scrap make one of oxide, for 1,000 USD/t instead of 50,000: 0.2 kt a year from
    2032 on, three years, 29.4 M$ for a plant of 10.
    """
    loop = project("loop", kind="recycling", uses={"scrap": 2}, capex_musd=10,
                   recipe={"opex_usd_per_t": 1000})  # fmt: skip
    rows = {
        "materials": [*world()["materials"], {"id": "scrap", "chain": "rare", "stage": "scrap"}],
        "arisings": [
            {"zone": "home", "material": "scrap", "year": year, "arisings_t_per_year": 0,
             "collection_rate": 0.5} for year in HORIZON
        ],
    }  # fmt: skip
    back = {"segment": "motors", "material": "scrap", "t_per_t": 0.8, "lifetime_years": 2}
    without = solve_here(instance(loop, years=YEARS, **rows))
    plan = solve_here(instance(loop, years=YEARS, **rows, end_of_life=[back]))

    assert without.chosen == []
    assert [name for name, _ in plan.chosen] == ["loop"]
    assert plan.tables.collected["year"].tolist() == [2032, 2033, 2034]
    assert plan.tables.collected["kt"].tolist() == pytest.approx([0.4] * 3)


@pytest.mark.parametrize(
    ("plant", "tables", "message"),
    [
        (reserve(), {"stockpiles": []}, "kind: row 'vault': a stockpile needs a row in the table"),
        (reserve(), {"stock": {"opening_t": 5}}, "opening_t: row 'vault': must be 0: a candidate"),
        (
            reserve(10, status="operating", capex_musd=0),
            {"stock": {"opening_t": 20}},
            "opening_t: row 'vault': 20 t is more than it holds, 10 t",
        ),
        (reserve(life_years=4), {}, "life_years: row 'vault': ends in 2033, before the last year"),
        (
            reserve(status="committed", online_year=2031),
            {},
            "status: row 'vault': a stockpile is a candidate or operating",
        ),
        (
            project("vault"),
            {},
            "project: row 'vault': 'vault' is a mine and no stockpile",
        ),
        (
            reserve(),
            {"delays": [{"scenario": "nominal", "project": "vault", "years": 1}]},
            "the nominal scenario is the one without delays",
        ),
        (
            reserve(status="operating", capex_musd=0),
            {"delays": [{"scenario": "embargo", "project": "vault", "years": 1}]},
            "'vault' runs already and cannot be late",
        ),
        (
            reserve(),
            {"end_of_life": [{"segment": "motors", "material": "ore", "t_per_t": 1,
                              "lifetime_years": 2}]},
            "material: row 'motors/ore': 'ore' is not of the stage scrap",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(plant: Any, tables: dict[str, Any], message: str) -> None:
    given = dict(tables)
    stock = given.pop("stock", {})
    rows = {
        "scenarios": [scenario("nominal", 0.7, nominal=True), scenario("embargo", 0.3)],
        "shocks": [shock("embargo", "supply", 0.0, (2032, 2032), country="CHN")],
        "stockpiles": [VAULT | stock],
    }

    found = errors(plant, years=YEARS, **rows | given)

    assert any(message in text for text in found), found


def test_a_cover_without_a_stockpile_is_refused() -> None:
    row = policy("cover", "days_of_cover", 73, sense="least")

    assert any("no stockpile that could cover" in text for text in errors(policies=[row]))


def test_a_route_out_of_a_stockpile_is_no_idle_route() -> None:
    """What comes from China to the reserve in Malaysia may go on from there."""
    vault = reserve(country="MYS")
    tables = {
        "zones": [*world()["zones"], {"id": "south"}],
        "countries": [*world()["countries"], {"id": "MYS", "zone": "south"}],
        "routes": [
            {"origin": origin, "destination": destination, "material": "oxide"}
            for origin, destination in (("abroad", "home"), ("abroad", "south"), ("south", "home"))
        ],
    }

    assert not [text for text in warnings(vault, stockpiles=[VAULT], **tables) if "route" in text]


def test_nothing_is_said_of_a_good_reserve() -> None:
    given = embargoed(reserve()).model_dump(exclude={"settings", "projects"}, exclude_defaults=True)

    found = warnings(reserve(), years=YEARS, **given)

    assert not [text for text in found if "vault" in text], found
