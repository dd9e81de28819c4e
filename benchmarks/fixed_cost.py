"""What a solve costs beside HiGHS: of a command, and of what-ifs one after the other in a Python.

    python -m benchmarks.fixed_cost tiny | rare-earths [rate | budget]

A what-if changes one number of an instance and solves it: the discount rate, which is in every rule
on money and leaves nothing of what was compiled, or the budget. CPU seconds of all processes.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

from benchmarks.measure import run

REPEATED = 5
GAPS = {"tiny": "0.001", "rare-earths": "0.005"}


def table() -> list[dict[str, Any]]:
    """The rows of the benchmark."""
    solves = [run("-m", "optimizer", "solve", "instances/tiny", "--json") for _ in range(REPEATED)]
    command = statistics.median(solve.cpu_s for solve in solves)
    tiny, large = (run("-m", "benchmarks.fixed_cost", name).said for name in GAPS)
    budget = run("-m", "benchmarks.fixed_cost", "rare-earths", "budget").said
    return [
        _row("solve tiny, the whole command", {"cpu_s": command}, "CPU s ≤ 1.2"),
        _row("tiny: the first what-if in a Python", tiny["first"], ""),
        _row("tiny: those that follow, median of five", tiny["later"], "CPU s ≤ 0.1"),
        _row("rare-earths: those that follow", large["later"], "beside HiGHS ≤ 0.3"),
        _row("rare-earths: those of the budget", budget["later"], "beside HiGHS ≤ 0.3"),
    ]


def _row(what: str, used: dict[str, float], target: str) -> dict[str, Any]:
    columns = {"cpu_s": "CPU s", "highs": "HiGHS", "beside": "beside HiGHS"}
    shown = {title: round(used[name], 3) if name in used else "" for name, title in columns.items()}
    return {"what": what, **shown, "target": target}


def main(name: str, what: str = "rate") -> None:
    """Solve what-ifs of an instance one after the other, and print what they took."""
    from optimizer import Options, load, solve
    from optimizer.highs.pool import POOL

    instance, options = load(f"instances/{name}"), Options(gap=float(GAPS[name]))
    rate = instance.settings.discount_rate
    used: list[dict[str, float]] = []
    for number in range(1 + REPEATED):
        began, run_s = time.process_time(), POOL.run_s
        step = 1e-6 * number
        if what == "rate":
            changed = instance.changed({"settings.discount_rate": rate + step})
        else:
            changed = instance.changed(budget_factor=1.0 + step)
        changed_s = time.process_time() - began
        cpu_s, highs = changed_s + solve(changed, options).proof.cpu_s, POOL.run_s - run_s
        used.append({"cpu_s": cpu_s, "highs": highs, "beside": cpu_s - highs})
    later = {key: statistics.median(one[key] for one in used[1:]) for key in used[0]}
    sys.stdout.write(json.dumps({"first": used[0], "later": later}))


if __name__ == "__main__":
    main(*sys.argv[1:])
