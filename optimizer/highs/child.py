"""The solver's process: HiGHS run on one program after the other in a folder, under guards.

    python -m optimizer.highs.child FOLDER [CHANNEL]

Each line of its standard input asks for a program: JSON with the options of HiGHS, when the answer
is close enough (`GapTest`), the factor of the objective, and the files to begin from. The program
is in the folder in `program.npz`, with `start.npy` or `basis.npz` where the line says so. On its
`Channel` (for a person who starts it by hand, on standard output) it says `begun`, then progress as
JSON lines, and at the end a line that begins with `answer`. Every better solution goes to
`incumbent.npy`, the final one to `answer.npy` and, of a linear program, the basis to `end.npz`.

Nothing of a program is kept for the next. Where the system allows that, the process has no network,
and no files but that folder's. SIGTERM stops HiGHS at its next callback and keeps the best
solution; so does it for every program that follows. The parent's death ends the process.
"""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import sys
import time
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import highspy
import numpy as np

from optimizer.highs.gap_test import GapTest
from optimizer.highs.handover import basis_of, hand_over, hand_over_basis
from optimizer.highs.values import ANSWER, BEGUN, Basis, load_values, save_values
from optimizer.system.channel import Mouth
from optimizer.system.confinement import give_way, keep_to, leave_network
from optimizer.system.memory import most_bytes
from optimizer.system.processes import end_with_input, end_with_parent

PROGRESS_EVERY_S = 0.2
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which the system counts a process's largest memory."""


class Asked:
    """Whether the process has been told to stop."""

    def __init__(self) -> None:
        self.to_stop = False

    def stop(self, *_: object) -> None:
        """Note it: a handler of signals."""
        self.to_stop = True


class _Run:
    """A HiGHS run with its callbacks."""

    def __init__(self, folder: Path, request: dict[str, Any], mouth: Mouth, asked: Asked) -> None:
        self.folder = folder
        self.close = GapTest(**request["close"])
        # The objective here is so many times the one that was meant.
        self.times: float = request["objective"]
        self.mouth = mouth
        self.asked = asked
        self.closed = False
        self._last = 0.0
        self._saved = math.inf
        self.started = time.monotonic()

    def say(self, out: Any, *, always: bool = False) -> None:
        """One line of progress; infinite values are no JSON."""
        now = time.monotonic()
        if not always and now - self._last < PROGRESS_EVERY_S:
            return
        self._last = now
        line = {
            "time_s": now - self.started,
            "incumbent": _finite(out.mip_primal_bound / self.times),
            "bound": _finite(out.mip_dual_bound / self.times),
            "gap": _finite(out.mip_gap),
            "nodes": int(out.mip_node_count),
        }
        self.mouth.say(json.dumps(line))

    def on_log(self, event: Any) -> None:
        self.say(event.data_out)

    def on_solution(self, event: Any) -> None:
        objective = event.data_out.objective_function_value
        if objective < self._saved:
            self._saved = objective
            save_values(self.folder / "incumbent.npy", np.array(event.data_out.mip_solution))
        self.say(event.data_out, always=True)

    def on_interrupt(self, event: Any) -> None:
        """Stop on request, and in a MIP as soon as the bounds are close enough."""
        out = event.data_out
        self.closed = self.closed or self.close.reached(
            out.mip_primal_bound / self.times, out.mip_dual_bound / self.times
        )
        if self.asked.to_stop or self.closed:
            event.interrupt()

    def on_offer(self, event: Any) -> None:
        """Hand over a better solution that the parent has put into the folder."""
        path = self.folder / "offer.npy"
        if path.exists():
            values = load_values(path)
            path.unlink()
            event.data_in.setSolution(values)


def main(folder: Path, mouth: Mouth) -> None:
    """Solve the programs that are asked for, and tell how far each has come."""
    asked = Asked()
    signal.signal(signal.SIGTERM, asked.stop)
    end_with_parent()
    requests: SimpleQueue[bytes] = SimpleQueue()
    end_with_input(heard=requests.put)
    counted_s = 0.0  # The first program bears the start of the process.
    while True:
        request = json.loads(requests.get())
        mouth.say(BEGUN.decode())
        answer = solve(_Run(folder, request, mouth, asked), request)
        before, counted_s = counted_s, time.process_time()
        used = {"cpu_s": counted_s - before, "peak_mb": _peak_mb()}
        mouth.say(ANSWER.decode() + json.dumps(answer | used))


def solve(run: _Run, request: dict[str, Any]) -> dict[str, Any]:
    """Solve the program in the folder with a HiGHS of its own; returns the answer in words.

    Raises:
        ValueError: HiGHS refuses the program, an option or the basis.
    """
    folder = run.folder
    h: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in request["options"].items():
        if h.setOptionValue(option, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"HiGHS refuses the option {option} = {value}")
    with np.load(folder / "program.npz") as arrays:
        hand_over(h, dict(arrays))
    if request["start"] == "solution":
        values = load_values(folder / "start.npy")
        h.setSolution(len(values), np.arange(len(values), dtype=np.int32), values)
    elif request["start"] == "basis":
        hand_over_basis(h, Basis.load(folder / "basis.npz"))
    _subscribe(h, run)
    began = time.process_time()
    outcome = h.run()
    return _answer(h, outcome, run, request) | {"run_s": time.process_time() - began}


def _peak_mb() -> float:
    """The most memory that this process has had, whatever the one that started it has."""
    resident = most_bytes("VmHWM")
    if resident is not None:
        return resident / 2**20
    # Not on Linux, which counts from the peak of the one that started it.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * PEAK_UNIT / 2**20


def _subscribe(h: Any, run: _Run) -> None:
    h.cbMipLogging.subscribe(run.on_log)
    h.cbMipImprovingSolution.subscribe(run.on_solution)
    h.cbMipUserSolution.subscribe(run.on_offer)
    for callback in (h.cbMipInterrupt, h.cbSimplexInterrupt, h.cbIpmInterrupt):
        callback.subscribe(run.on_interrupt)


def _answer(h: Any, outcome: Any, run: _Run, request: dict[str, Any]) -> dict[str, Any]:
    """What HiGHS says; solution and basis are written to the folder."""
    folder = run.folder
    info, solution = h.getInfo(), h.getSolution()
    valid = bool(solution.value_valid) and (
        info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    )
    if valid:
        save_values(folder / "answer.npy", np.array(solution.col_value))
    duals = _duals(h, solution) if request["duals"] else None
    if duals is not None:
        save_values(folder / "duals.npy", duals)
    integer = any(kind == highspy.HighsVarType.kInteger for kind in h.getLp().integrality_)
    basis = None if integer else basis_of(h)
    if basis is not None:
        basis.save(folder / "end.npz")
    bound = info.mip_dual_bound if integer else info.objective_function_value
    return {
        "returned": outcome.name,
        "status": h.getModelStatus().name,
        "valid": valid,
        "basis": basis is not None,
        "duals": duals is not None,
        "closed": run.closed,
        "objective": _finite(info.objective_function_value / run.times) if valid else None,
        "bound": _finite(bound / run.times),
        "nodes": int(info.mip_node_count) if integer else 0,
        "version": h.version(),
    }


def _duals(h: Any, solution: Any) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """Multipliers of the rows: of an optimum, or of a proof that there is no solution."""
    if h.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        _, there, ray = h.getDualRay()
        return np.array(ray, dtype=np.float64) if there else None
    return np.array(solution.row_dual) if solution.dual_valid else None


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


if __name__ == "__main__":
    leave_network()
    if os.nice(0) > 0:  # Its parent gives way, and it has a session of its own.
        give_way(0)
    keep_to(Path(sys.argv[1]))
    main(Path(), Mouth(sys.argv[2] if len(sys.argv) > 2 else "1"))
