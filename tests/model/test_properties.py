"""What must hold of every plan, whatever the instance.

Solved in this process and proven to the end; a few go through the child processes as well.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.checker import check
from optimizer.instance import Instance
from optimizer.solving.solve import solve
from tests.support.inprocess import EXACT, optimum, solve_here
from tests.support.planted_errors import PLANTED
from tests.support.profiles import examples
from tests.support.strategies import instances, random_instance

if TYPE_CHECKING:
    from optimizer.plan import Plan

FEW = settings(derandomize=True, max_examples=examples(15))
FRUITFUL = (0, 1, 3, 4, 5, 6, 7, 8, 9, 11, 14, 17, 20, 24, 27, 30, 32, 33, 34, 42, 54, 75)
"""Seeds whose plans have places for errors; where that changes, others are tried too."""
NO_PLACE = {
    "group emptied",
    "cover missed",
    "concentrated",
    "one member starved",
    "criterion bound missed",
    "run before it is unlocked",
    "served out of turn",
    "open without a floor",
    "exposure missed",
    "host_benefit missed",
    "covered as if it could not fail",
    "failed stockpile kept",
    "salvage counted whole",
} | {error.name for error in PLANTED if error.name.startswith("untaken")}
"""Errors that these instances have no place for, or too rarely; the hand-argued cases have all.

No relation of theirs asks for a start, no row for days of cover, an index, fairness or a criterion;
no works are started in the first year without what unlocks them, and there is one segment alone.
Nothing owed is left untaken, and a floor, an exposure or a host's terms seldom bind; a stockpile
seldom fails in one scenario and is filled in another.
"""


def close(value: float | None) -> Any:
    return pytest.approx(value, rel=1e-6, abs=1e-6)


def value(plan: Plan) -> float:
    assert plan.proof.objective is not None
    return plan.proof.objective


@given(instances())
@settings(FEW, max_examples=examples(25))
def test_every_plan_passes_the_checker(case: Instance) -> None:
    """Doing nothing obeys all policies here, so there is a plan; it is proven and checked."""
    plan = solve_here(case)

    assert plan.found
    assert plan.proof.status == "optimal"
    certificate = check(case, plan)
    assert certificate.violations == ()
    assert sum(certificate.parts.values()) == close(plan.proof.objective)
    assert plan.proof.bound == close(plan.proof.objective)


def test_a_planted_error_in_a_solved_plan_is_caught() -> None:
    """Plan after plan, until every kind of error has found its places."""
    left = {error.name for error in PLANTED}
    for seed in dict.fromkeys((*FRUITFUL, *range(100))):
        case = random_instance(seed)
        plan = solve_here(case)
        for error in PLANTED:
            spoilt = error.plant(case, plan) if error.name in left else None
            if spoilt is not None:
                found = {violation.rule for violation in check(case, spoilt).violations}
                assert error.rule in found, f"seed {seed}: {error.name}"
                left.remove(error.name)
        if left <= NO_PLACE:
            return
    raise AssertionError(f"no place for {sorted(left)}")


@given(instances())
@FEW
def test_relaxing_a_policy_never_worsens_the_optimum(case: Instance) -> None:
    before = optimum(case)
    for row in case.policies:
        relaxed = optimum(case.changed(switch_off=[row.id]))
        assert before is not None
        assert relaxed is not None
        assert relaxed <= before + 1e-6 * max(1.0, abs(before))


@given(instances(), st.sampled_from([1.5, 4.0]))
@FEW
def test_a_larger_budget_never_worsens_the_optimum(case: Instance, factor: float) -> None:
    """Shares of the budget are upper bounds here, so that more money relaxes them as well."""
    before, after = optimum(case), optimum(case.changed(budget_factor=factor))

    assert before is not None
    assert after is not None
    assert after <= before + 1e-6 * max(1.0, abs(before))


@given(instances(), st.randoms(use_true_random=False))
@FEW
def test_the_order_of_rows_changes_nothing(case: Instance, random: Any) -> None:
    """Not even the hash; so the plan is the same to the last digit."""
    rows: dict[str, Any] = {}
    for name in Instance.tables():
        table = list(getattr(case, name))
        random.shuffle(table)
        rows[name] = tuple(table)
    shuffled = Instance.model_validate({"settings": case.settings, **rows})

    assert shuffled.content_hash == case.content_hash
    assert solve_here(shuffled).proof.objective == solve_here(case).proof.objective


@given(instances())
@FEW
def test_names_change_nothing(case: Instance) -> None:
    """Other names for the projects, in another order: the same optimum."""
    text = case.model_dump_json()
    names = [project.id for project in case.projects]
    for n, name in enumerate(sorted(names, reverse=True)):
        text = text.replace(json.dumps(name), json.dumps(f"plant{n}"))
    renamed = Instance.model_validate(json.loads(text))

    assert renamed.content_hash != case.content_hash
    assert optimum(renamed) == close(optimum(case))


@given(instances())
@FEW
def test_a_risk_weight_of_zero_is_risk_neutral(case: Instance) -> None:
    """The objective is then cost and penalties alone, and no risk aversion can make it better."""
    neutral = solve_here(case.changed({"settings.objective.risk_weight": 0.0}))
    averse = solve_here(case.changed({"settings.objective.risk_weight": 1.0}))
    least = neutral.criteria["expected_cost"] + neutral.criteria["policy_penalty"]

    assert neutral.proof.objective == close(least)
    cost = averse.criteria["expected_cost"] + averse.criteria["policy_penalty"]
    assert cost >= least - 1e-6 * max(1.0, abs(least))
    averse_risk = averse.criteria["tail_shortage"] - averse.criteria["mean_shortage_cost"]
    neutral_risk = neutral.criteria["tail_shortage"] - neutral.criteria["mean_shortage_cost"]
    assert averse_risk <= neutral_risk + 1e-6 * max(1.0, neutral_risk)


@given(instances())
@FEW
def test_one_certain_scenario_is_the_deterministic_model(case: Instance) -> None:
    """With all the probability on the nominal scenario the others change nothing; nor does a second
    scenario in which nothing happens."""
    certain = {
        f"scenarios.{scenario.id}.probability": float(scenario.nominal)
        for scenario in case.scenarios
    }
    neutral = case.changed({"settings.objective.risk_weight": 0.0, **certain})
    nominal = tuple(scenario for scenario in neutral.scenarios if scenario.nominal)
    alone = Instance.model_validate(
        {name: getattr(neutral, name) for name in Instance.model_fields}
        | {"scenarios": nominal, "shocks": (), "delays": (), "failures": ()}
    )

    assert optimum(neutral) == close(optimum(alone))


@given(instances())
@FEW
def test_locks_are_respected_and_never_help(case: Instance) -> None:
    """Locked out it is not started, locked in it is; neither is better than the free choice."""
    free = solve_here(case)
    candidates = [p for p in case.projects if p.status == "candidate"]
    for project in candidates[:2]:
        out = solve_here(case.changed(fix_out=[project.id]))
        if out.found and project.goes_ahead_alone is None:
            assert project.id not in set(out.tables.choice["project"])
            assert value(out) >= value(free) - 1e-6 * abs(value(free))
        locked = solve_here(case.changed(fix_in=[project.id]))
        if locked.found:
            assert project.id in set(locked.tables.choice["project"])
            assert value(locked) >= value(free) - 1e-6 * abs(value(free))


@given(instances())
@FEW
def test_without_policies_no_plan_is_worse_than_doing_nothing(case: Instance) -> None:
    """A policy may ask for what costs more than it saves. Without policies and relations the fund
    can always do nothing, so the worth is not negative; and it is the difference that it says."""
    free = case.changed(switch_off=[row.id for row in case.policies])
    free = Instance.model_validate(
        {name: getattr(free, name) for name in Instance.model_fields} | {"relations": ()}
    )
    proof = solve_here(free).proof

    assert proof.do_nothing is not None
    assert proof.worth is not None
    assert proof.worth >= -1e-6 * max(1.0, abs(proof.do_nothing))
    assert proof.worth == close(proof.do_nothing - value(solve_here(free)))


@given(instances())
@FEW
def test_doing_nothing_does_not_depend_on_policies_and_money(case: Instance) -> None:
    poor = case.changed(switch_off=[row.id for row in case.policies], budget_factor=0.5)

    assert solve_here(poor).proof.do_nothing == close(solve_here(case).proof.do_nothing)


@given(instances())
@FEW
def test_payments_are_as_fair_as_money_allows(case: Instance) -> None:
    """Nobody pays out more than it has, and cash never falls below zero."""
    plan = solve_here(case)
    assume(plan.chosen)

    assert (plan.tables.cash["amount_musd"] >= -1e-6).all()
    public = plan.criteria["public_capital"]
    private = float(plan.tables.private["amount_musd"].sum())
    started = set(plan.tables.choice["project"])
    capex = sum(project.capex_musd for project in case.projects if project.id in started)
    assert public + private == close(capex)


@pytest.mark.parametrize("seed", [3, 5, 8, 252])
def test_the_processes_answer_the_same(seed: int) -> None:
    """Through the child processes as in this one; 252 is one that HiGHS' presolve trips over."""
    case = random_instance(seed)

    assert solve(case, EXACT).proof.objective == close(solve_here(case).proof.objective)
