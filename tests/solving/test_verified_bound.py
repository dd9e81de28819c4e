"""The verified bound: it holds though the solver lies, and closes where more is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.blocks.worlds import Worlds
from optimizer.errors import SolverFailed
from optimizer.highs.process import Stop
from optimizer.instance.formats.reader import load
from optimizer.plan import Options, Plan
from optimizer.program.stamp import stamp
from optimizer.solving import second_opinion as second
from optimizer.solving.recheck import recheck_bound
from optimizer.solving.second_opinion import Opinion, second_opinion
from optimizer.solving.session import Session
from optimizer.solving.solve import solve
from optimizer.solving.verified_bound import verified_root, verify
from tests.support.inprocess import optimum, solve_here, solve_program_here
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.highs.process import Answer
    from optimizer.instance import Instance
    from optimizer.solving.verified_bound import Verified

SESSION = "optimizer.solving.session.solve_program"
CLOSED = Options(gap=0.0, worth_gap=0.0, certify=True)


def bound_of(world: Instance, answer: Callable[..., Answer], most_leaves: float) -> Verified:
    """What is verified of an instance where a solver answers so."""
    session = Session(Options(), None, Stop())
    with patch(SESSION, answer):
        root = verified_root(stamp(Worlds.of(world)), session)
        assert root is not None
        return verify(root, session, 0.0, lambda _: False, most_leaves)


@given(st.integers(0, 10**6))
def test_a_solver_that_lies_proves_nothing_that_is_not_so(seed: int) -> None:
    """Objective and bound a million, multipliers bent, "infeasible" where there are solutions."""
    world = random_instance(seed)
    best = optimum(world)
    if best is None:
        return
    random = np.random.default_rng(seed)

    def lie(*given: Any) -> Answer:
        told = solve_program_here(*given)
        assert told.duals is not None
        bent = told.duals * random.uniform(-0.1, 2.0, len(told.duals))
        lied = replace(told, objective=1e6, bound=1e6, duals=bent)
        return replace(lied, ending="infeasible") if random.random() < 0.1 else lied

    verified = bound_of(world, lie, 9)

    assert verified.bound <= best + 1e-6 * max(1.0, abs(best))


@given(st.integers(0, 10**6))
def test_branching_closes_to_the_optimum(seed: int) -> None:
    """Left to itself it ends at the optimum that another search proves, and never above it."""
    world = random_instance(seed)
    best = optimum(world)
    if best is None:
        return

    verified = bound_of(world, solve_program_here, np.inf)

    assert verified.bound == pytest.approx(best, rel=1e-6, abs=1e-6)


def test_a_plan_states_what_is_verified() -> None:
    """Of tiny the relaxation leaves 11 % open; certified, nothing."""
    world = load("instances/tiny")

    plain, certified = solve_here(world), solve_here(world, CLOSED)

    assert plain.certificate is not None
    assert certified.certificate is not None
    assert plain.certificate.verified_leaves == 1
    assert plain.certificate.verified_bound == pytest.approx(39.85333333)
    assert certified.certificate.verified_leaves > 1
    assert certified.certificate.verified_bound == pytest.approx(44.768, rel=1e-6)
    assert certified.proof.objective == plain.proof.objective


def test_one_that_maximises_is_verified_from_above() -> None:
    """Two points of strategic value and money for one: 1 is the most, the relaxation says more."""
    world = load("instances/tiny").changed(
        {
            "settings.objective.sense": "maximise",
            "settings.objective.weights": {"strategic_value": 1.0},
        }
    )

    plan = solve_here(world, CLOSED)

    assert plan.certificate is not None
    assert plan.proof.objective is not None
    assert plan.certificate.verified_bound is not None
    assert plan.certificate.verified_bound >= plan.proof.objective - 1e-6


def falsified(plan: Plan, **stated: Any) -> Plan:
    """A plan whose certificate, or proof, says something else."""
    assert plan.certificate is not None
    of_proof = {name: stated.pop(name) for name in ("objective", "bound") if name in stated}
    certificate = plan.certificate.replaced(**stated)
    return replace(plan, certificate=certificate, proof=plan.proof.replaced(**of_proof))


def test_a_saved_bound_is_verified_anew_and_a_false_one_found_out() -> None:
    world = load("instances/tiny")
    plain, certified = solve_here(world), solve_here(world, CLOSED)

    with patch(SESSION, solve_program_here):
        again = recheck_bound(world, plain, Options())
        whole = recheck_bound(world, certified, CLOSED)
        partly = recheck_bound(world, certified, Options())
        higher = recheck_bound(world, falsified(plain, verified_bound=44.9), Options())
        beyond = recheck_bound(world, falsified(certified, verified_bound=45.0), CLOSED)
        claimed = recheck_bound(world, falsified(plain, objective=44.9, bound=44.9), CLOSED)
        better = recheck_bound(world, falsified(plain, objective=39.0), Options())

    assert (again.violations, again.is_repeated) == ((), True)
    assert (whole.violations, whole.is_repeated) == ((), True)
    assert (partly.violations, partly.is_repeated) == ((), False)
    assert "the certificate states 44.9" in higher.violations[0].where
    assert "the certificate states 45" in beyond.violations[0].where
    assert "the plan states 44.9, verified is 44.768" in claimed.violations[0].where
    assert "no plan is better than 39.85" in better.violations[0].where


def test_another_solver_agrees_and_says_where_it_does_not() -> None:
    """SCIP proves tiny's optimum, 44.768; a plan that claims more is contradicted on both sides."""
    world = load("instances/tiny")
    plan = solve_here(world)

    right = second_opinion(world, plan, 60.0)
    worse = second_opinion(world, falsified(plan, objective=44.0), 60.0)
    closed = second_opinion(world, falsified(plan, bound=50.0, objective=50.0), 60.0)

    assert right.opinion.solver.startswith("SCIP")
    assert right.opinion.value == pytest.approx(44.768, rel=1e-6)
    assert right.violations == ()
    assert "proves that no plan is better than 44.768" in worse.violations[0].where
    assert "has a solution that comes to 44.768" in closed.violations[0].where


def test_cbc_is_asked_where_scip_is_missing() -> None:
    world = load("instances/tiny")
    plan = solve_here(world)

    def only_cbc(name: str) -> object:
        return None if name == "pyscipopt" else object()

    with patch.object(second, "find_spec", only_cbc), patch.object(second, "_asked", here):
        found = second_opinion(world, plan, 60.0)

    assert found.opinion.solver.startswith("CBC")
    assert found.opinion.value == pytest.approx(44.768, rel=1e-6)
    assert found.opinion.bound == pytest.approx(44.768, rel=1e-3)
    assert found.violations == ()


def here(path: Any, limit_s: float, gap: float) -> Opinion:
    """CBC's word, without a process between."""
    return second._cbc(path, limit_s, gap)


def test_without_another_solver_it_says_what_to_install() -> None:
    world = load("instances/tiny")
    plan = solve_here(world)

    with (
        patch.object(second, "find_spec", lambda _: None),
        patch.object(second.shutil, "which", lambda _: None),
        pytest.raises(SolverFailed, match="install pyscipopt"),
    ):
        second_opinion(world, plan, 60.0)


def test_time_that_is_up_leaves_the_bound_open() -> None:
    """A limit of a millisecond: whatever plan there is states no verified bound, or a valid one."""
    plan = solve(load("instances/tiny"), Options(time_limit_s=1e-3))

    if plan.certificate is not None and plan.certificate.verified_bound is not None:
        assert plan.certificate.verified_bound <= 44.768 + 1e-6
