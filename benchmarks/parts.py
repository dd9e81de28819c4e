"""The parts of the benchmark: each returns the rows of one table."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Any

from benchmarks import ablation, fixed_cost
from benchmarks.cases import COMMITTED, FOLDER, GENERATED, LOCATIONS, ROOT, SCHEDULES, case
from benchmarks.measure import Run, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Rows = list[dict[str, Any]]
RAW_LIMIT_S = 60.0
"""How long raw HiGHS may take; the gap that it reaches is the one that ours must reach."""
EQUAL_CPU_S = 45.0
"""What each solver may use of a case that none of them solves."""
PROOF_LIMIT_S = 300
"""How long the proof of a committed instance may take …"""
PROVEN = 0.005
ROOTS = {"ours": "60", "starts": "0", "big-m": "0", "rows": "0", "all": "60"}
"""Formulations compared, and the seconds of their root nodes."""
"""… and the gap of cost that it must reach."""
WAREHOUSES = {"cap61": 932615.75, "cap62": 977799.4, "cap63": 1014062.05, "cap64": 1045650.25}
"""Optima of the location problems, which their files do not give (OR-Library, J. E. Beasley)."""
RIVALS = ("highs", "scip", "cbc")


def building() -> Rows:
    """Building and handing over, against idiomatic Pyomo and against nothing but handing over."""
    run("-m", "benchmarks.building", "stamp_to_file")
    found = {}
    for way in ("stamped", "idiomatic", "floor"):
        times = 1 if way == "idiomatic" else 3
        runs = [run("-m", "benchmarks.building", way).said for _ in range(times)]
        found[way] = {key: statistics.median(r[key] for r in runs) for key in runs[0]}
    ours = found["stamped"]["cpu_s"]
    return [
        {
            "way": way,
            "CPU s": round(values["cpu_s"], 3),
            "peak MB": round(values["peak_mb"]),
            "CPU against ours": round(values["cpu_s"] / ours, 3),
        }
        for way, values in found.items()
    ]


def first_step(only: str | None = None) -> Rows:
    """Our first step against raw HiGHS on the exported MPS: time to the same gap."""
    rows: Rows = []
    for name in [only] if only else [*GENERATED, *COMMITTED]:
        folder = str(case(name))
        gap = "0.001" if name in COMMITTED else "0.02"
        raw = run("-m", "benchmarks.rivals", "highs", folder, str(RAW_LIMIT_S), gap)
        if raw.said["gap"] is None:
            rows.append(_first_step_row(name, None, raw, None))
            continue
        reached = max(raw.said["gap"], float(gap))
        ours = run("-m", "benchmarks.rivals", "lodestone", folder, "600", repr(reached))
        rows.append(_first_step_row(name, reached, raw, ours))
    ratios = [row["ratio"] for row in rows if row["ratio"] and row["raw HiGHS, CPU s"] >= 10]
    median = round(statistics.median(ratios), 2) if ratios else "no case"
    rows.append(
        dict.fromkeys(rows[0], "") | {"case": "median where raw takes 10 s", "ratio": median}
    )
    return rows


def _first_step_row(name: str, gap: float | None, raw: Run, ours: Run | None) -> dict[str, Any]:
    return {
        "case": name,
        "gap reached by raw HiGHS": None if gap is None else f"{gap:.3%}",
        "raw HiGHS: plan, bound": _pair(raw),
        "ours: plan, bound": "" if ours is None else _pair(ours),
        "raw HiGHS, CPU s": round(raw.cpu_s, 1),
        "ours to that gap, CPU s": None if ours is None else round(ours.cpu_s, 1),
        "ratio": None if ours is None else round(ours.cpu_s / raw.cpu_s, 2),
    }


def incumbents(only: str | None = None) -> Rows:
    """The best portfolio and bound after equal CPU time, ours and three solvers'."""
    large = [name for name in GENERATED if name.startswith("200")]
    names = [only] if only else [*large, "rare-earths-tight", *SCHEDULES, *LOCATIONS]
    rows: Rows = []
    for name in names:
        limit = EQUAL_CPU_S if name not in COMMITTED else 20.0
        done = {
            solver: run("-m", "benchmarks.rivals", solver, str(case(name)), str(limit), "0")
            for solver in ("lodestone", *RIVALS)
        }
        plans = [done[rival].said["objective"] for rival in RIVALS]
        bounds = [done[rival].said["bound"] for rival in RIVALS]
        ours = done["lodestone"].said
        best = min((plan for plan in plans if plan is not None), default=None)
        bound = max((bound for bound in bounds if bound is not None), default=None)
        rows.append(
            {"case": name, "limit, CPU s": limit, "ours, CPU s": round(done["lodestone"].cpu_s)}
            | {f"{solver}: plan, bound": _pair(one) for solver, one in done.items()}
            | {
                "best rival's plan over ours": _excess(best, ours["objective"]),
                "best rival's bound over ours": _excess(bound, ours["bound"]),
            }
        )
    return rows


def limits() -> Rows:
    """Whether a whole command keeps its time limit: plan, checker and files are inside it."""
    rows: Rows = []
    for name, limit in (("200x15x10-1", 300), ("schedule-1000x15x2-1", 120)):
        solved = run(
            "-m", "optimizer", "solve", str(case(name)), "--time-limit-s", str(limit), "--json"
        )
        gap = solved.said["gap"]
        rows.append(
            {
                "case": name,
                "limit, s": limit,
                "wall s": round(solved.wall_s, 1),
                "status": solved.said["status"],
                "gap": "none" if gap is None else f"{gap:.2%}",
            }
        )
    return rows


def _pair(done: Run) -> str:
    """Plan and bound of a run."""
    return f"{_rounded(done.said['objective'])}, {_rounded(done.said['bound'])}"


def _rounded(value: float | None) -> Any:
    return "none" if value is None else round(value, 1)


def _excess(value: float | None, ours: float | None) -> str:
    return "none" if value is None or ours is None else f"{value / ours - 1:+.2%}"


def promises() -> Rows:
    """What single commands promise, beside a calibration solve."""
    rows: Rows = []
    calibration = run("-m", "optimizer", "solve", "instances/tiny", "--gap", "0", "--json")
    rows.append(_promise("calibration: solve tiny", calibration, "", ""))
    for name, most in (("rare-earths", "60 s"), ("rare-earths-tight", "180 s")):
        solved = run("-m", "optimizer", "solve", f"instances/{name}", "--gap", "0.005", "--json")
        said = solved.said
        proof = f"{said['gap']:.3%} of cost, {said['gap_against_doing_nothing']:.2%} of worth"
        rows.append(_promise(f"solve {name} --gap 0.005", solved, most, proof))
    checked = run("-m", "optimizer", "validate", "instances/rare-earths", "--json")
    rows.append(_promise("validate rare-earths", checked, "1 s CPU", ""))
    rows.append(_promise("--help", run("-m", "optimizer", "--help"), "0.3 s CPU", ""))
    return rows


def _promise(what: str, done: Run, most: str, proof: str) -> dict[str, Any]:
    return {
        "command": what,
        "wall s": round(done.wall_s, 2),
        "CPU s": round(done.cpu_s, 2),
        "target": most,
        "proven gap": proof,
    }


def committed() -> list[Path]:
    """Folders of the bundled instances."""
    return sorted(path.parent for path in (ROOT / "instances").glob("*/instance.toml"))


def instances() -> Rows:
    """Every committed instance to 0.5 % of cost, or its own gap, in five minutes on two cores."""
    rows: Rows = []
    for folder in committed():
        expected = json.loads((folder / "expected.json").read_text())
        gap = str(min(PROVEN, expected.get("gap", PROVEN)))
        options = ("--gap", gap, "--worth-gap", "1", "--time-limit-s", str(PROOF_LIMIT_S))
        solved = run("-m", "optimizer", "solve", f"instances/{folder.name}", *options, "--json")
        said = solved.said
        rows.append(
            {
                "instance": folder.name,
                "wall s": round(solved.wall_s, 1),
                "CPU s": round(solved.cpu_s, 1),
                "objective": round(said["objective"], 1),
                "bound": round(said["bound"], 1),
                "gap": f"{said['gap']:.3%}",
                "gap of worth": _share(said["gap_against_doing_nothing"]),
                "target met": "yes" if said["gap"] <= PROVEN else "no",
            }
        )
    return rows


def strength() -> Rows:
    """Gaps of the first step at its root, as formulated and with one tightening undone.

    To the best plan known; where further steps give up some cost, to the bound that is proven.
    """
    rows: Rows = []
    for folder in committed():
        expected = json.loads((folder / "expected.json").read_text())
        best = expected["bound" if (folder / "steps.csv").exists() else "objective"]
        said = {
            variant: run(
                "-m", "benchmarks.strength", f"instances/{folder.name}", variant, limit
            ).said
            for variant, limit in ROOTS.items()
        }

        def gap(variant: str, bound: str, said: Any = said, best: float = best) -> str:
            return f"{max(0.0, 1 - said[variant][bound] / best):.2%}"

        rows.append(
            {
                "instance": folder.name,
                "rows": said["ours"]["rows"],
                "to": best,
                "LP": gap("ours", "lp"),
                "LP, start binaries": gap("starts", "lp"),
                "LP, one big M": gap("big-m", "lp"),
                "LP, all undone": gap("all", "lp"),
                "root": gap("ours", "root"),
                "root, all undone": gap("all", "root"),
                "LP's CPU with bounds as rows": round(
                    said["rows"]["lp_s"] / max(1e-9, said["ours"]["lp_s"]), 2
                ),
            }
        )
    return rows


def _share(value: float | None) -> str:
    return "worth nothing" if value is None else f"{value:.2%}"


def published() -> Rows:
    """Published problems with known optima, through the public interface at gap 0."""
    source = ROOT.parent / "shared" / "benchmarks"
    rows: Rows = []
    for file in sorted(source.glob("*.txt")):
        out = FOLDER / "published" / file.stem
        run("-m", "tests.published.convert", str(file), str(out))
        for folder in sorted(path for path in out.iterdir() if path.is_dir()):
            solved = run("-m", "optimizer", "solve", str(folder), "--gap", "0", "--json")
            path = folder / "expected.json"
            known = WAREHOUSES.get(file.stem)
            if path.exists():
                known = json.loads(path.read_text())["objective"]
            rows.append(
                {
                    "problem": folder.name,
                    "published optimum": known,
                    "objective": round(solved.said["objective"], 6),
                    "bound": round(solved.said["bound"], 6),
                    "CPU s": round(solved.cpu_s, 2),
                }
            )
    return rows


PARTS: dict[str, Callable[..., Rows]] = {
    "building": building,
    "first-step": first_step,
    "incumbents": incumbents,
    "limits": limits,
    "promises": promises,
    "fixed-cost": fixed_cost.table,
    "instances": instances,
    "strength": strength,
    "mechanisms": ablation.table,
    "published": published,
}
TITLES = {
    "building": "Build and hand over, 300 projects × 15 years × 50 scenarios, every year distinct",
    "first-step": "First step against raw HiGHS on the exported MPS, time to the same gap",
    "incumbents": "Best portfolio and bound after equal CPU time",
    "limits": "Time limits of whole commands",
    "promises": "Single commands",
    "fixed-cost": "What a solve costs beside HiGHS",
    "instances": "Committed instances to 0.5 % of cost, five minutes at most",
    "strength": "Gap of the first step at its root to the best plan known: as it is, and undone",
    "mechanisms": "What plans owe to each mechanism: the instance solved again without it",
    "published": "Published problems",
}
