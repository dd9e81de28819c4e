"""The proof beside the search: offers reach it, and on one core it waits its turn."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from benchmarks.generate import Size, generate
from optimizer.blocks.worlds import Worlds
from optimizer.errors import SolverFailed
from optimizer.highs.gap_test import GapTest
from optimizer.highs.limits import Limits
from optimizer.highs.process import Stop, Watch, solve_program
from optimizer.plan import Options
from optimizer.program.stamp import stamp
from optimizer.solving import first_step as search
from optimizer.solving import proving
from optimizer.solving.proving import Halt, Proof, cores, is_proven_beside
from optimizer.solving.rounds import Rounds

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.highs.process import Progress
    from optimizer.program.stamped import Stamped


@pytest.fixture(scope="module")
def hard() -> Stamped:
    """Many portfolios soon, and no proof for long."""
    return stamp(Worlds.of(generate(Size(40, 10, 3))))


def test_a_better_portfolio_reaches_the_running_proof(hard: Stamped) -> None:
    """What was found elsewhere becomes the proof's own incumbent; it could not have it so soon."""
    best = solve_program(hard.program, Limits(GapTest(0.05)))
    assert best.x is not None
    assert best.objective is not None
    proof = Proof(hard.program, Limits(GapTest(0.0)), Stop())
    proof.offer(best.x)
    while proof.running and (proof.incumbent or np.inf) > best.objective * (1 + 1e-9):
        time.sleep(0.05)
    answer = proof.ended()

    assert answer.objective is not None
    assert answer.objective <= best.objective * (1 + 1e-9)
    assert answer.bound is not None
    assert answer.bound <= answer.objective * (1 + 1e-9)


def test_beside_each_other_they_prove_what_one_after_the_other_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both are proven to 2 %, so neither can be further than that from the other."""
    searched = stamp(Worlds.of(generate(Size(30, 10, 2))))
    options = Options(gap=0.02, worth_gap=1.0)
    proofs: list[Proof] = []

    def begun(*given: Any) -> Proof:
        proofs.append(Proof(*given))
        return proofs[-1]

    one = search.first_step(searched, options, np.inf, Watch())
    monkeypatch.setattr(search, "SEARCHED_FROM", 0)
    monkeypatch.setattr(search, "is_proven_beside", lambda _: True)
    monkeypatch.setattr(search, "Proof", begun)
    two = search.first_step(searched, options, np.inf, Watch())

    assert one.ending == two.ending == "optimal"
    assert two.x is not None
    assert searched.program.violation(two.x) < 1e-6
    assert two.bound is not None
    assert two.objective is not None
    assert one.objective is not None
    assert two.objective - two.bound <= 0.02 * abs(two.objective) * (1 + 1e-9)
    assert two.bound <= one.objective * (1 + 1e-9)
    assert two.cpu_s > 0
    assert proofs
    assert not any(proof.running for proof in proofs)


def test_a_request_to_stop_reaches_both(hard: Stamped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SEARCHED_FROM", 0)
    monkeypatch.setattr(search, "is_proven_beside", lambda _: True)
    stop = Stop()

    def listen(line: Progress) -> None:
        if line.incumbent is not None and not stop.asked:
            stop.ask()

    answer = search.first_step(hard, Options(gap=0.0), np.inf, Watch(stop, listen))

    assert answer.ending == "interrupt"
    assert answer.x is not None
    assert hard.program.violation(answer.x) < 1e-6


def test_a_search_whose_time_is_up_does_not_rest(
    hard: Stamped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every round is in vain and its rest would be an hour; the time is up after the first."""
    rests: list[float] = []
    wait = Proof.wait

    def waited(proof: Proof, listen: Watch, seconds: float = np.inf) -> None:
        rests.append(seconds)
        listen.stop.ask()
        wait(proof, listen, 0.0)

    monkeypatch.setattr(search, "SEARCHED_FROM", 0)
    monkeypatch.setattr(search, "is_proven_beside", lambda _: True)
    monkeypatch.setattr(Rounds, "rest_s", lambda *_: 3600.0)
    monkeypatch.setattr(Proof, "wait", waited)
    left = search._Search.left

    def none_after_a_round(of: search._Search) -> float | None:
        return 0.0 if of.watch.stage == "better portfolio" else left(of)

    monkeypatch.setattr(search._Search, "left", none_after_a_round)
    search.first_step(hard, Options(gap=0.0, time_limit_s=60.0), np.inf, Watch())

    assert rests == [0.0]


def test_trouble_in_the_proof_is_told(hard: Stamped) -> None:
    """A seed that HiGHS refuses: the thread's trouble is raised where its answer is asked for."""
    proof = Proof(hard.program, Limits(seed=-1), Stop())
    proof.wait(Watch())

    with pytest.raises(SolverFailed, match="refuses the option random_seed"):
        proof.ended()


def test_our_own_halt_is_no_request_of_the_user() -> None:
    stop = Stop()
    halt = Halt(stop)
    halt.halted = True

    assert halt.asked == 1
    assert stop.asked == 0
    stop.ask()
    stop.ask()
    assert halt.asked == 2


@pytest.mark.parametrize(
    ("bound_to", "quota", "count"),
    [(4, "max 100000", 4), (4, "200000 100000", 2), (4, "50000 100000", 1), (1, "max 100000", 1)],
)
def test_cores_are_those_that_this_process_may_use(
    bound_to: int, quota: str, count: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "cpu.max"
    path.write_text(quota + "\n")
    monkeypatch.setattr(proving, "QUOTA", path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(bound_to)), raising=False)

    assert cores() == count


def test_only_large_programs_are_proven_beside(
    hard: Stamped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is smaller gives the same plan on any number of cores."""
    monkeypatch.setattr(proving, "cores", lambda: 2)
    assert not is_proven_beside(hard.program)

    monkeypatch.setattr(proving, "PROVEN_BESIDE_FROM", 0)
    monkeypatch.setattr(proving, "STARTS_FROM", 0)
    assert is_proven_beside(hard.program)

    monkeypatch.setattr(proving, "cores", lambda: 1)
    assert not is_proven_beside(hard.program)
