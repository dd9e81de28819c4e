"""The stamped program is the model: compared with the whole model that Pyomo writes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyomo.environ as pyo
import pytest
from hypothesis import given, settings

from benchmarks.idiomatic import build_whole
from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.instance.formats.reader import load
from optimizer.program.stamp import stamp
from tests.support.factories import instance, policy, project
from tests.support.hand_plans import hand_instance
from tests.support.inprocess import solve_program_here
from tests.support.normal_form import fingerprint, program_of
from tests.support.profiles import examples
from tests.support.strategies import instances

if TYPE_CHECKING:
    from optimizer.instance import Instance

BUNDLED = Path(__file__).resolve().parents[2] / "instances"
FEW = settings(derandomize=True, max_examples=examples(40))


def assert_same_program(case: Instance) -> None:
    worlds = Worlds.of(case)

    assert fingerprint(stamp(worlds).program) == fingerprint(program_of(build_whole(worlds)))


def by_pyomo(case: Instance) -> float:
    """The optimum through Pyomo's own interface to HiGHS, without the presolve (see `process`)."""
    m = build_whole(Worlds.of(case))
    solver = pyo.SolverFactory("appsi_highs")
    solver.options = {"mip_rel_gap": 0.0, "threads": 1, "presolve": "off"}
    solver.solve(m)
    return float(pyo.value(m.first_step))


def stamped(case: Instance) -> float:
    value = solve_program_here(stamp(Worlds.of(case)).program, Limits()).objective
    assert value is not None
    return value


@pytest.fixture
def tiny() -> Instance:
    return load(BUNDLED / "tiny")


def test_tiny(tiny: Instance) -> None:
    assert_same_program(tiny)
    assert stamped(tiny) == pytest.approx(by_pyomo(tiny), rel=1e-9)


def test_an_instance_with_every_rule() -> None:
    """With risk aversion, a glide path, a corridor and a plant that goes ahead alone."""
    assert_same_program(hand_instance())
    assert stamped(hand_instance()) == pytest.approx(by_pyomo(hand_instance()), rel=1e-7)


@pytest.mark.parametrize("risk_weight", [0.0, 0.3, 1.0])
def test_risk_aversion(tiny: Instance, risk_weight: float) -> None:
    case = tiny.changed({"settings.objective.risk_weight": risk_weight})

    assert_same_program(case)
    assert stamped(case) == pytest.approx(by_pyomo(case), rel=1e-9)


def test_the_tail_as_a_criterion_of_its_own(tiny: Instance) -> None:
    """Weights on every criterion of operation that the document names."""
    objective = {
        "weights": {
            "expected_cost": 1.0,
            "tail_shortage": 0.2,
            "mean_shortage_cost": 0.1,
            "expected_shortage": 3.0,
            "carbon": 0.5,
            "water": 0.5,
            "fund_cost": 0.1,
        },
        "tail_level": 0.5,
    }
    case = tiny.changed({f"settings.objective.{name}": value for name, value in objective.items()})

    assert_same_program(case)
    assert stamped(case) == pytest.approx(by_pyomo(case), rel=1e-9)


def test_maximising() -> None:
    """Value 9 for 60 M$ and 5 and 3 for 30 each, of 80: 9 + … no second fits, so 9 against 8."""
    case = instance(
        project("a", capex_musd=60, strategic_value=9),
        project("b", capex_musd=30, strategic_value=5),
        project("c", capex_musd=30, strategic_value=3),
        members=[{"id": "fund", "burden_share": 1.0, "opening_cash_musd": 80}],
        settings={"objective": {"sense": "maximise", "weights": {"strategic_value": 1.0}}},
    )

    assert_same_program(case)
    assert stamped(case) == pytest.approx(-9)


def test_a_row_that_cannot_hold_is_not_lost() -> None:
    """One refinery at least, and there is none: both programs keep the row that says so."""
    row = policy("one", "project_count", 1, sense="least", tag="kind", tag_value="refinery")
    case = instance(project("pit"), policies=[row])

    assert_same_program(case)
    assert solve_program_here(stamp(Worlds.of(case)).program, Limits()).ending == "infeasible"


@given(instances())
@FEW
def test_random_instances(case: Instance) -> None:
    assert_same_program(case)


@given(instances())
@FEW
def test_random_instances_have_the_same_optimum(case: Instance) -> None:
    value = stamped(case)

    assert by_pyomo(case) == pytest.approx(value, rel=1e-7, abs=1e-6)


def test_rare_earths() -> None:
    """The bundled case, which is as large as a real one: some 7,000 rows."""
    assert_same_program(load(BUNDLED / "rare-earths"))
