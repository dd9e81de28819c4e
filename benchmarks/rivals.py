"""Solve one case with one solver, in one process, and print what it reached.

    python -m benchmarks.rivals lodestone|highs|scip|cbc CASE LIMIT_S GAP

CASE is an instance folder. The rivals read the MPS file that `lodestone export` writes of it; ours
builds from the instance, so that building counts. One thread each; where ours runs two processes,
the CPU time of both counts: it is asked to stop when the two together have used up the limit. The
limit is in seconds of CPU for all, and no clock ends a run before, whatever else the machine does.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

SLOWEST = 4.0
"""Ours plans by seconds of the clock: so many to one of CPU, on a machine that others use too."""


def lodestone(case: Path, limit_s: float, gap: float) -> dict[str, Any]:
    """Our first step, from the instance."""
    from optimizer.blocks.worlds import Worlds
    from optimizer.highs.process import Stop, Watch
    from optimizer.instance.formats.reader import load
    from optimizer.plan import Options
    from optimizer.program.stamp import stamp
    from optimizer.solving.first_step import first_step

    instance = load(case)
    began, before = time.monotonic(), _cpu_s()
    stop = Stop()
    threading.Thread(target=_stop_at, args=(before + limit_s, stop), daemon=True).start()
    stamped = stamp(Worlds.of(instance))
    left = max(1e-3, limit_s - (_cpu_s() - before))
    options = Options(gap=gap, time_limit_s=SLOWEST * left)
    answer = first_step(stamped, options, math.inf, Watch(stop))
    return _said(answer.objective, answer.bound, time.monotonic() - began)


def _stop_at(limit_s: float, stop: Any) -> None:
    """Ask for a stop when this process and its children have used so much CPU time."""
    while _cpu_s() < limit_s:
        time.sleep(0.05)
    stop.ask()


def _cpu_s() -> float:
    """CPU seconds of this process and its children, running and ended."""
    import psutil

    own = os.times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def highs(case: Path, limit_s: float, gap: float) -> dict[str, Any]:
    """HiGHS alone, on the MPS file."""
    import highspy

    h = highspy.Highs()
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "mip_rel_gap": gap,
    }.items():
        h.setOptionValue(option, value)
    h.readModel(str(_mps(case)))
    began, until = time.monotonic(), time.process_time() + limit_s

    def stop(event: Any) -> None:
        if time.process_time() >= until:
            event.interrupt()

    for callback in (h.cbMipInterrupt, h.cbSimplexInterrupt, h.cbIpmInterrupt):
        callback.subscribe(stop)
    h.run()
    info = h.getInfo()
    return _said(info.objective_function_value, info.mip_dual_bound, time.monotonic() - began)


def scip(case: Path, limit_s: float, gap: float) -> dict[str, Any]:
    """SCIP alone, on the MPS file."""
    from pyscipopt import Model

    model = Model()
    model.hideOutput()
    model.readProblem(str(_mps(case)))
    model.setParam("limits/time", limit_s)
    model.setParam("timing/clocktype", 1)
    model.setParam("limits/gap", gap)
    began = time.monotonic()
    model.optimize()
    found = model.getNSols() > 0
    objective = model.getObjVal() if found else math.inf
    return _said(objective, model.getDualbound(), time.monotonic() - began)


def cbc(case: Path, limit_s: float, gap: float) -> dict[str, Any]:
    """CBC alone, on the MPS file."""
    import cbcbox

    began = time.monotonic()
    command = [cbcbox.cbc_bin_path(), str(_mps(case)), "-timeMode", "cpu", "-seconds"]
    command += [str(limit_s), "-ratioGap", str(gap), "-solve", "-quit"]
    log = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    objective = re.findall(r"Objective value:\s+([-+.\de]+)", log)
    bound = re.findall(r"Lower bound:\s+([-+.\de]+)", log)
    value = float(objective[-1]) if objective and "No feasible" not in log else math.inf
    return _said(value, float(bound[-1]) if bound else value, time.monotonic() - began)


def _mps(case: Path) -> Path:
    return case / "first-step.mps"


def _said(objective: float | None, bound: float | None, wall_s: float) -> dict[str, Any]:
    value = objective if objective is not None and abs(objective) < 1e19 else None
    limit = bound if bound is not None and abs(bound) < 1e19 else None
    gap = None if value is None or limit is None else abs(value - limit) / abs(value)
    return {"objective": value, "bound": limit, "gap": gap, "wall_s": wall_s}


def main() -> None:
    """Run one solver on one case."""
    solver, case, limit_s, gap = sys.argv[1:]
    solvers = {"lodestone": lodestone, "highs": highs, "scip": scip, "cbc": cbc}
    said = solvers[solver](Path(case), float(limit_s), float(gap))
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
