"""Doing nothing is recomputed as any plan is, and what stays somebody's word is said."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.checker import check
from optimizer.checker.doing_nothing import unfunded
from optimizer.instance.formats.reader import load
from optimizer.plan.files import load_plan, save_plan
from tests.support.hand_plans import DO_NOTHING, OBJECTIVE, WORTH, hand_instance, hand_plan
from tests.support.inprocess import solve_here

INSTANCES = Path(__file__).resolve().parents[2] / "instances"
OLD = sorted(path.parent.parent.name for path in INSTANCES.glob("*/plan/plan.json"))
UNKEPT = "Do-nothing is the solver's word: this plan keeps no tables of it."


def test_the_world_without_the_fund() -> None:
    """Only the recycler starts, when it goes ahead; nobody has money, asks or forbids anything."""
    world = unfunded(hand_instance())

    free = {row.id for row in world.projects if row.status == "candidate" and row.locked != "out"}
    assert free == {"recycler"}
    assert (world.policies, world.relations, world.contracts, world.steps) == ((), (), (), ())
    assert (world.contributions, world.outlays) == ((), ())
    assert {row.opening_cash_musd for row in world.members} == {0.0}


def test_worth_is_what_doing_nothing_costs_more() -> None:
    """Do-nothing less the objective, the penalties of 10 · 0.656 left out."""
    assert pytest.approx(WORTH) == DO_NOTHING - (OBJECTIVE - 6.56)
    assert "worth" in check(hand_instance(), hand_plan()).rules_checked


def test_a_violation_in_doing_nothing_names_its_rule() -> None:
    """What is served without the fund is raised: its balance and its demand speak."""
    plan = hand_plan()
    assert plan.do_nothing is not None
    served = plan.do_nothing.columns("served")
    raised = served | {"kt": [1.5 * kt for kt in served["kt"]]}
    wrong = replace(plan, do_nothing=replace(plan.do_nothing, served=raised))

    found = check(hand_instance(), wrong).violations

    assert {one.rule for one in found} == {"do_nothing"}
    assert any(one.where.startswith("11 balance, nominal, 2030") for one in found)
    assert any(one.where.startswith("13 demand, nominal, 2030") for one in found)


def test_a_bound_that_agrees_with_itself_is_the_solver_s_word() -> None:
    """Arithmetic cannot refute it, and the certificate says so."""
    plan = hand_plan()
    proof = plan.proof.replaced(
        bound=OBJECTIVE, gap=0.0, gap_against_doing_nothing=0.0, status="optimal", stopped_by="gap"
    )

    found = check(hand_instance(), replace(plan, proof=proof))

    assert found.ok
    assert "The bound is the solver's word: only its arithmetic is checked." in found.remarks


@pytest.mark.parametrize("sense", ["minimise", "maximise"])
def test_worth_has_its_natural_sign(sense: str) -> None:
    """A plan of more points is worth more where points are maximised; solved and checked."""
    objective = {"settings.objective.sense": sense}
    if sense == "maximise":
        objective["settings.objective.weights"] = {"expected_cost": -1.0}
    instance = load(INSTANCES / "tiny").changed(objective)
    plan = solve_here(instance)

    assert plan.proof.worth == pytest.approx(19.712)
    assert check(instance, plan).violations == ()
    turned = plan.proof.replaced(worth=-plan.proof.worth, gap_against_doing_nothing=None)
    rules = {one.rule for one in check(instance, replace(plan, proof=turned)).violations}
    assert "worth" in rules


def as_of_format_1(folder: Path, old: Path) -> Path:
    """A committed plan without what format 2 has added to its files."""
    later = shutil.ignore_patterns("do_nothing", "amounts.parquet", "project_accounts.parquet")
    shutil.copytree(folder, old, ignore=later)
    document = json.loads((old / "plan.json").read_text(encoding="utf-8"))
    for added in ("format", "model", "kept", "do_nothing"):
        document.pop(added, None)
    (old / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    return old


@pytest.mark.parametrize("name", OLD)
def test_a_plan_of_format_1_says_by_what_it_was_judged(name: str, tmp_path: Path) -> None:
    """It loads with all of its operation; what it does not keep is the solver's word."""
    plan = load_plan(as_of_format_1(INSTANCES / name / "plan", tmp_path / "old"))

    remarks = check(load(INSTANCES / name), plan).remarks

    assert (plan.model, plan.kept, plan.do_nothing) == (1, None, None)
    assert UNKEPT in remarks
    assert any(said.startswith("The plan was judged by model 1") for said in remarks)
    save_plan(plan, tmp_path / "again")
    assert load_plan(tmp_path / "again").model == 1
