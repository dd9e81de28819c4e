"""Solver processes that stay: which are used again, which never, and what none takes along."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from benchmarks.generate import Size, generate
from optimizer.blocks.worlds import Worlds
from optimizer.errors import SolverFailed
from optimizer.highs import pool
from optimizer.highs.gap_test import GapTest
from optimizer.highs.limits import Limits
from optimizer.highs.pool import ERRORS, POOL, Pool
from optimizer.highs.process import Answer, Stop, Watch, solve_program
from optimizer.program.stamp import stamp
from optimizer.system.scratch import LOCK
from tests.solving.test_process import KNAPSACK, LONG_S, Stopper, program
from tests.support.processes import children, runs, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from optimizer.highs.process import Progress
    from optimizer.program.program import Program

RANDOM = np.random.default_rng(1)
WEIGHTS = RANDOM.integers(10, 99, (5, 30)).tolist()
SEVERAL_NODES = program((-RANDOM.integers(10, 99, 30)).tolist(), WEIGHTS, [400.0] * 5)
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def hard() -> Program:
    """A program with many portfolios soon, and no proof for long."""
    return stamp(Worlds.of(generate(Size(40, 10, 3)))).program


@pytest.fixture(autouse=True)
def nobody_waits() -> Iterator[None]:
    """Every test begins and ends without a process."""
    POOL.end_idle()
    yield
    POOL.end_idle()


def solvers() -> list[int]:
    """Solver processes of this process."""
    return children(os.getpid(), "highs.child")


def idle() -> int:
    """The one process that waits for a program."""
    (process,) = POOL.idle
    return process.child.pid


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what must happen."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def said_of(answer: Answer) -> tuple[Any, ...]:
    """What must not depend on who solved before, to the last digit."""
    x = None if answer.x is None else answer.x.tobytes()
    return x, answer.objective, answer.bound, answer.ending


def test_a_process_serves_one_program_after_the_other() -> None:
    started = POOL.started
    for _ in range(3):
        assert solve_program(KNAPSACK, Limits()).objective == pytest.approx(-8)
        assert solvers() == [idle()]

    assert POOL.started == started + 1
    assert POOL.idle[0].programs == 3


def test_no_option_start_or_basis_passes_to_the_next_program(hard: Program) -> None:
    """The same programs, each alone in a new process and after all the others in one."""
    relaxed = SEVERAL_NODES.relaxed()
    basis = solve_program(relaxed, Limits(presolve="off")).basis
    start = solve_program(SEVERAL_NODES, Limits()).x
    asked: list[tuple[Program, Limits, Any]] = [
        (SEVERAL_NODES, Limits(), None),
        (SEVERAL_NODES, Limits(GapTest(0.5), time_limit_s=LONG_S, seed=5, careful=True), start),
        (relaxed, Limits(method="ipm"), None),
        (hard.relaxed(), Limits(seed=3), None),
        (relaxed, Limits(presolve="off"), basis),
        (program([1.0], [[1.0]], [-1.0]), Limits(own_gap=0.5), None),
        (SEVERAL_NODES, Limits(), None),
        (relaxed, Limits(), None),
    ]
    alone = []
    for one in asked:
        POOL.end_idle()
        alone.append(said_of(solve_program(one[0], one[1], None, one[2])))
    POOL.end_idle()
    started = POOL.started

    assert [said_of(solve_program(p, limits, None, s)) for p, limits, s in asked] == alone
    assert POOL.started == started + 1
    assert alone[0] == alone[6]


def test_nothing_of_a_program_stays_in_the_folder() -> None:
    """Neither the program, nor where it began, nor its answer."""
    start = solve_program(SEVERAL_NODES, Limits()).x
    solve_program(SEVERAL_NODES, Limits(), start=start)

    assert {path.name for path in POOL.idle[0].folder.iterdir()} == {LOCK, ERRORS}


def test_threads_at_once_have_a_process_each(hard: Program) -> None:
    """The first waits in its progress until the second has been answered, by another process."""
    begun, goes_on = threading.Event(), threading.Event()

    def listen(_: object) -> None:
        begun.set()
        assert goes_on.wait(PATIENCE_S)

    answers: list[Answer] = []
    first = threading.Thread(
        target=lambda: answers.append(
            solve_program(hard, Limits(GapTest(0.9)), Watch(progress=listen))
        )
    )
    first.start()
    assert begun.wait(PATIENCE_S)
    solve_program(KNAPSACK, Limits())
    assert len(solvers()) == 2
    goes_on.set()
    first.join()

    assert answers[0].ending == "optimal"
    assert sorted(process.child.pid for process in POOL.idle) == sorted(solvers())


def test_a_process_outlives_the_thread_that_asked_for_it() -> None:
    """Though the kernel ends it with the thread that started it."""
    thread = threading.Thread(target=solve_program, args=(KNAPSACK, Limits()))
    thread.start()
    thread.join()
    before = idle()
    solve_program(KNAPSACK, Limits())

    assert idle() == before


def failing() -> None:
    with pytest.raises(SolverFailed):
        solve_program(KNAPSACK, Limits(seed=-1))


def without_an_end() -> None:
    with pytest.raises(SolverFailed):
        solve_program(program([-1.0], [[0.0]], [1.0], upper=np.inf, integer=False), Limits())


@pytest.mark.parametrize("act", [failing, without_an_end])
def test_a_process_that_failed_is_not_used_again(act: Callable[[], None]) -> None:
    solve_program(KNAPSACK, Limits())
    act()

    assert POOL.idle == []
    assert solvers() == []


def test_a_process_whose_time_was_up_is_not_used_again(hard: Program) -> None:
    assert solve_program(hard, Limits(time_limit_s=0.1)).ending == "time_limit"
    assert solvers() == []


def test_a_process_that_was_told_to_stop_is_not_used_again(hard: Program) -> None:
    stop = Stop()
    answer = solve_program(hard, Limits(time_limit_s=LONG_S), Watch(stop, Stopper(stop.ask)))

    assert answer.ending == "interrupt"
    assert solvers() == []


def test_a_process_that_is_given_up_is_killed(hard: Program) -> None:
    solve_program(KNAPSACK, Limits())
    stop = Stop()
    watch = Watch(stop, Stopper(lambda: [stop.ask(), stop.ask()]))
    with pytest.raises(KeyboardInterrupt):
        solve_program(hard, Limits(), watch)

    assert solvers() == []
    assert watch.cpu_s > 0


def test_the_kill_timer_is_each_program_s_own() -> None:
    """A process that is frozen while it waits answers nothing: the limit of its next program, and
    not of the one before, ends it; the one after that has a new process."""
    solve_program(KNAPSACK, Limits(time_limit_s=LONG_S))
    send(idle(), signal.SIGSTOP)
    answer = solve_program(KNAPSACK, Limits(presolve="off", time_limit_s=0.1))

    assert (answer.ending, answer.x) == ("time_limit", None)
    assert solvers() == []
    assert solve_program(KNAPSACK, Limits()).ending == "optimal"


def test_a_process_that_died_while_it_waited_is_missed_by_nobody() -> None:
    solve_program(KNAPSACK, Limits())
    dead = idle()
    send(dead, signal.SIGKILL)
    wait_until(lambda: not runs(dead))

    assert solve_program(KNAPSACK, Limits()).ending == "optimal"
    assert idle() != dead


def test_the_program_of_a_process_that_crashes_late_is_solved_by_a_new_one(hard: Program) -> None:
    """HiGHS is known to crash on repeated solves; where it crashes on the first, that is told."""
    solve_program(KNAPSACK, Limits())
    before, started, stop = idle(), POOL.started, Stop()

    def crash_and_stop(line: Progress) -> None:
        if line.incumbent is not None and solvers() == [before]:
            send(before, signal.SIGSEGV)
        elif line.incumbent is not None and solvers():
            stop.ask()

    answer = solve_program(hard, Limits(time_limit_s=LONG_S), Watch(stop, crash_and_stop))
    assert answer.ending == "interrupt"
    assert answer.x is not None
    assert POOL.started == started + 1

    POOL.end_idle()
    crash = Stopper(lambda: [send(pid, signal.SIGSEGV) for pid in solvers()])
    with pytest.raises(SolverFailed, match="died"):
        solve_program(hard, Limits(time_limit_s=LONG_S), Watch(progress=crash))
    assert solvers() == []


def test_a_process_that_ends_before_it_begins_is_missed_by_nobody() -> None:
    """Frozen while it waited, and killed when it has been asked: it was not seen to be dead."""
    solve_program(KNAPSACK, Limits())
    dead = idle()
    send(dead, signal.SIGSTOP)
    killer = threading.Timer(0.5, send, (dead, signal.SIGKILL))
    killer.start()

    assert solve_program(KNAPSACK, Limits()).ending == "optimal"
    assert idle() != dead


@pytest.mark.parametrize(("name", "most"), [("MOST_PROGRAMS", 1), ("MOST_MB", 1.0)])
def test_a_process_is_replaced_when_it_is_old(
    monkeypatch: pytest.MonkeyPatch, name: str, most: float
) -> None:
    monkeypatch.setattr(pool, name, most)
    solve_program(KNAPSACK, Limits())

    assert solvers() == []


def test_a_large_parent_has_small_processes() -> None:
    """What it holds itself is not counted for theirs: they would all be replaced."""
    hoard = b"x" * (300 * 2**20)
    solve_program(KNAPSACK, Limits())

    assert len(hoard) > 2**28
    assert 0 < POOL.idle[0].peak_mb < 200


def test_a_process_is_replaced_when_another_would_be_started_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With other variables, or under another limit: both are taken over at the start alone."""
    solve_program(KNAPSACK, Limits())
    first = idle()
    monkeypatch.setenv("PYTHONUTF8", "1")
    solve_program(KNAPSACK, Limits())
    second = idle()
    soft, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**40, most))
    try:
        solve_program(KNAPSACK, Limits())
        assert len({first, second, idle()}) == 3
        assert solvers() == [idle()]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, most))


def test_a_process_that_nobody_uses_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE_S", 0.05)
    other = Pool()
    with other.lent() as process:
        pass
    wait_until(lambda: not runs(process.child.pid) and not process.folder.exists())

    assert other.idle == []


SOLVE = """
import os, sys
sys.path[:0] = ["tests"]
from tests.solving.test_process import KNAPSACK
from optimizer.highs.pool import POOL
from optimizer.highs.limits import Limits
from optimizer.highs.process import solve_program
solve_program(KNAPSACK, Limits())
"""
WAIT = SOLVE + "print(POOL.idle[0].child.pid, flush=True); sys.stdin.read()"
FORK = (
    SOLVE
    + """
mine = POOL.idle[0]
if pid := os.fork():
    assert os.waitpid(pid, 0)[1] == 0
    assert mine.folder.exists()
    solve_program(KNAPSACK, Limits())
    assert POOL.idle == [mine] and mine.programs == 2
else:
    assert POOL.idle == []
    solve_program(KNAPSACK, Limits())
    assert POOL.idle[0].child.pid != mine.child.pid
"""
)


def environment(place: Path) -> dict[str, str]:
    return os.environ | {"TMPDIR": str(place)}


@pytest.mark.parametrize("how", ["exit", "kill"])
def test_processes_end_with_their_parent_however_it_dies(tmp_path: Path, how: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(tmp_path),
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        solver = int(parent.stdout.readline())
        assert runs(solver)
        if how == "kill":
            parent.kill()
        parent.stdin.close()
        parent.wait()
    wait_until(lambda: not runs(solver))

    assert how == "kill" or list(tmp_path.iterdir()) == []


def test_a_fork_has_processes_of_its_own(tmp_path: Path) -> None:
    """It neither uses nor ends those of the process that it is a fork of, nor sweeps their folder;
    so no pool is shared by two processes, such as the runners of two jobs."""
    done = subprocess.run(
        [sys.executable, "-c", FORK], capture_output=True, text=True, env=environment(tmp_path)
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
