"""One solve, one process: HiGHS run on a program in a folder, under guards.

    python -m optimizer.highs.child FOLDER [CHANNEL]

Reads `program.npz`, `request.json` and, where there is one, `start.npy` or `basis.npz`. Writes
progress as JSON lines on its `Channel` (to a person who starts it by hand, on standard output),
every better solution to `incumbent.npy`, and at the end `answer.json` with the final values in
`answer.npy` and, of a linear program, the basis in `end.npz`. Where the system allows that, it has
no network, and no files but that folder's. SIGTERM stops HiGHS at its next callback and keeps the
best solution. The parent's death ends the process.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from optimizer.highs.gap_test import GapTest
from optimizer.highs.handover import basis_of, hand_over, hand_over_basis
from optimizer.highs.values import Basis, load_values, save_values
from optimizer.system.channel import Mouth
from optimizer.system.confinement import give_way, keep_to, leave_network
from optimizer.system.processes import end_with_input, end_with_parent

PROGRESS_EVERY_S = 0.2


class _Run:
    """A HiGHS run with its callbacks."""

    def __init__(self, folder: Path, close: GapTest, mouth: Mouth, times: float) -> None:
        self.folder = folder
        self.times = times  # The objective here is so many times the one that was meant.
        self.mouth = mouth
        self.close = close
        self.stop = False
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
        if self.stop or self.closed:
            event.interrupt()

    def on_offer(self, event: Any) -> None:
        """Hand over a better solution that the parent has put into the folder."""
        path = self.folder / "offer.npy"
        if path.exists():
            values = load_values(path)
            path.unlink()
            event.data_in.setSolution(values)


def main(folder: Path, mouth: Mouth) -> None:
    """Solve the program in a folder, and tell how far it has come."""
    request = json.loads((folder / "request.json").read_text())
    run = _Run(folder, GapTest(**request["close"]), mouth, request["objective"])
    signal.signal(signal.SIGTERM, lambda *_: setattr(run, "stop", True))
    end_with_parent()
    end_with_input()
    h: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in request["options"].items():
        if h.setOptionValue(option, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"HiGHS refuses the option {option} = {value}")
    with np.load(folder / "program.npz") as arrays:
        hand_over(h, dict(arrays))
    start = folder / "start.npy"
    if start.exists():
        values = load_values(start)
        h.setSolution(len(values), np.arange(len(values), dtype=np.int32), values)
    if (folder / "basis.npz").exists():
        hand_over_basis(h, Basis.load(folder / "basis.npz"))
    _subscribe(h, run)
    outcome = h.run()
    _write_answer(h, outcome, run)


def _subscribe(h: Any, run: _Run) -> None:
    h.cbMipLogging.subscribe(run.on_log)
    h.cbMipImprovingSolution.subscribe(run.on_solution)
    h.cbMipUserSolution.subscribe(run.on_offer)
    for callback in (h.cbMipInterrupt, h.cbSimplexInterrupt, h.cbIpmInterrupt):
        callback.subscribe(run.on_interrupt)


def _write_answer(h: Any, outcome: Any, run: _Run) -> None:
    folder = run.folder
    info, solution = h.getInfo(), h.getSolution()
    valid = bool(solution.value_valid) and (
        info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    )
    if valid:
        save_values(folder / "answer.npy", np.array(solution.col_value))
    integer = any(kind == highspy.HighsVarType.kInteger for kind in h.getLp().integrality_)
    basis = None if integer else basis_of(h)
    if basis is not None:
        basis.save(folder / "end.npz")
    bound = info.mip_dual_bound if integer else info.objective_function_value
    answer = {
        "returned": outcome.name,
        "status": h.getModelStatus().name,
        "valid": valid,
        "closed": run.closed,
        "objective": _finite(info.objective_function_value / run.times) if valid else None,
        "bound": _finite(bound / run.times),
        "nodes": int(info.mip_node_count) if integer else 0,
        "version": h.version(),
    }
    (folder / "answer.part").write_text(json.dumps(answer))
    (folder / "answer.part").replace(folder / "answer.json")


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


if __name__ == "__main__":
    leave_network()
    if os.nice(0) > 0:  # Its parent gives way, and it has a session of its own.
        give_way(0)
    keep_to(Path(sys.argv[1]))
    main(Path(), Mouth(sys.argv[2] if len(sys.argv) > 2 else "1"))
