"""Rule 9, failure: one probability of success, as expected, drawn by scenario, or ignored."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from optimizer.blocks.cash_flows import CashFlows
from optimizer.blocks.contracts import Contracts
from optimizer.blocks.parameters import Parameters
from optimizer.blocks.usable import useful_shares
from optimizer.blocks.worlds import Worlds
from optimizer.checker import check
from optimizer.instance.validation import contradictions
from optimizer.presentation.report import plain, report
from tests.support import hand_failure
from tests.support.deciding import decide, investment, missed
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

if TYPE_CHECKING:
    from optimizer.instance import Instance

MODES = ("expected", "drawn", "ignored")


def alone(*plants: Any, failure: str = "expected", **tables: Any) -> Instance:
    """Two years in which nobody sells oxide: 1 kt a year is made at home or goes short at 500."""
    given = {"supply_limits": series("supplier", ["chn"], (2030, 2031), limit_t_per_year=0.0)}
    return instance(*plants, settings={"failure": failure}, **given | tables)


def mine(name: str = "mine", chance: float = 0.75, **fields: Any) -> Any:
    """60 M$, of whose 20 years two lie in the horizon: 6 M$. 1 kt a year, for nothing."""
    return project(name, **{"capex_musd": 60.0, "success_probability": chance} | fields)


def tree(**chances: float) -> dict[str, Any]:
    """Scenarios by who fails in them, with `_` between projects; `none`: nobody does."""
    failing = {name: [] if name == "none" else name.split("_") for name in chances}
    return {
        "scenarios": [
            scenario("nominal", 0.0, nominal=True),
            *(scenario(name, chance) for name, chance in chances.items()),
        ],
        "failures": [
            {"scenario": name, "project": project}
            for name, projects in failing.items()
            for project in projects
        ],
    }


def test_rule_9_the_certain_mine_is_built_and_not_the_cheap_one() -> None:
    """Two equal mines: certain for 60 M$, or with a chance of 0.05 for 59.9.

    The certain one costs 6 and saves all of 1,000; the other leaves 0.95 of it. Where failure is
    ignored the cheap one is as good, and 0.01 cheaper.
    """
    pair = (mine("sure", 1.0), mine("bold", 0.05, capex_musd=59.9))
    plan, blind = solve_here(alone(*pair)), solve_here(alone(*pair, failure="ignored"))

    assert plan.chosen == [("sure", 2030)]
    assert plan.proof.objective == pytest.approx(6.0)
    assert plan.proof.worth_if_all_succeed is not None
    assert blind.chosen == [("bold", 2030)]
    assert blind.proof.objective == pytest.approx(5.99)


def test_rule_9_worth_falls_by_what_is_expected_to_fail() -> None:
    """Chance 0.75: 6 for building and a quarter of 1,000 short; worth 744, and 994 if it comes."""
    plan = solve_here(alone(mine()))

    assert plan.proof.objective == pytest.approx(256.0)
    assert plan.proof.worth == pytest.approx(744.0)
    assert plan.proof.worth_if_all_succeed == pytest.approx(994.0)
    assert solve_here(alone(mine(), failure="ignored")).proof.worth == pytest.approx(994.0)


def test_rule_9_worth_if_all_succeed_is_said_only_where_something_can_fail() -> None:
    assert solve_here(alone(mine(chance=1.0))).proof.worth_if_all_succeed is None
    assert solve_here(alone(mine(), failure="ignored")).proof.worth_if_all_succeed is None


def test_rule_9_a_committed_mine_may_fail_and_an_operating_one_has_come() -> None:
    """Half of 1 kt of what is committed counts in doing nothing; what runs counts whole."""
    coming = mine(chance=0.5, status="committed", online_year=2030, capex_musd=0.0)
    there = mine(chance=0.5, status="operating", capex_musd=0.0)
    already = mine(chance=0.5, status="committed", capex_musd=0.0)

    assert solve_here(alone(coming)).proof.do_nothing == pytest.approx(500.0)
    assert solve_here(alone(there)).proof.do_nothing == pytest.approx(0.0)
    assert solve_here(alone(already)).proof.do_nothing == pytest.approx(0.0)
    text = "success_probability: row 'mine': 0.5 counts for nothing: it runs already"
    assert any(text in found for found in warnings(there))


def test_rule_9_what_goes_ahead_alone_may_fail_too() -> None:
    """In 2031, when a quarter of 500 goes short after 500 of 2030; its 3 M$ are building cost."""
    plan = solve_here(alone(mine(goes_ahead_alone=2031, earliest_start=2031)))

    assert plan.proof.do_nothing == pytest.approx(500 + 125 + 60 / 20)


def test_rule_9_a_scenario_that_names_it_lets_it_fail() -> None:
    """As expected: 0.75 of it, but nothing in a scenario of 0.4 that says that it fails."""
    world = alone(
        mine(),
        scenarios=[scenario("nominal", 0.6, nominal=True), scenario("bad", 0.4)],
        failures=[{"scenario": "bad", "project": "mine"}],
    )
    plan = solve_here(world)

    assert plan.proof.objective == pytest.approx(6 + 0.6 * 250 + 0.4 * 1000)
    assert plan.proof.worth_if_all_succeed == pytest.approx(994.0)


def test_rule_9_nothing_differs_before_it_could_have_come() -> None:
    """It builds for a year: 2030 is the nominal year in every scenario."""
    world = alone(
        mine(build_years=1),
        scenarios=[scenario("nominal", 0.6, nominal=True), scenario("bad", 0.4)],
        failures=[{"scenario": "bad", "project": "mine"}],
    )

    assert Worlds.of(world).blocks == [("nominal", 2030), ("nominal", 2031), ("bad", 2031)]
    assert check(world, solve_here(world)).ok


def test_rule_9_a_drawn_failure_is_worth_the_enumeration() -> None:
    """Two mines of 1 kt that come with 0.5 each, apart: all four choices by hand.

    None costs 1,000, one 6 + 500, both 12 + 250. As expected two halves make one that is whole: 12.
    """
    quarter = tree(none=0.25, a=0.25, b=0.25, a_b=0.25)
    world = alone(mine("a", 0.5), mine("b", 0.5), failure="drawn", **quarter)
    short = {(): 1000.0, ("a",): 500.0, ("b",): 500.0, ("a", "b"): 250.0}
    by_hand = {
        chosen: 6.0 * len(chosen) + short[chosen]
        for n in range(3)
        for chosen in itertools.combinations(("a", "b"), n)
    }
    plan = solve_here(world)

    assert plan.proof.objective == pytest.approx(min(by_hand.values())) == 262.0
    assert plan.proof.bound == pytest.approx(262.0)
    assert sorted(name for name, _ in plan.chosen) == ["a", "b"]
    assert plan.proof.worth_if_all_succeed == pytest.approx(1000 - 12)
    for chosen, cost in by_hand.items():
        out = [name for name in ("a", "b") if name not in chosen]
        assert solve_here(world.changed(fix_in=chosen, fix_out=out)).proof.objective == (
            pytest.approx(cost)
        )
    expected = alone(mine("a", 0.5), mine("b", 0.5))
    assert solve_here(expected).proof.objective == pytest.approx(12.0)


def test_rule_9_drawn_but_alone_is_what_is_expected() -> None:
    """One mine: cost is linear in what it makes, so that both ways of counting agree."""
    drawn = alone(mine(), failure="drawn", **tree(none=0.75, mine=0.25))

    assert solve_here(drawn).proof.objective == pytest.approx(256.0)


@pytest.mark.parametrize(("chance", "value", "keeps"), [(0.8, 0.8, True), (0.8, 0.81, False)])
@pytest.mark.parametrize("failure", ["expected", "drawn"])
def test_rule_17_a_stage_share_counts_what_is_expected(
    failure: str, chance: float, value: float, keeps: bool
) -> None:
    """0.8 of 1 kt counts against 1 kt, also where failures are drawn: nominal years are no draw."""
    row = policy("own", "stage_share", value, sense="least", element="Nd", stage="processing")
    drawn = tree(none=0.8, mine=0.2) if failure == "drawn" else {}
    given = {"settings": {"failure": failure}, **drawn, "policies": [row]}
    case = instance(mine(chance=chance), **given)
    plan, found = solve_here(case), [finding.message for finding in contradictions(case)]

    assert plan.found == keeps
    assert bool(found) != keeps
    if keeps:
        assert [name for name, _ in plan.chosen] == ["mine"]
        assert plan.policies["left"].tolist() == pytest.approx([0.8, 0.8])
    else:
        assert "800" in found[0]


def test_rule_17_all_of_it_counts_where_failure_is_ignored() -> None:
    row = policy("own", "stage_share", 1.0, sense="least", element="Nd", stage="processing")
    plan = solve_here(alone(mine(chance=0.8), failure="ignored", policies=[row]))

    assert [name for name, _ in plan.chosen] == ["mine"]
    assert plan.policies["left"].tolist() == pytest.approx([1.0, 1.0])


def test_rule_19_what_is_to_be_survived_is_no_draw() -> None:
    """0.75 kt are expected of the mine in the embargo that must be survived: 0.25 go short."""
    given = tree(none=0.75, mine=0.25)
    given["scenarios"].append(scenario("embargo", 0.0, must_survive=True))
    given |= {
        "supply_limits": series("supplier", ["chn"], (2030, 2031), limit_t_per_year=1000.0),
        "shocks": [shock("embargo", "supply", 0.0, (2030, 2031), country="CHN")],
    }
    cases = {
        value: alone(
            mine(),
            failure="drawn",
            policies=[policy("lights", "must_survive", value, segment="motors")],
            **given,
        )
        for value in (0.25, 0.24)
    }
    plan = solve_here(cases[0.25])

    assert [name for name, _ in plan.chosen] == ["mine"]
    assert not contradictions(cases[0.25])
    assert not solve_here(cases[0.24]).found
    assert contradictions(cases[0.24])


@pytest.mark.parametrize(("failure", "share"), [("expected", 0.5), ("drawn", 0.5), ("ignored", 1)])
def test_rule_4_money_comes_back_by_the_same_chance(failure: str, share: float) -> None:
    """A loan without interest over two years, a royalty of 5 M$/kt on 1 kt, a guarantee that is
    called for all of it: by 0.5, once each, and for certain where failure is ignored."""
    given = {
        "instruments": [
            {"id": "loan", "kind": "loan", "tenor_years": 2},
            {"id": "stream", "kind": "royalty", "royalty_usd_per_t": 5000, "tenor_years": 1},
            {"id": "shield", "kind": "guarantee", "loss_share": 1.0, "tenor_years": 1},
        ],
        **(tree(none=0.5, mine=0.5) if failure == "drawn" else {}),
    }
    q = Parameters(alone(mine(chance=0.5), failure=failure, **given))
    flows = CashFlows(q)

    assert flows.expected("mine", "loan", 2030, 2031) == pytest.approx(share / 2)
    assert flows.expected("mine", "stream", 2030, 2030) == pytest.approx(share * 5 / 60)
    assert flows.present_cost("mine", "loan", 2030) == pytest.approx(1 - share)
    assert flows.present_cost("mine", "shield", 2030) == pytest.approx(1 - share)


@pytest.mark.parametrize(("failure", "share"), [("expected", 0.5), ("drawn", 0.5), ("ignored", 1)])
def test_rule_4_a_floor_pays_by_the_same_chance_and_reserves_for_success(
    failure: str, share: float
) -> None:
    """10 M$/kt on 1 kt: 5 expected and 5 more reserved, or 10 and nothing."""
    floor = {"id": "floor", "project": "mine", "kind": "price_floor", "tenor_years": 1}
    given = tree(none=0.5, mine=0.5) if failure == "drawn" else {}
    terms = Contracts(
        Parameters(
            alone(
                mine(chance=0.5),
                failure=failure,
                contracts=[floor | {"price_usd_per_t": 60_000}],
                **given,
            )
        )
    )

    assert terms.deemed("floor", 2030, 2030) == 1.0
    assert terms.expected_payment("floor", 2030) == pytest.approx(10 * share)
    assert terms.largest_surprise("floor", 2030) == pytest.approx(10 - 10 * share)
    assert terms.present_value("floor", 2030) == pytest.approx(10 * share)


def test_rule_4_a_floor_that_earns_may_earn_nothing() -> None:
    """It would bring 10 M$/kt of upside with 0.5; if it fails 0, which is 5 less than expected."""
    floor = {"id": "floor", "project": "mine", "kind": "price_floor", "tenor_years": 1,
             "price_usd_per_t": 40_000, "upside_share": 1.0}  # fmt: skip
    terms = Contracts(Parameters(alone(mine(chance=0.5), contracts=[floor])))
    sure = Contracts(Parameters(alone(mine(chance=1.0), contracts=[floor])))

    assert terms.expected_payment("floor", 2030) == pytest.approx(-5.0)
    assert terms.largest_surprise("floor", 2030) == pytest.approx(5.0)
    assert sure.largest_surprise("floor", 2030) == pytest.approx(0.0)


def test_rule_14_a_stockpile_holds_what_is_expected_of_it() -> None:
    """`hand_failure`: 0.15 of 0.2 kt in the nominal year, which just covers 54.75 days; nothing in
    the world in which it fails."""
    case = hand_failure.hand_instance()
    worlds = Worlds.of(case)
    m = investment(case)
    decide(m, started={"vault": 2030}, stock_plan={("vault", y): 0.2 for y in hand_failure.YEARS})
    assert not missed(m, "days_of_cover")
    decide(m, started={"vault": 2030}, stock_plan={("vault", y): 0.19 for y in hand_failure.YEARS})
    assert len(missed(m, "days_of_cover")) == 3

    share = {name: worlds.performing[worlds.frame.position[name, 2030]][1] for name in
             ("nominal", "both", "no-vault")}  # fmt: skip
    assert share == {"nominal": 0.75, "both": 1.0, "no-vault": 0.0}


def test_rule_14_a_stockpile_that_fails_in_the_embargo_is_not_built() -> None:
    """It costs 5 M$ and saves up to 0.3 · 500 a kt of an embargo, but not if it fails just then."""
    years, chance = (2030, 2032), 0.5
    vault = project("vault", kind="stockpile", makes=None, main_material="oxide", capex_musd=5,
                    capacity_t_per_year=800, success_probability=chance)  # fmt: skip
    given = {
        "years": years,
        "stockpiles": [{"project": "vault", "material": "oxide", "residual_share": 0.9}],
        "supply_limits": series("supplier", ["chn"], range(2030, 2033), limit_t_per_year=2000.0),
        "scenarios": [scenario("nominal", 0.7, nominal=True), scenario("embargo", 0.3)],
        "shocks": [shock("embargo", "supply", 0.0, (2032, 2032), country="CHN")],
    }
    plan = solve_here(instance(vault, **given))

    assert plan.tables.stock_plan["kt"].max() == pytest.approx(0.8)
    assert plan.criteria["expected_shortage"] == pytest.approx(0.3 * (1 - 0.8 * chance))
    fails = {"failures": [{"scenario": "embargo", "project": "vault"}]}
    assert solve_here(instance(vault, **given, **fails)).chosen == []


def test_rule_14_the_report_says_what_is_expected_to_be_kept() -> None:
    """0.15 kt of the vault and not 0.2: 55 days of 1 kt."""
    text = plain(report(hand_failure.hand_plan(), hand_failure.hand_instance()))

    row = next(line for line in text.splitlines() if line.strip().startswith("vault  "))
    assert row.split() == ["vault", "oxide", "150", "2030", "55", "200"]


def test_rule_13_a_programme_replaces_what_is_expected_of_it() -> None:
    """Thrift for 1 kt that works with 0.4: 0.6 kt of each year go short."""
    thrift = project("thrift", makes=None, kind="programme", segment="motors", capex_musd=20,
                     success_probability=0.4)  # fmt: skip
    plan = solve_here(alone(thrift, recipes=[{"project": "thrift", "recipe": "main"}]))

    assert plan.criteria["expected_shortage"] == pytest.approx(1.2)


def test_rule_15_infrastructure_adds_what_is_expected_of_it() -> None:
    """A corridor of 0.1 kt, and a port for 0.8 more with a chance of 0.5: 0.5 kt come a year."""
    port = project("port", makes=None, kind="infrastructure", corridor="rail", capex_musd=20,
                   capacity_t_per_year=800, success_probability=0.5)  # fmt: skip
    route = {"origin": "abroad", "destination": "home", "material": "oxide", "corridor": "rail"}
    plan = solve_here(
        alone(
            port,
            corridors=[{"id": "rail", "capacity_t_per_year": 100}],
            routes=[route],
            supply_limits=series("supplier", ["chn"], (2030, 2031), limit_t_per_year=1000.0),
        )
    )

    assert plan.criteria["expected_shortage"] == pytest.approx(2 * (1 - 0.1 - 0.5 * 0.8))


def test_rule_9_an_offtake_adds_what_is_expected_of_it() -> None:
    """Half of a plant abroad by contract, which comes about with 0.5: 0.25 kt a year."""
    far = mine("far", 0.5, country="CHN", offtake_share=0.0, capex_musd=1.0)
    take = {"id": "take", "project": "far", "kind": "offtake", "tenor_years": 2}
    plan = solve_here(alone(far, contracts=[take | {"offtake_share": 0.5}]))
    assert plan.criteria["expected_shortage"] == pytest.approx(2 * 0.75)


def test_rule_9_the_part_that_is_of_use_leaves_room_for_the_chance() -> None:
    """100 kt against 1 kt wanted: of a mine that comes with 0.25 4 kt count, and 1 is left."""
    shares = {
        chance: useful_shares(Worlds.of(alone(mine(chance=chance, capacity_t_per_year=1e5))).net)
        for chance in (1.0, 0.25, 0.0)
    }

    assert shares[1.0]["mine"] == pytest.approx(0.01)
    assert shares[0.25]["mine"] == pytest.approx(0.04)
    plan = solve_here(alone(mine(chance=0.25, capacity_t_per_year=1e5)))
    assert plan.criteria["expected_shortage"] == pytest.approx(0.0, abs=1e-9)


def test_rule_9_a_mine_that_cannot_come_is_not_built() -> None:
    assert solve_here(alone(mine(chance=0.0))).chosen == []


@pytest.mark.parametrize("failure", MODES)
def test_rule_9_the_hand_instance_in_every_mode(failure: str) -> None:
    """Model and checker count alike, and it costs least where nothing fails."""
    case = hand_failure.hand_instance()
    bare = {
        mode: optimum(case.replaced(settings=case.settings.replaced(failure=mode), policies=()))
        for mode in ("ignored", failure)
    }
    plan = solve_here(case.replaced(settings=case.settings.replaced(failure=failure)))

    assert plan.certificate is not None
    assert plan.certificate.ok
    assert bare["ignored"] is not None
    assert bare[failure] is not None
    assert bare["ignored"] <= bare[failure] + 1e-9


# What is refused, and what is worth a look.

LATE = [{"scenario": "bad", "project": "mine", "years": 1}]
TWO = [scenario("nominal", 0.6, nominal=True), scenario("bad", 0.4)]


@pytest.mark.parametrize(
    ("plant", "failing", "tables", "message"),
    [
        (mine(), "nominal", {}, "the nominal scenario is the one without failures"),
        (mine(status="operating"), "bad", {}, "'mine' runs already and cannot fail"),
        (mine(status="committed"), "bad", {}, "'mine' runs already and cannot fail"),
        (mine(), "bad", {"delays": LATE}, "'mine' is late in 'bad': what fails never comes"),
        (mine(), "nowhere", {}, "'nowhere'"),
    ],
)
def test_who_cannot_fail_is_said(
    plant: Any, failing: str, tables: dict[str, Any], message: str
) -> None:
    rows = [{"scenario": failing, "project": "mine"}]
    found = errors(plant, scenarios=TWO, failures=rows, **tables)

    assert any(message in text for text in found), found


def test_a_draw_in_which_nobody_fails_is_refused() -> None:
    found = errors(mine(), settings={"failure": "drawn"}, scenarios=TWO)
    assert any("failures: is empty though settings.failure is drawn" in text for text in found)

    assert not errors(mine(chance=1.0), settings={"failure": "drawn"}, scenarios=TWO)


def test_a_draw_of_nothing_is_told() -> None:
    found = warnings(mine(), settings={"failure": "drawn"})

    assert any("settings, failure: is drawn, and nothing is" in text for text in found), found


def test_frequencies_that_are_not_the_chances_are_told_with_both() -> None:
    """It fails in 0.4 of the worlds and is said to fail with 0.25; 0.28 would be near enough."""
    far = warnings(mine(), settings={"failure": "drawn"}, **tree(none=0.6, mine=0.4))
    near = warnings(mine(), settings={"failure": "drawn"}, **tree(none=0.72, mine=0.28))

    said = "0.75 says that it fails with 0.25, and in the scenarios it fails with 0.4"
    assert any(said in text for text in far), far
    assert not any("says that it fails" in text for text in near)


def test_failures_without_effect_are_told() -> None:
    rows = [{"scenario": "bad", "project": "mine"}]
    found = warnings(mine(), settings={"failure": "ignored"}, scenarios=TWO, failures=rows)

    assert any("counts for nothing: settings.failure is ignored" in text for text in found), found


def test_the_default_is_expected() -> None:
    assert instance(mine()).settings.failure == "expected"
    assert world()["scenarios"]
    assert "failure" not in instance(mine()).canonical.decode()


# The report.


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            "expected",
            "That is with failures as expected; if every project succeeded, the same choice would "
            "be worth 994 M$ (the solver's word, not recomputed by the checker).",
        ),
        ("drawn", "That is with failures as drawn; if every project succeeded, the same choice"),
        ("ignored", "FAILURE IS IGNORED (settings.failure): all of this holds if every project"),
    ],
)
def test_the_report_says_how_failure_counts(failure: str, said: str) -> None:
    drawn = tree(none=0.75, mine=0.25) if failure == "drawn" else {}
    case = alone(mine(), failure=failure, **drawn)
    text = plain(report(solve_here(case), case))

    assert said in " ".join(text.split())
    assert ("in all that follows: mine 75 %." in " ".join(text.split())) == (failure != "ignored")
