"""How firm: a choice priced again where salvage, shortage, shocks and failures are otherwise."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from optimizer import load
from optimizer.errors import InvalidPlan, SolverFailed
from optimizer.highs.process import Stop
from optimizer.plan import Options, altered
from optimizer.plan.document import PlanDocument, document_of
from optimizer.presentation.report import firmness, plain, report
from optimizer.scenarios.strained import with_shocks_moved, with_shortage_costs
from optimizer.solving import firmness as firmness_of
from optimizer.solving.draws import DrawnWorlds, all_of, drawn
from optimizer.solving.firmness import _sampled
from optimizer.solving.session import Session
from tests.support.factories import instance, policy, project, scenario, series, shock
from tests.support.inprocess import EXACT, firm_here, solve_here

if TYPE_CHECKING:
    from optimizer.highs.process import Progress
    from optimizer.instance import Instance
    from optimizer.plan import Plan
    from optimizer.plan.firm_case import FirmCase
    from optimizer.program.program import Program

FIRM = EXACT.replaced(firm=True)


def alone(*plants: Any, settings: dict[str, Any] | None = None, **tables: Any) -> Instance:
    """Two years in which nobody sells oxide: 1 kt a year is made at home or goes short at 500."""
    given = {"supply_limits": series("supplier", ["chn"], (2030, 2031), limit_t_per_year=0.0)}
    return instance(*plants, settings=settings, **given | tables)


def mine(name: str = "mine", chance: float = 0.75, **fields: Any) -> Any:
    """60 M$, of whose 20 years two lie in the horizon: 6 M$. 1 kt a year, for nothing."""
    return project(name, **{"capex_musd": 60.0, "success_probability": chance} | fields)


def embargoed(year: int, *, survive: bool = False) -> Instance:
    """Five years; a certain mine of 1 kt from 2032 on; in half of all cases, or where it is to be
    survived, nobody sells oxide in a year. A year without shocks costs 50, one short 500."""
    late = mine(chance=1.0, capex_musd=100.0, build_years=1, earliest_start=2031, latest_start=2031)
    chance = 0.0 if survive else 0.5
    given: dict[str, Any] = {
        "scenarios": [
            scenario("nominal", 1 - chance, nominal=True),
            scenario("embargo", chance, must_survive=survive),
        ],
        "shocks": [shock("embargo", "supply", 0.0, (year, year), country="CHN")],
    }
    if survive:
        given["policies"] = [policy("lights", "must_survive", 0.0)]
    return instance(late, years=tuple(range(2030, 2035)), **given)


def by_case(found: tuple[FirmCase, ...]) -> dict[str, FirmCase]:
    return {one.case: one for one in found}


# The cases, by hand


def test_each_case_of_one_mine_by_hand() -> None:
    """Worth 744. Half of 54 M$ salvage less: 717. At 250 a kt: 500 less 6 and 125. Drawn: 994 with
    0.75, and where the mine fails its 6 M$ are lost."""
    plan = solve_here(alone(mine()), FIRM)
    found = by_case(plan.proof.firm)

    assert list(found) == ["half_salvage", "half_shortage_cost", "failures"]
    assert plan.proof.worth == pytest.approx(744.0)
    assert found["half_salvage"].worth == pytest.approx(717.0)
    assert found["half_shortage_cost"].worth == pytest.approx(369.0)
    failing = found["failures"]
    assert failing.worth == pytest.approx(0.75 * 994 - 0.25 * 6) == pytest.approx(744.0)
    assert (failing.draws, failing.is_complete, failing.standard_error) == (2, True, 0.0)
    assert failing.low == pytest.approx(-6.0)
    assert failing.loss_share == pytest.approx(0.25)
    assert all(one.ended == "done" for one in found.values())
    assert all(one.cost_saved == pytest.approx(one.worth) for one in found.values())


def test_tiny_by_its_readme() -> None:
    """Half of 4/9 of 27, 14.4 and 7.2 less; shortage of 63 and not 126, and of 1.5 and not 3; no
    embargo within the horizon. Works makes 0.75 kt with 0.8, and pit is of no use without it."""
    plan = solve_here(load("instances/tiny"), FIRM)
    found = by_case(plan.proof.firm)
    cost = 27 + 1.528 + 10

    assert found["half_salvage"].worth == pytest.approx(19.712 - 0.5 * 4 / 9 * 48.6)
    cheap = 10 + 0.4 * (10 + 63) - cost - 0.4 * (6.7 + 5.7 + 1.5)
    assert found["half_shortage_cost"].worth == pytest.approx(cheap)
    for case in ("shocks_earlier", "shocks_later"):
        assert found[case].worth == pytest.approx(10 + 8 - cost - 0.8 * 6.7)
        assert found[case].gone == 1
    comes = 64.4 - cost - 0.8 * (0.75 * 6 + 0.25 * 7)
    fails = 64.4 - cost - 0.4 * (9.1 + 83.1)
    assert found["failures"].worth == pytest.approx(0.8 * comes + 0.2 * fails)
    assert found["failures"].low == pytest.approx(fails)


def test_the_plan_is_the_same_whether_it_says_how_firm_it_is() -> None:
    case = alone(mine())
    plan, firm = solve_here(case), solve_here(case, FIRM)

    assert plan.proof.firm == ()
    assert firm.chosen == plan.chosen
    assert firm.proof.objective == plan.proof.objective
    assert firm.certificate == plan.certificate
    assert firm_here(case, plan) == firm.proof.firm


@pytest.mark.parametrize(
    ("year", "worth", "earlier", "later", "gone"),
    [(2032, 360.0, 135.0, 360.0, 0), (2034, 360.0, 360.0, 135.0, 1), (2030, 135.0, 135.0, 360, 0)],
)
def test_shocks_two_years_earlier_and_later(
    year: int, worth: float, earlier: float, later: float, gone: int
) -> None:
    """Three years of purchases less 15 M$ of building are 135; half of 450 more where the mine is
    there in the embargo. Of 2030 the earlier one has left the horizon, of 2034 the later one."""
    plan = solve_here(embargoed(year), FIRM)
    found = by_case(plan.proof.firm)

    assert plan.proof.worth == pytest.approx(worth)
    assert found["shocks_earlier"].worth == pytest.approx(earlier)
    assert found["shocks_later"].worth == pytest.approx(later)
    assert found["shocks_later"].gone == gone
    assert found["shocks_earlier"].gone == (1 if year == 2030 else 0)
    assert "failures" not in found


def test_a_rule_that_cannot_be_kept_is_told() -> None:
    """What has to be survived comes before the mine does."""
    case = embargoed(2032, survive=True)
    plan = solve_here(case, FIRM)
    found = by_case(plan.proof.firm)

    assert (found["shocks_earlier"].ended, found["shocks_earlier"].worth) == ("not_kept", None)
    assert found["shocks_later"].ended == "done"
    text = " ".join(plain(report(plan, case)).split())
    assert "every shock comes two years earlier not kept" in text
    assert "Where every shock comes two years earlier no money and operation keep" in text


def test_cheap_shortage_makes_soft_policies_cheap_too() -> None:
    """A penalty of 400 USD/kg is below a tranche of 500, and must not be above one of 250."""
    row = policy(
        "cap", "country_share", 0.1, element="Nd", stage="processing", country="CHN",
        hard=False, penalty_usd_per_t=400_000.0,
    )  # fmt: skip
    case = with_shortage_costs(instance(mine(), policies=[row]), 0.5)

    assert case.tranches[0].cost_usd_per_t == 250_000.0
    assert case.policies[0].penalty_usd_per_t == 200_000.0


def test_shocks_are_moved_and_none_that_changes_nothing_is_gone() -> None:
    case = instance(
        mine(),
        years=tuple(range(2030, 2035)),
        scenarios=[scenario("nominal", 0.5, nominal=True), scenario("other", 0.5)],
        shocks=[
            shock("other", "price", 1.0, (2034, 2034), material="oxide"),
            shock("other", "demand", 1.0, (2031, 2033), segment="motors"),
        ],
    )
    moved, gone = with_shocks_moved(case, 2)

    assert gone == 0
    assert sorted((row.first_year, row.last_year) for row in moved.shocks) == [
        (2033, 2035),
        (2036, 2036),
    ]


# Draws


def two_mines() -> Instance:
    """Two of 1 kt that come with 0.5 each, apart: as expected they make one that is whole."""
    return alone(mine("a", 0.5), mine("b", 0.5))


def test_all_combinations_are_the_enumeration() -> None:
    """Worth 988 as expected; both fail with a quarter, and then 12 M$ are lost: 738."""
    plan = solve_here(two_mines(), FIRM)
    failing = by_case(plan.proof.firm)["failures"]

    assert plan.proof.worth == pytest.approx(988.0)
    assert failing.worth == pytest.approx(738.0)
    assert failing.draws == 4
    assert failing.loss_share == pytest.approx(0.25)


def test_draws_come_near_the_enumeration() -> None:
    """400 draws: 738 within four standard errors, which are 1,000 · √(3/16 / 400) = 21.7."""
    case = two_mines()
    plan = solve_here(case)
    with_draws = Options(firm_draws=400, seed=3)
    found = sampled(case, plan, with_draws)

    assert found.draws == 400
    assert not found.is_complete
    assert found.worth is not None
    assert found.standard_error == pytest.approx(1000 * math.sqrt(3 / 16 / 400), rel=0.15)
    assert abs(found.worth - 738.0) < 4 * found.standard_error
    assert found.loss_share == pytest.approx(1 - (found.worth + 12) / 1000)
    assert sampled(case, plan, with_draws) == found
    assert sampled(case, plan, Options(firm_draws=400, seed=4)).worth != found.worth


def sampled(case: Instance, plan: Plan, options: Options) -> FirmCase:
    """What draws say where all combinations are not worked out."""
    from unittest.mock import patch

    from optimizer.solving import session
    from tests.support.inprocess import solve_program_here

    with patch.object(session, "solve_program", solve_program_here):
        under_way = Session(options, None, Stop())
        return _sampled(DrawnWorlds(case, plan, under_way), under_way)


def test_combinations_and_draws_have_the_chances_of_the_projects() -> None:
    risky = {"a": 0.5, "b": 0.9, "never": 0.0}
    combinations = {one.fails: one.share for one in all_of(risky)}
    draws = drawn(risky, 20_000, seed=1)

    assert sum(combinations.values()) == pytest.approx(1.0)
    assert combinations[frozenset({"b", "never"})] == pytest.approx(0.05)
    assert frozenset() not in combinations
    assert all("never" in fails for fails in draws)
    for name, chance in {"a": 0.5, "b": 0.9}.items():
        share = sum(name in fails for fails in draws) / len(draws)
        assert share == pytest.approx(1 - chance, abs=4 * math.sqrt(0.25 / 20_000))


def test_a_committed_project_fails_in_doing_nothing_as_well() -> None:
    """A committed mine comes with a half, a certain one is built besides for 6 M$: lost where the
    first comes, and else worth 994."""
    coming = mine("coming", 0.5, status="committed", online_year=2030, capex_musd=0.0)
    plan = solve_here(alone(coming, mine("sure", 1.0)), FIRM)
    failing = by_case(plan.proof.firm)["failures"]

    assert plan.chosen == [("sure", 2030)]
    assert failing.worth == pytest.approx((994.0 - 6.0) / 2) == pytest.approx(494.0)
    assert (failing.low, failing.loss_share) == (pytest.approx(-6.0), pytest.approx(0.5))


def test_what_would_come_by_itself_fails_in_doing_nothing_as_well() -> None:
    """It would come in 2031 and is taken over for 2030: what that gains is one year of 500, less
    3 M$, where it does not fail."""
    plan = solve_here(alone(mine(goes_ahead_alone=2031)), FIRM)
    failing = by_case(plan.proof.firm)["failures"]

    assert plan.chosen == [("mine", 2030)]
    assert failing.worth == pytest.approx(0.75 * 500 - 3)
    assert failing.low == pytest.approx(-3.0)


def test_what_fails_outside_pays_nothing_back() -> None:
    """A mine abroad on a loan of 60 M$ without interest, its output paid at market price: 1,000
    less 100 where it comes and all is repaid, and the loan lost where it fails. The mean is what
    is expected: 1,000 less 250 short, 75 of purchases and 15 of the loan."""
    loan = {"id": "loan", "kind": "loan", "tenor_years": 2}
    case = alone(mine(country="CHN"), instruments=[loan])
    plan = solve_here(case, FIRM)
    failing = by_case(plan.proof.firm)["failures"]

    assert plan.proof.worth == pytest.approx(660.0)
    assert drawn_worth(case, plan, frozenset()) == pytest.approx(900.0)
    assert drawn_worth(case, plan, frozenset({"mine"})) == pytest.approx(-60.0)
    assert failing.worth == pytest.approx(660.0)
    assert failing.low == pytest.approx(-60.0)


def test_a_price_floor_abroad_pays_for_what_comes() -> None:
    """It pays 10 M$ a kt in one year, where the mine comes: 7.5 are expected."""
    floor = {
        "id": "floor", "project": "mine", "kind": "price_floor", "tenor_years": 1,
        "price_usd_per_t": 60_000, "bankable": True,
    }  # fmt: skip
    abroad = mine(country="CHN", private_appetite=1.0, bankable=False)
    case = alone(abroad, contracts=[floor], instruments=[])
    plan = solve_here(case, FIRM)

    assert plan.tables.signed["contract"].tolist() == ["floor"]
    assert drawn_worth(case, plan, frozenset()) == pytest.approx(1000 - 100 - 10)
    assert drawn_worth(case, plan, frozenset({"mine"})) == pytest.approx(0.0)
    assert by_case(plan.proof.firm)["failures"].worth == pytest.approx(plan.proof.worth)


def test_draws_have_the_chances_of_the_data_where_the_plan_ignores_failure() -> None:
    plan = solve_here(alone(mine(), settings={"failure": "ignored"}), FIRM)

    assert plan.proof.worth == pytest.approx(994.0)
    assert by_case(plan.proof.firm)["failures"].worth == pytest.approx(744.0)


def test_nothing_is_drawn_where_scenarios_say_who_fails_or_nothing_can() -> None:
    given: dict[str, Any] = {
        "scenarios": [
            scenario("nominal", 0.0, nominal=True),
            scenario("works", 0.75),
            scenario("fails", 0.25),
        ],
        "failures": [{"scenario": "fails", "project": "mine"}],
    }
    for case in (
        alone(mine(), settings={"failure": "drawn"}, **given),
        alone(mine(chance=1.0)),
    ):
        assert "failures" not in by_case(solve_here(case, FIRM).proof.firm)


@pytest.mark.parametrize("risk", [0.0, 0.7])
def test_a_draw_of_tiny_is_worth_what_the_same_choice_is_where_that_is_certain(risk: float) -> None:
    """Solved anew, with chances of 0 and 1, everything started as in the plan, no policies; money
    is found anew there, and costs nothing."""
    made: dict[str, object] = {"projects.*.private_premium": 0.0}
    case = load("instances/tiny").changed(made | {"settings.objective.risk_weight": risk})
    plan = solve_here(case)
    started = dict(plan.chosen)
    names = [row.id for row in case.projects if row.success_probability < 1 and row.id in started]
    assert names
    off = [row.id for row in case.policies]
    held: dict[str, object] = {
        f"projects.{p}.{field}": year
        for p, year in started.items()
        for field in ("earliest_start", "latest_start")
    }
    out = [row.id for row in case.projects if row.id not in started]
    for number in range(len(names) + 1):
        for fails in itertools.combinations(names, number):
            chances = {f"projects.{p}.success_probability": float(p not in fails) for p in names}
            world = case.changed(held | chances, fix_in=started, fix_out=out, switch_off=off)
            certain = solve_here(world)
            worth = drawn_worth(case, plan, frozenset(fails))
            assert worth == pytest.approx(certain.proof.worth, abs=1e-6), fails


def drawn_worth(case: Instance, plan: Plan, fails: frozenset[str]) -> float:
    from unittest.mock import patch

    from optimizer.solving import session
    from tests.support.inprocess import solve_program_here

    with patch.object(session, "solve_program", solve_program_here):
        return DrawnWorlds(case, plan, Session(EXACT, None, Stop())).worth(fails).worth


# Limits, files, words


def test_an_interruption_keeps_what_is_there() -> None:
    """Asked to stop in the second case: the first two are there, the others say why not."""
    case, stop = alone(mine()), Stop()
    plan = solve_here(case)

    def listen(progress: Progress) -> None:
        if "shortage" in progress.stage:
            stop.ask()

    found = firm_here(case, plan, None, listen, stop)
    assert [(one.case, one.ended) for one in found] == [
        ("half_salvage", "done"),
        ("half_shortage_cost", "done"),
        ("failures", "cut_short"),
    ]
    assert found[2].worth is None


def test_draws_that_are_cut_short_are_a_smaller_sample() -> None:
    """Ten mines of 0.1 kt: more combinations than 200 draws, of which there is time for 40."""
    mines = [mine(f"m{i}", 0.5, capex_musd=6.0, capacity_t_per_year=100.0) for i in range(10)]
    case, stop, heard = alone(*mines), Stop(), []
    plan = solve_here(case)

    def listen(progress: Progress) -> None:
        heard.append(progress.stage)
        if progress.stage.startswith("how firm: 40 "):
            stop.ask()

    failing = by_case(firm_here(case, plan, None, listen, stop))["failures"]
    assert (failing.ended, failing.draws) == ("cut_short", 40)
    assert failing.worth == pytest.approx(500 - 6, abs=4 * (failing.standard_error or 0.0))
    assert failing.standard_error == pytest.approx(100 * math.sqrt(10 * 0.25 / 40), rel=0.4)
    assert "how firm: 20 of 200 draws of failures" in heard
    text = " ".join(
        plain(firmness(altered(plan, proof=plan.proof.replaced(firm=(failing,))))).split()
    )
    assert "40 draws of failures, for which there was time: the standard error" in text


def test_without_time_every_case_says_so() -> None:
    case = embargoed(2032)
    plan = solve_here(case)
    found = firm_here(case, plan, Options(time_limit_s=1e-9))

    assert [one.ended for one in found] == ["cut_short"] * 4
    text = plain(firmness(altered(plan, proof=plan.proof.replaced(firm=found))))
    assert "There was no time left to see" in text


def test_a_solver_that_fails_costs_the_case_and_not_the_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the third case and in the draws; the plan is there with the rest."""
    priced, solved = firmness_of.repriced, Session.try_linear

    def fails_early(world: Instance, choice: Any, session: Session) -> Any:
        if world.shocks[0].first_year == 2030:
            raise SolverFailed("the linear program did not end")
        return priced(world, choice, session)

    def fails_drawn(session: Session, program: Program, stage: str) -> Any:
        if stage == "operation of the fixed plan":
            raise SolverFailed("the linear program did not end")
        return solved(session, program, stage)

    monkeypatch.setattr(firmness_of, "repriced", fails_early)
    monkeypatch.setattr(Session, "try_linear", fails_drawn)
    case = embargoed(2032).changed({"projects.mine.success_probability": 0.9})
    plan = solve_here(case, FIRM)

    ended = {name: one.ended for name, one in by_case(plan.proof.firm).items()}
    assert ended == {
        "half_salvage": "done",
        "half_shortage_cost": "done",
        "shocks_earlier": "not_solved",
        "shocks_later": "done",
        "failures": "not_solved",
    }
    text = plain(report(plan, case))
    assert "The solver gave no answer to trust where projects fail or not, by draw." in text


def test_the_report_has_one_row_for_each_case() -> None:
    case = alone(mine())
    plan = solve_here(case, FIRM)
    lines = plain(report(plan, case)).splitlines()
    start = lines.index("HOW FIRM")
    section = "\n".join(lines[start : lines.index("", start)])

    assert "solver's word, not recomputed by the checker" in " ".join(section.split())
    for words, worth, change in (
        ("as planned", "744", ""),
        ("what outlives the last year counts by half", "717", "−3.6 %"),
        ("going short costs half", "369", "−50 %"),
        ("projects fail or not, by draw", "744", "none"),
    ):
        row = next(line for line in section.splitlines() if line.strip().startswith(words))
        assert row.split(words)[1].split() == [worth, *change.split()]
    said = " ".join(section.split())
    assert "All 2 combinations of failures, by their probability: the mean is exact." in said
    assert "in 25 % it is worth less than nothing" in said
    assert "HOW FIRM" not in plain(report(solve_here(case), case))


def test_a_plan_of_before_loads_and_says_nothing_of_it() -> None:
    plan = solve_here(alone(mine()), FIRM)
    document = json.loads(document_of(plan).model_dump_json())
    assert PlanDocument.model_validate(document).proof.firm == plan.proof.firm

    del document["proof"]["firm"], document["options"]["firm"], document["options"]["firm_draws"]
    older = PlanDocument.model_validate(document)
    assert older.proof.firm == ()
    assert (older.options.firm, older.options.firm_draws) == (False, 200)


def test_a_plan_of_another_instance_is_refused() -> None:
    plan = solve_here(alone(mine()))
    with pytest.raises(InvalidPlan, match="of another instance"):
        firm_here(alone(mine(capex_musd=61.0)), plan)
    with pytest.raises(InvalidPlan, match="no plan"):
        firm_here(alone(mine()), replace(plan, proof=plan.proof.replaced(objective=None)))
