"""A second opinion: another solver proves the first step again.

    python -m optimizer.solving.second_opinion FILE LIMIT_S GAP

Enters: an instance and its plan. Leaves: what another solver, where one is installed, says of the
exported program: the value of its best solution and its bound. It shares with us the program and
nothing of the solving. SCIP is taken where the package pyscipopt is installed, else CBC (the
package cbcbox, or the command `cbc`). They run in a process of their own.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.errors import SolverFailed
from optimizer.plan import Violation
from optimizer.solving.export import export_mps

if TYPE_CHECKING:
    from optimizer.highs.process import Stop
    from optimizer.instance import Instance
    from optimizer.plan import Plan

RULE = "second opinion"
INFINITE = 1e19
"""Values from which a solver's number is none."""
LOOSE = 1e-5
"""Share of the objective's size by which two solvers may differ: each accepts rows that are missed
by its own tolerance, 1e-6 of their size."""
GRACE_S = 60.0
"""How long a solver may take to stop after its limit."""
WAYS = "install pyscipopt (SCIP) or cbcbox (CBC) with pip, or the command cbc"


@dataclass(frozen=True)
class Opinion:
    """What another solver says of the first step, as what is minimised."""

    solver: str
    """Name and version."""
    value: float | None
    """Its best solution; None where it found none."""
    bound: float | None
    """No solution is less, it says; None where it proved nothing."""


@dataclass(frozen=True)
class Compared:
    """Another solver's word beside the plan's."""

    opinion: Opinion
    """In the objective's natural sign."""
    violations: tuple[Violation, ...]
    """Where the two contradict each other."""


def second_opinion(
    instance: Instance, plan: Plan, limit_s: float, stop: Stop | None = None
) -> Compared:
    """Let another solver prove the first step of an instance, and compare.

    Args:
        instance: what the plan is for.
        plan: a plan that was found.
        limit_s: seconds that the other solver may take.
        stop: counts requests to stop the solve that an HHI cap needs for its file.

    Raises:
        SolverFailed: none is installed, or it ended without an answer.
    """
    if not _installed():
        raise SolverFailed(f"no other solver is installed for a second opinion: {WAYS}")
    with tempfile.TemporaryDirectory(prefix="lodestone-opinion-") as folder:
        path = Path(folder) / "first-step.mps"
        export_mps(instance, path, plan.options, stop)
        said = _asked(path, limit_s, plan.options.gap)
    sign = 1.0 if instance.settings.objective.sense == "minimise" else -1.0
    has_cone = any(row.enabled and row.kind == "hhi_cap" for row in instance.policies)
    violations = _contradictions(plan, said, sign, has_cone=has_cone)
    value = None if said.value is None else sign * said.value
    bound = None if said.bound is None else sign * said.bound
    return Compared(Opinion(said.solver, value, bound), violations)


def _contradictions(
    plan: Plan, said: Opinion, sign: float, *, has_cone: bool
) -> tuple[Violation, ...]:
    """Where a bound of the one is beyond a solution of the other."""
    assert plan.proof.objective is not None
    value = sign * plan.proof.objective
    room = LOOSE * abs(value)
    found = []
    if said.bound is not None and said.bound > value + room:
        where = (
            f"{said.solver} proves that no plan is better than {sign * said.bound:.9g}, and the "
            f"plan comes to {sign * value:.9g}"
        )
        found.append((where, said.bound - value))
    proven = -math.inf if plan.proof.bound is None else sign * plan.proof.bound
    # Without the whole cone of an HHI cap a solution of the file need be none of the instance.
    if said.value is not None and said.value < proven - room and not has_cone:
        where = (
            f"{said.solver} has a solution that comes to {sign * said.value:.9g}, and the plan "
            f"says that none is better than {sign * proven:.9g}"
        )
        found.append((where, proven - said.value))
    return tuple(
        Violation(rule=RULE, where=where, amount=distance / max(1.0, abs(value)))
        for where, distance in found
    )


def _installed() -> bool:
    return bool(find_spec("pyscipopt") or find_spec("cbcbox") or shutil.which("cbc"))


def _asked(path: Path, limit_s: float, gap: float) -> Opinion:
    """What a solver says of a file, in a process of its own."""
    command = [sys.executable, "-m", "optimizer.solving.second_opinion", str(path)]
    try:
        ran = subprocess.run(
            [*command, repr(limit_s), repr(gap)],
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s + GRACE_S,
        )
    except subprocess.TimeoutExpired:
        raise SolverFailed(f"the other solver did not stop at its limit of {limit_s:g} s") from None
    if ran.returncode != 0:
        last = (ran.stderr.strip().splitlines() or ["no message"])[-1]
        raise SolverFailed(f"the other solver ended without an answer: {last}")
    return Opinion(**json.loads(ran.stdout.strip().splitlines()[-1]))


def _scip(path: Path, limit_s: float, gap: float) -> Opinion:
    from pyscipopt import Model

    model: Any = Model()
    model.hideOutput()
    model.readProblem(str(path))
    model.setParam("limits/time", limit_s)
    model.setParam("limits/gap", gap)
    model.optimize()
    value = model.getObjVal() if model.getNSols() > 0 else None
    name = f"SCIP {model.version()}"
    return Opinion(name, _finite(value), _finite(model.getDualbound()))


def _cbc(path: Path, limit_s: float, gap: float) -> Opinion:
    program = shutil.which("cbc")
    if find_spec("cbcbox"):
        import cbcbox

        program = cbcbox.cbc_bin_path()
    command = [str(program), str(path), "-seconds", str(limit_s), "-ratioGap", str(gap)]
    log = subprocess.run(
        [*command, "-solve", "-quit"], capture_output=True, text=True, check=False
    ).stdout
    version = re.findall(r"Version:\s+(\S+)", log)
    values = re.findall(r"Objective value:\s+([-+.\de]+)", log)
    bounds = re.findall(r"Lower bound:\s+([-+.\de]+)", log)
    value = float(values[-1]) if values and "No feasible" not in log else None
    bound = float(bounds[-1]) if bounds else value if "Optimal solution found" in log else None
    return Opinion(f"CBC {version[0] if version else ''}".strip(), _finite(value), _finite(bound))


def _finite(value: float | None) -> float | None:
    return None if value is None or abs(value) >= INFINITE else float(value)


def main() -> None:
    """Solve a file with whichever other solver is installed."""
    path, limit_s, gap = sys.argv[1:]
    way = _scip if find_spec("pyscipopt") else _cbc
    sys.stdout.write(json.dumps(asdict(way(Path(path), float(limit_s), float(gap)))) + "\n")


if __name__ == "__main__":
    main()
