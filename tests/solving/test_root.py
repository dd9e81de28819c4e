"""The root: rounds of cuts begin where the relaxation before ended, and end where they wane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.errors import SolverFailed
from optimizer.highs.limits import Limits
from optimizer.highs.process import Answer, Watch, solve_program
from optimizer.highs.values import BASIC, Basis
from optimizer.plan import Options
from optimizer.program.keys import JOINT, RowKey
from optimizer.program.program import Row
from optimizer.program.stamp import stamp
from optimizer.solving import first_step as search
from optimizer.solving import root
from optimizer.solving.proving import Proof
from optimizer.solving.root import tightened_root
from tests.solving.test_process import program
from tests.solving.test_use_cuts import location
from tests.support.inprocess import solve_program_here

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.program.program import Program
    from optimizer.program.stamped import Stamped

from tests.published.convert import instance_of


@pytest.fixture(scope="module")
def sites() -> Stamped:
    """A location problem whose relaxation misses many cuts."""
    return stamp(Worlds.of(instance_of(location(3, 8, 25), "location")))


def test_a_relaxation_with_more_rows_begins_where_the_one_before_ended(sites: Stamped) -> None:
    """From its basis the same optimum as cold; it ends at a basis of the larger program."""
    first = solve_program(sites.program.relaxed(), Limits())
    assert first.basis is not None
    assert first.x is not None
    assert first.objective is not None
    found = root.UseCuts(sites).violated(first.x)
    assert found
    larger = sites.program.with_rows(found).relaxed()

    warm = solve_program(larger, Limits(), start=first.basis.with_rows(len(found)))
    cold = solve_program(larger, Limits())

    assert warm.objective == pytest.approx(cold.objective, rel=1e-9)
    assert warm.objective is not None
    assert warm.objective > first.objective
    assert warm.basis is not None
    assert len(warm.basis.rows) == len(larger.row_upper)
    assert len(warm.basis.columns) == len(larger.cost)
    assert (warm.basis.columns == BASIC).sum() + (warm.basis.rows == BASIC).sum() == len(
        larger.row_upper
    )


def test_a_basis_of_another_program_is_refused() -> None:
    small = program([1.0, 1.0], [[-1.0, -1.0]], [-1.0], integer=False)
    other = Basis(np.zeros(5, dtype=np.int8), np.ones(3, dtype=np.int8))

    with pytest.raises(SolverFailed, match="HiGHS refuses the basis"):
        solve_program(small, Limits(), start=other)


def test_only_a_linear_program_ends_at_a_basis() -> None:
    """What the last node of a search ended at says nothing of the whole program."""
    whole = program([-5, -4, -3], [[2, 3, 1]], [4])

    assert solve_program(whole, Limits()).basis is None
    assert solve_program(whole.relaxed(), Limits()).basis is not None


def test_a_basis_survives_a_file(tmp_path: Path) -> None:
    basis = Basis(np.array([0, 1, 2], dtype=np.int8), np.array([1], dtype=np.int8)).with_rows(2)
    basis.save(tmp_path / "basis.npz")
    read = Basis.load(tmp_path / "basis.npz")

    assert read.columns.tolist() == [0, 1, 2]
    assert read.rows.tolist() == [1, BASIC, BASIC]


@pytest.mark.parametrize(
    ("bounds", "rounds", "kept"),
    [
        ([100.0, 110.0, 111.5, 112.0, 113.0], 3, 112.0),  # 0.4 % is under a tenth of 10 %: the last
        ([100.0, 100.001], 1, 100.0),  # not worth its rows
        ([100.0, 101.0, 101.0], 2, 101.0),
        ([100.0, None], 1, 100.0),  # a round that was cut short
        ([None], 0, None),
    ],
)
def test_rounds_end_where_they_wane(
    bounds: list[float | None],
    rounds: int,
    kept: float | None,
    sites: Stamped,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Program] = []

    def solve(asked_for: Program, _: Basis | None) -> Answer:
        bound = bounds[len(asked)]
        asked.append(asked_for)
        ending = "time_limit" if bound is None else "optimal"
        return Answer(ending, np.zeros(len(asked_for.cost)), bound, bound, "", 0.0)  # type: ignore[arg-type]

    def missed(*_: object) -> list[Row]:
        key = RowKey("", "round", (len(asked),), JOINT)
        return [Row(key, np.zeros(0, dtype=np.intp), np.zeros(0), 0.0)]

    monkeypatch.setattr(root.UseCuts, "violated", missed)
    _, answer = tightened_root(sites, solve, lambda _: True)

    assert len(asked) == rounds + 1
    assert answer.objective == kept


def test_a_round_is_left_out_where_the_search_would_have_no_time(sites: Stamped) -> None:
    """The length of the round before is the estimate; no clock is read but to measure it."""
    lengths: list[float] = []

    def lasts(seconds: float) -> bool:
        lengths.append(seconds)
        return len(lengths) < 2

    def solve(relaxed: Program, _: Basis | None) -> Answer:
        return solve_program_here(relaxed, Limits())

    tighter, _ = tightened_root(sites, solve, lasts)

    assert len(lengths) == 2
    assert min(lengths) > 0
    assert tighter.program.matrix.shape[0] > sites.program.matrix.shape[0]


def test_the_proof_begins_at_once_and_again_with_the_cuts(
    sites: Stamped, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Program] = []

    class Watched(Proof):
        def __post_init__(self) -> None:
            begun.append(self.program)
            super().__post_init__()

    monkeypatch.setattr(search, "SEARCHED_FROM", 0)
    monkeypatch.setattr(search, "is_proven_beside", lambda _: True)
    monkeypatch.setattr(search, "Proof", Watched)
    answer = search.first_step(sites, Options(gap=0.0, worth_gap=0.0), np.inf, Watch())
    alone = solve_program(sites.program, Limits())

    assert len(begun) == 2
    assert begun[0].matrix.shape[0] < begun[1].matrix.shape[0]
    assert answer.ending == "optimal"
    assert answer.objective == pytest.approx(alone.objective)
    assert answer.bound == pytest.approx(alone.objective)
