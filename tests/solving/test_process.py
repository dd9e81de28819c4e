"""The child process: what it refuses, how it is stopped, and what is kept when it dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.generate import Size, generate
from optimizer.blocks.worlds import Worlds
from optimizer.errors import SolverFailed
from optimizer.highs import process
from optimizer.highs.gap_test import GapTest
from optimizer.highs.highs_options import highs_options
from optimizer.highs.limits import Limits
from optimizer.highs.pool import POOL
from optimizer.highs.process import Answer, Progress, Stop, Watch, solve_program
from optimizer.plan import Options
from optimizer.program.program import Program
from optimizer.program.stamp import stamp
from optimizer.solving.solve import solve
from tests.support.numbered import numbered
from tests.support.processes import children, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def program(
    cost: list[float],
    rows: list[list[float]],
    most: list[float],
    *,
    upper: float = 1.0,
    integer: bool = True,
) -> Program:
    """Minimise cost·x over 0 ≤ x ≤ upper with rows·x ≤ most."""
    count = len(cost)
    return Program(
        cost=np.array(cost),
        offset=0.0,
        lower=np.zeros(count),
        upper=np.full(count, upper),
        integer=np.full(count, integer),
        matrix=sparse.csc_array(np.array(rows, dtype=float)),
        row_lower=np.full(len(rows), -np.inf),
        row_upper=np.array(most),
        **numbered(len(rows), count),
    )


LONG_S = 600.0
"""Longer than anything here takes, on however busy a machine."""
KNAPSACK = program([-5, -4, -3], [[2, 3, 1]], [4])
"""5 + 3 fit into 4 (2 + 1), 5 + 4 do not (2 + 3)."""


@pytest.fixture(scope="module")
def hard() -> Program:
    """A program with many portfolios soon, and no proof for long."""
    return stamp(Worlds.of(generate(Size(40, 10, 3)))).program


@pytest.fixture(autouse=True)
def nobody_waits() -> Iterator[None]:
    """Every test begins without a process that another has left, and leaves none."""
    POOL.end_idle()
    yield
    POOL.end_idle()


def test_a_program_is_solved() -> None:
    answer = solve_program(KNAPSACK, Limits())

    assert answer.ending == "optimal"
    assert answer.objective == pytest.approx(-8)
    assert answer.bound == pytest.approx(-8)
    assert answer.x == pytest.approx([1, 0, 1])
    assert answer.version
    assert answer.cpu_s > 0


def test_a_program_that_highs_refuses() -> None:
    """Two entries for the same row and column: no answer can be had, and that is no outcome."""
    broken = program([-1.0], [[1.0], [1.0]], [1.0, 1.0])
    broken.matrix.indices[1] = 0

    with pytest.raises(SolverFailed, match="refuses the program"):
        solve_program(broken, Limits())


def test_an_option_that_highs_refuses() -> None:
    """A negative seed is refused at once, and not solved with another."""
    with pytest.raises(SolverFailed, match="refuses the option random_seed"):
        solve_program(KNAPSACK, Limits(seed=-1))


def test_an_unbounded_program_is_no_plan() -> None:
    """Money for nothing: whatever HiGHS calls it, there is no usable solution."""
    endless = program([-1.0], [[0.0]], [1.0], upper=np.inf, integer=False)

    with pytest.raises(SolverFailed):
        solve_program(endless, Limits())


def counted(monkeypatch: pytest.MonkeyPatch, endings: list[str]) -> list[Limits]:
    """Children that end as they are told; returns what they were asked."""
    asked: list[Limits] = []

    def run(_: Program, limits: Limits, *__: object) -> Answer:
        asked.append(limits)
        return Answer(endings[len(asked) - 1], None, None, None, "", 0.0)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "_run", run)
    return asked


@pytest.mark.parametrize(("presolved_from", "first"), [(0, "choose"), (20_000, "off")])
def test_infeasible_is_believed_when_seen_twice(
    monkeypatch: pytest.MonkeyPatch, presolved_from: int, first: str
) -> None:
    """The second time without presolve and with another seed; small programs never presolve."""
    monkeypatch.setattr(process, "PRESOLVED_FROM", presolved_from)
    asked = counted(monkeypatch, ["infeasible", "infeasible"])

    assert solve_program(KNAPSACK, Limits(seed=7)).ending == "infeasible"
    assert [limits.presolve for limits in asked] == [first, "off"]
    assert asked[0].seed != asked[1].seed


@pytest.mark.parametrize(
    ("endings", "presolves", "ending"),
    [
        (["optimal"], ["off"], "optimal"),
        (["time_limit", "optimal"], ["off", "choose"], "optimal"),
        (["time_limit", "infeasible", "optimal"], ["off", "choose", "off"], "optimal"),
        (
            ["time_limit", "infeasible", "infeasible", "infeasible"],
            ["off", "choose", "off", "off"],
            "infeasible",
        ),
        (["time_limit", "time_limit", "optimal"], ["off", "choose", "off"], "optimal"),
    ],
)
def test_a_small_program_that_does_not_end_soon_is_presolved(
    monkeypatch: pytest.MonkeyPatch, endings: list[str], presolves: list[str], ending: str
) -> None:
    """Its "infeasible" is not believed, and where it fell silent the search goes on without it."""
    asked = counted(monkeypatch, endings)

    assert solve_program(KNAPSACK, Limits()).ending == ending
    assert [limits.presolve for limits in asked] == presolves
    assert asked[0].time_limit_s == process.SOON_S
    assert all(limits.time_limit_s is None for limits in asked[1:])


def test_what_an_earlier_run_found_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first has the better plan, the second the better bound."""
    said = [
        Answer("time_limit", np.array([1.0]), 5.0, 1.0, "", 1.0),
        Answer("interrupt", np.array([0.0]), 6.0, 2.0, "", 1.0),
    ]
    monkeypatch.setattr(process, "_run", lambda *_: said.pop(0))
    answer = solve_program(KNAPSACK, Limits())

    assert answer.ending == "interrupt"
    assert (answer.objective, answer.bound, answer.cpu_s) == (5.0, 2.0, 2.0)
    assert answer.x is not None
    assert list(answer.x) == [1.0]


def test_a_child_that_falls_silent_is_killed(
    hard: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen after its first portfolio, which was written down and is kept. It has started before:
    to start may take long on a busy machine, and says nothing."""
    solve_program(KNAPSACK, Limits())
    killer = Stopper(lambda: kill_children(signal.SIGSTOP))
    monkeypatch.setattr(process, "PRESOLVED_FROM", 0)
    answer = solve_program(hard, Limits(silent_s=10.0), Watch(progress=killer))

    assert answer.x is not None
    assert hard.violation(answer.x) < 1e-6
    assert solvers() == []


def test_infeasible_is_not_believed_against_a_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS 1.15.1's presolve calls feasible programs infeasible now and then (measured: 13 of
    1,200 small ones). What is found without presolve stands."""
    counted(monkeypatch, ["infeasible", "optimal"])

    assert solve_program(KNAPSACK, Limits()).ending == "optimal"


def test_an_infeasible_program() -> None:
    """1·x ≤ −1 with x ≥ 0."""
    answer = solve_program(program([1.0], [[1.0]], [-1.0]), Limits())

    assert answer.ending == "infeasible"
    assert answer.x is None


def test_a_time_limit_without_a_solution(hard: Program) -> None:
    """A tenth of a second is over before the root relaxation is."""
    answer = solve_program(hard, Limits(time_limit_s=0.1))

    assert answer.ending == "time_limit"
    assert answer.x is None
    assert answer.objective is None


def test_a_time_limit_keeps_the_best_solution(hard: Program) -> None:
    """It starts from some portfolio, so that one is there however slow the machine is; the proof of
    the best one takes far longer than the limit."""
    some = solve_program(hard, Limits(GapTest(gap=0.9)))
    assert some.objective is not None
    answer = solve_program(hard, Limits(time_limit_s=3.0), start=some.x)

    assert answer.ending == "time_limit"
    assert answer.x is not None
    assert hard.violation(answer.x) < 1e-6
    assert answer.objective == pytest.approx(hard.value(answer.x))
    assert answer.objective <= some.objective * (1 + 1e-9)
    assert answer.bound is None or answer.bound < answer.objective


def test_close_ends_the_search(hard: Program) -> None:
    """With a gap of 90 % any portfolio will do: HiGHS is stopped, and the answer is what was asked
    for, not an interruption."""
    answer = solve_program(hard, Limits(GapTest(gap=0.9), time_limit_s=LONG_S))

    assert answer.ending == "optimal"
    assert answer.x is not None
    assert hard.violation(answer.x) < 1e-6
    assert answer.bound is not None
    assert answer.objective is not None
    assert answer.objective - answer.bound <= 0.9 * abs(answer.objective)


class Stopper:
    """Does something once the first solution is known."""

    def __init__(self, act: Any) -> None:
        self.act, self.seen = act, 0

    def __call__(self, line: Progress) -> None:
        if line.incumbent is not None:
            self.seen += 1
            if self.seen == 1:
                self.act()


def test_asking_once_keeps_the_best_solution(hard: Program) -> None:
    stop = Stop()
    answer = solve_program(hard, Limits(time_limit_s=LONG_S), Watch(stop, Stopper(stop.ask)))

    assert answer.ending == "interrupt"
    assert answer.x is not None
    assert hard.violation(answer.x) < 1e-6


def test_asking_twice_gives_up(hard: Program) -> None:
    stop = Stop()

    def twice() -> None:
        stop.ask()
        stop.ask()

    with pytest.raises(KeyboardInterrupt):
        solve_program(hard, Limits(time_limit_s=LONG_S), Watch(stop, Stopper(twice)))


def solvers() -> list[int]:
    """Solver processes of this process."""
    return children(os.getpid(), "highs.child")


def kill_children(signal_number: signal.Signals) -> None:
    for pid in solvers():
        send(pid, signal_number)


def test_a_killed_child_is_no_answer(hard: Program) -> None:
    """Nobody asked for it, so even a portfolio that was found is not passed off as an outcome."""
    killer = Stopper(lambda: kill_children(signal.SIGKILL))

    with pytest.raises(SolverFailed, match="died"):
        solve_program(hard, Limits(time_limit_s=LONG_S), Watch(progress=killer))
    assert solvers() == []


def test_what_a_child_that_must_be_killed_had_found_is_rescued(
    hard: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deaf to the request to stop, the child is killed after the grace; its best portfolio was
    written down and is kept, with the last bound that it told."""
    monkeypatch.setattr(process, "GRACE_S", 0.5)
    stop = Stop()

    def freeze() -> None:
        kill_children(signal.SIGSTOP)
        stop.ask()

    answer = solve_program(hard, Limits(time_limit_s=LONG_S), Watch(stop, Stopper(freeze)))

    assert answer.ending == "interrupt"
    assert answer.x is not None
    assert hard.violation(answer.x) < 1e-6
    assert answer.bound is None or answer.bound < answer.objective
    assert solvers() == []


def test_nothing_is_left_of_a_solve_that_fails(hard: Program) -> None:
    """An error in whoever listens ends the child, too."""

    def fail(_: Progress) -> None:
        raise RuntimeError("the listener fails")

    with pytest.raises(RuntimeError, match="the listener fails"):
        solve_program(hard, Limits(time_limit_s=LONG_S), Watch(progress=fail))
    assert solvers() == []


@contextmanager
def orphan(hard: Program, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A child at work, as a person would start it by hand."""
    hard.save(folder / "program.npz")
    limits = Limits(time_limit_s=LONG_S)
    request = {
        "options": highs_options(limits),
        "close": asdict(limits.close),
        "objective": 1.0,
        "start": None,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "optimizer.highs.child", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
        assert child.stdout.readline() == "begun\n"
        assert child.stdout.readline()
        yield child
        child.kill()


def test_a_child_ends_with_its_parent(hard: Program, tmp_path: Path) -> None:
    """When its standard input closes, the parent is gone: the child is, too, before its limit."""
    with orphan(hard, tmp_path) as child:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(timeout=LONG_S) == 1
        assert not (tmp_path / "answer.npy").exists()


def test_the_same_seed_gives_the_same_answer() -> None:
    first, second = (solve_program(KNAPSACK, Limits(seed=3)) for _ in range(2))

    assert first.x is not None
    assert second.x is not None
    assert np.array_equal(first.x, second.x)


def test_solve_keeps_a_plan_when_it_is_stopped() -> None:
    """Stopped at its first portfolio, as a service would: the plan is complete, checked, and says
    that it was interrupted."""
    stop = Stop()

    def listen(line: Progress) -> None:
        if "portfolio" in line.stage and line.incumbent is not None and not stop.asked:
            stop.ask()

    plan = solve(
        generate(Size(40, 10, 3)), Options(gap=0.0, worth_gap=0.0), progress=listen, stop=stop
    )

    assert plan.found
    assert plan.proof.status == "feasible"
    assert plan.proof.stopped_by == "interrupt"
    assert plan.certificate is not None
    assert plan.certificate.ok


def test_limits_reach_highs() -> None:
    options = highs_options(replace(Limits(time_limit_s=3.0), method="ipm", seed=5))

    assert options["time_limit"] == 3.0
    assert options["solver"] == "ipm"
    assert options["random_seed"] == 5
    assert "time_limit" not in highs_options(Limits())
