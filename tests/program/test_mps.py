"""The exported program: another reader finds the product's objective in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import highspy
import numpy as np
import pytest

from benchmarks.generate import Size, generate
from optimizer.blocks.worlds import Worlds
from optimizer.errors import SolverFailed
from optimizer.highs.limits import Limits
from optimizer.highs.process import Answer
from optimizer.instance.formats.reader import load
from optimizer.plan import Options
from optimizer.program.keys import INVESTMENT, ColumnKey, Keys
from optimizer.program.mps import mps_lines, names
from optimizer.program.program import Program
from optimizer.program.stamp import stamp
from optimizer.solving import export
from optimizer.solving.export import export_mps
from optimizer.solving.portfolio import Portfolio
from optimizer.solving.solve import solve
from tests.model.test_joint_rules import diverse
from tests.support.commands import TINY
from tests.support.factories import instance, project
from tests.support.inprocess import solve_here, solve_program_here
from tests.support.numbered import numbered
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.instance import Instance

EXACT = Options(gap=0.0, worth_gap=0.0)


def read(path: Path) -> highspy.Highs:
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    h.setOptionValue("mip_rel_gap", 0.0)
    h.setOptionValue("presolve", "off")  # as in `inprocess`: small programs and HiGHS 1.15.1
    assert h.readModel(str(path)) == highspy.HighsStatus.kOk
    return h


def outcome(path: Path) -> highspy.HighsModelStatus:
    """How HiGHS ends on a file."""
    h = read(path)
    h.run()
    return h.getModelStatus()


def optimum(path: Path) -> float:
    """What HiGHS finds in a file."""
    h = read(path)
    h.run()
    assert h.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(h.getInfo().objective_function_value)


def scip(path: Path) -> float:
    """What SCIP finds in a file."""
    from pyscipopt import Model

    model = Model()
    model.hideOutput()
    model.readProblem(str(path))
    model.setParam("limits/gap", 1e-6)
    model.optimize()
    assert model.getStatus() in ("optimal", "gaplimit")
    return float(model.getObjVal())


def small() -> Instance:
    return generate(Size(8, 6, 3))


def averse() -> Instance:
    return load(TINY).changed({"settings.objective.risk_weight": 0.5})


def test_the_optimum_of_tiny_is_its_objective(tmp_path: Path) -> None:
    export_mps(load(TINY), tmp_path / "tiny.mps")

    assert optimum(tmp_path / "tiny.mps") == pytest.approx(44.768)


def improbable() -> Instance:
    """The nominal scenario, in which soft policies are judged, does not happen."""
    return load(TINY).changed(
        {"scenarios.nominal.probability": 0.0, "scenarios.embargo.probability": 1.0}
    )


def survived() -> Instance:
    """An embargo without probability that has to be survived, and a price floor to sign."""
    return load(TINY).changed(
        {
            "scenarios.nominal.probability": 1.0,
            "scenarios.embargo.probability": 0.0,
            "scenarios.embargo.must_survive": True,
        }
    )


@pytest.mark.parametrize("make", [improbable, survived])
def test_worlds_without_probability_say_the_same(make: object, tmp_path: Path) -> None:
    """What a world that does not happen costs is nothing, here as there; penalties count."""
    world = make()  # type: ignore[operator]
    export_mps(world, tmp_path / "world.mps")
    proof = solve_here(world).proof

    assert optimum(tmp_path / "world.mps") == pytest.approx(proof.objective)
    assert proof.status == "optimal"
    assert proof.gap == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("seed", range(60))
def test_every_kind_of_instance_says_the_same(seed: int, tmp_path: Path) -> None:
    """Random small instances with policies, relations, contracts, stocks and scenarios: the file
    has the plan's objective or, where it says that rule 18 is missing, one that is no larger."""
    world = random_instance(seed)
    path = tmp_path / "world.mps"
    export_mps(world, path)
    plan = solve_here(world)
    sign = 1.0 if world.settings.objective.sense == "minimise" else -1.0

    if not plan.found:
        assert outcome(path) == highspy.HighsModelStatus.kInfeasible
        return
    objective = sign * (plan.proof.objective or 0.0)
    assert plan.proof.status == "optimal"
    assert optimum(path) == pytest.approx(objective, abs=1e-6 * max(1.0, abs(objective)))


def test_the_tangents_of_the_plan_stand_for_the_cone(tmp_path: Path) -> None:
    """With them another solver comes to the plan's objective; the linear part alone falls short."""
    world, path = diverse(0.58), tmp_path / "world.mps"
    export_mps(world, path, EXACT)
    text = path.read_text()
    best = solve(world, EXACT).proof.objective

    assert "by the tangents" in text
    assert "hhi_tangent[" in text
    assert optimum(path) == pytest.approx(best, rel=1e-6)
    assert scip(path) == pytest.approx(best, rel=1e-6)
    linear = solve_program_here(stamp(Worlds.of(world)).program, Limits()).objective
    assert linear is not None
    assert best is not None
    assert linear < best * (1 - 1e-4)


def test_no_file_stands_for_a_cone_whose_plan_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that is stopped before it has a plan: refused in words, and nothing is written."""
    world, path = diverse(0.58), tmp_path / "world.mps"
    answer = Answer("interrupt", None, None, None, "", 0.0)
    program = stamp(Worlds.of(world))
    found = Portfolio(program, program, answer)
    monkeypatch.setattr(export, "portfolio_of", lambda *_: (found, None))
    path.write_text("as it was")
    with pytest.raises(SolverFailed, match=r"rule 18 \(spread\), and no plan was found"):
        export_mps(world, path)

    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_names_are_short_and_of_plain_letters() -> None:
    """Three identifiers of 64 letters, and two that begin alike; letters that no reader takes."""
    long = "x" * 64
    keys = [ColumnKey("flow", (long, long, f"{long[:-1]}{i}"), ("nominal", 2030)) for i in (1, 2)]
    first, second, odd = names(Keys.of([*keys, ColumnKey("w", ("a b,ü",), INVESTMENT)]))

    assert len(first) == len(second) == 150
    assert first != second
    assert odd == "w[a%20%b%2c%%fc%]"


def test_further_steps_are_not_claimed(tmp_path: Path) -> None:
    """The plan gives up some of its objective for the second step, and the file knows of none."""
    step = {"step": 2, "criterion": "carbon", "sense": "minimise", "tolerance_share": 0.1}
    export_mps(instance(steps=[step]), tmp_path / "world.mps")

    assert "Further steps of the objective are not in it" in (tmp_path / "world.mps").read_text()


@pytest.mark.parametrize("make", [small, averse])
def test_the_optimum_is_the_objective_of_the_plan(make: object, tmp_path: Path) -> None:
    world = make()  # type: ignore[operator]
    export_mps(world, tmp_path / "world.mps")

    assert optimum(tmp_path / "world.mps") == pytest.approx(solve(world, EXACT).proof.objective)


def test_the_constant_part_is_in_the_file(tmp_path: Path) -> None:
    """A committed plant still costs 50 M$ in the first year, whatever is decided."""
    world = instance(
        project(
            "salar", status="committed", capex_musd=50, capex_kind="remaining", online_year=2031
        )
    )
    export_mps(world, tmp_path / "world.mps")

    assert read(tmp_path / "world.mps").getLp().offset_ == pytest.approx(50)
    assert optimum(tmp_path / "world.mps") == pytest.approx(solve(world, EXACT).proof.objective)


def test_maximising_gives_the_negative(tmp_path: Path) -> None:
    """Two plants with 3 and 4 points; the money is enough for both."""
    world = instance(
        project("salar", strategic_value=3),
        project("pegmatite", strategic_value=4),
        settings={"objective": {"sense": "maximise", "weights": {"strategic_value": 1.0}}},
    )
    export_mps(world, tmp_path / "world.mps")

    assert solve(world, EXACT).proof.objective == pytest.approx(7)
    assert optimum(tmp_path / "world.mps") == pytest.approx(-7)
    assert "negative of the objective" in (tmp_path / "world.mps").read_text()


@pytest.mark.parametrize("make", [small, averse])
def test_names_are_unique_and_without_blanks(make: object) -> None:
    stamped = stamp(Worlds.of(make()))  # type: ignore[operator]
    columns, rows = names(stamped.program.columns), names(stamped.program.rows)

    assert (len(rows), len(columns)) == stamped.program.matrix.shape
    for found in (columns, rows):
        assert len(set(found)) == len(found)
        assert not any(set(name) & set(" '\"\t") for name in found)


def test_names_say_what_they_are() -> None:
    stamped = stamp(Worlds.of(load(TINY)))
    columns, rows = names(stamped.program.columns), names(stamped.program.rows)

    assert "w[works,2026]" in columns
    assert "commit[works,loan,alba,2026]" in columns
    assert "activity[works,main]@nominal,2027" in columns
    assert "balance[home,oxide]@embargo,2027" in rows


def test_every_kind_of_row_and_bound_survives(tmp_path: Path) -> None:
    """Ranges, free rows, free and negative columns, a negative upper bound, an empty column."""
    inf = np.inf
    program = Program(
        cost=np.array([1.0, -2.0, 0.0, 3.5, 0.0]),
        offset=-12.25,
        lower=np.array([0.0, -inf, -inf, -4.0, 2.0]),
        upper=np.array([3.0, inf, -1.0, inf, 2.0]),
        integer=np.array([True, False, False, True, False]),
        matrix=_matrix([[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [1, 0, 0, 2, 0], [0, 0, 1, 1, 0]]),
        row_lower=np.array([-1.0, -inf, 0.5, -inf]),
        row_upper=np.array([2.0, 7.0, inf, inf]),
        **numbered(4, 5),
    )
    path = tmp_path / "odd.mps"
    path.write_text("\n".join(mps_lines(program)) + "\n")

    lp = read(path).getLp()

    assert list(lp.col_names_) == [f"column[{j}]" for j in range(5)]
    assert list(lp.row_names_) == [f"row[{i}]" for i in range(3)]
    assert lp.offset_ == program.offset
    np.testing.assert_array_equal(lp.col_cost_, program.cost)
    np.testing.assert_array_equal(lp.col_lower_, program.lower)
    np.testing.assert_array_equal(lp.col_upper_, program.upper)
    np.testing.assert_array_equal(lp.row_lower_, program.row_lower[:3])
    np.testing.assert_array_equal(lp.row_upper_, program.row_upper[:3])
    assert [kind == highspy.HighsVarType.kInteger for kind in lp.integrality_] == list(
        program.integer
    )


def _matrix(rows: list[list[float]]) -> object:
    from scipy import sparse

    return sparse.csc_array(np.array(rows, dtype=float))
