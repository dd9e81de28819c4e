"""The first step as a search of several solves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.generate import Size, generate
from optimizer.blocks.worlds import Worlds
from optimizer.highs.process import Answer, Watch, solve_program
from optimizer.instance.formats.reader import load
from optimizer.plan import Options
from optimizer.program.stamp import stamp
from optimizer.solving import first_step as search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.highs.limits import Limits
    from optimizer.highs.process import Progress
    from optimizer.program.program import Program

TINY = Path(__file__).parents[2] / "instances" / "tiny"


def test_a_proof_cut_short_keeps_the_portfolio_it_started_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The proof is killed before it has written anything down; the start was there already.

    The relaxation of tiny is no portfolio, so the search does get to the proof.
    """
    stages = []

    def solved(
        program: Program, limits: Limits, watch: Watch, start: NDArray[float] | None = None
    ) -> Answer:
        stages.append(watch.stage)
        if watch.stage == "portfolio":
            return Answer("interrupt", None, None, None, "", 0.0)
        return solve_program(program, limits, watch, start)

    monkeypatch.setattr(search, "SEARCHED_FROM", 0)
    monkeypatch.setattr(search, "solve_program", solved)
    stamped = stamp(Worlds.of(load(TINY)))

    answer = search.first_step(stamped, Options(gap=0.0, worth_gap=0.0), 64.4, Watch())

    assert stages[-1] == "portfolio"
    assert answer.ending == "interrupt"
    assert answer.x is not None
    assert answer.objective == pytest.approx(stamped.program.value(answer.x))


def test_progress_tells_no_bound_that_is_not_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """While parts are searched, their own bounds say nothing of the whole, and are not told."""
    monkeypatch.setattr(search, "SEARCHED_FROM", 0)
    monkeypatch.setattr(search, "NEAR", 0.0)
    stamped = stamp(Worlds.of(generate(Size(30, 10, 2))))
    heard: list[Progress] = []

    options = Options(gap=0.02, worth_gap=1e9)
    answer = search.first_step(stamped, options, 1e9, Watch(progress=heard.append))

    assert answer.objective is not None
    told = [progress for progress in heard if progress.bound is not None]
    assert {"first portfolio", "better portfolio"} & {progress.stage for progress in told}
    room = 1e-6 * abs(answer.objective)
    assert all(progress.bound <= answer.objective + room for progress in told)
