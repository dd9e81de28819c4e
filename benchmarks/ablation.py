"""What the plans of the bundled instances owe to each mechanism: solved again without it.

    python -m benchmarks.ablation [MECHANISM …]

Takes the table of mechanisms in docs/model.md. For each row an instance that uses it is solved
without it, to the gap of the committed plan, and another until one shows a difference; what is
kept in ablation.json is both objectives and bounds, how many choices differ, and the criterion that
changes most. An instance that does not use a mechanism says nothing of it.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.removal import without
from optimizer import load, load_plan, solve
from optimizer.errors import OptimizerError
from optimizer.plan import Options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.plan import Plan

ROOT = Path(__file__).resolve().parents[1]
FOUND = Path(__file__).with_name("ablation.json")
ROW = re.compile(r"^\| ([^|]+) \| (\d+) \| `([a-z_.=]+)` \| `[^`]+` \| ([^|]+) \|$", re.M)
LINK = re.compile(r"\[([a-z0-9-]+)\]")
LIMIT_S = 200.0
LONG = ("rare-earths", "rare-earths-tight")
"""Instances that take minutes: asked last, and only where no other has shown a difference."""

SHOWN = 1e-9
"""Relative distance of two intervals beyond which an instance shows a difference."""

LEAST_CHANGE = 0.01
"""Relative change of a criterion that is worth naming."""


class Mechanism(NamedTuple):
    """A row of the table."""

    name: str
    rule: int
    data: str
    instances: tuple[str, ...]


def mechanisms() -> list[Mechanism]:
    """The table of mechanisms."""
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    return [
        Mechanism(name.strip(), int(rule), data, tuple(LINK.findall(using)))
        for name, rule, data, using in ROW.findall(text)
    ]


@cache
def reference(name: str) -> Plan:
    """The plan to compare with: the committed one, or the best of the first step alone."""
    folder = ROOT / "instances" / name
    instance = load(folder)
    if instance.steps or not (folder / "plan").exists():
        return solve(instance.replaced(steps=()), gaps(name))
    return load_plan(folder / "plan")


def gaps(name: str) -> Options:
    """How far an instance is proven."""
    expected = json.loads((ROOT / "instances" / name / "expected.json").read_text())
    to = {key: expected[key] for key in ("gap", "worth_gap") if key in expected}
    return Options(**to, time_limit_s=LIMIT_S)


def compared(name: str, data: str) -> dict[str, Any]:
    """One instance with and without a mechanism; further steps stand aside, but for themselves."""
    folder, plan = ROOT / "instances" / name, reference(name)
    if data == "steps":
        return stepped(load_plan(folder / "plan"), plan)
    try:
        other = solve(without(load(folder).replaced(steps=()), data), gaps(name))
    except OptimizerError as refused:
        return {"fault": "no valid instance: " + str(refused).split("\n")[0]}
    if not other.found:
        return {"fault": f"no plan: {other.proof.status}"}
    return figures(plan, other)


def figures(plan: Plan, other: Plan) -> dict[str, Any]:
    """What two plans say."""
    return {
        "objective": plan.proof.objective,
        "bound": plan.proof.bound,
        "objective without": other.proof.objective,
        "bound without": other.proof.bound,
        "choices that differ": len({*plan.chosen} ^ {*other.chosen}),
        "signed that differ": len(_signed(plan) ^ _signed(other)),
        "changes most": _largest_change(plan, other),
    }


def stepped(plan: Plan, other: Plan) -> dict[str, Any]:
    """With further steps and without: the plan with them gives up cost for another criterion."""
    said = figures(plan, other)
    given_up = (plan.proof.objective or 0.0) - (other.proof.objective or 0.0)
    better = plan.proof.steps and said["choices that differ"] and given_up > 0
    return said | {"bound": plan.proof.objective if better else plan.proof.bound}


def _signed(plan: Plan) -> set[tuple[str, int]]:
    rows = plan.tables.signed
    return set(zip(rows["contract"], rows["year"], strict=True))


def _largest_change(plan: Plan, other: Plan) -> str:
    """The criterion that changes most, relative to the larger of both."""
    changes = []
    for name, value in plan.criteria.items():
        then = other.criteria.get(name, value)
        size = max(abs(value), abs(then))
        if size > 1e-6:
            changes.append((abs(then - value) / size, f"{name} {value:.4g} → {then:.4g}"))
    largest = max(changes, default=(0.0, ""))
    return largest[1] if largest[0] >= LEAST_CHANGE else "nothing by 1 %"


def proven(row: dict[str, Any]) -> bool:
    """Whether the optima differ for certain: intervals do not touch, or there is no plan."""
    if "fault" in row:
        return True
    low, high = sorted(
        [(row["bound"], row["objective"]), (row["bound without"], row["objective without"])]
    )
    return bool(low[1] < high[0])


def measure(names: Iterable[str] = ()) -> dict[str, dict[str, dict[str, Any]]]:
    """Solve what ablation.json does not have for the instances as they are.

    An instance is asked only about what no other shows yet; long ones are asked last.

    Args:
        names: of mechanisms; all if empty.
    """
    found = json.loads(FOUND.read_text()) if FOUND.exists() else {}
    hashes = {name: load(ROOT / "instances" / name).content_hash for name in instances()}
    wanted = set(names)
    pairs = [(m, name) for m in mechanisms() for name in m.instances]
    for mechanism, name in sorted(pairs, key=lambda pair: pair[1] in LONG):
        if wanted and mechanism.name not in wanted:
            continue
        own = found.setdefault(mechanism.name, {})
        for stale in [other for other, row in own.items() if row["instance"] != hashes[other]]:
            del own[stale]
        if name in own or any(strength(row) > SHOWN for row in own.values()):
            continue
        own[name] = {"instance": hashes[name]} | compared(name, mechanism.data)
        sys.stderr.write(f"{mechanism.name}, {name}: {json.dumps(own[name])}\n")
        FOUND.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def instances() -> list[str]:
    """Instances that any mechanism names."""
    return sorted({name for mechanism in mechanisms() for name in mechanism.instances})


def table() -> list[dict[str, Any]]:
    """For each mechanism the instance that shows most of those that were asked."""
    found = measure()
    rows = []
    for mechanism in mechanisms():
        own = found.get(mechanism.name, {})
        ranked = sorted(own, key=lambda name: strength(own[name]), reverse=True)
        for name in ranked[:1]:
            row = own[name]
            rows.append(
                {
                    "mechanism": mechanism.name,
                    "rule": mechanism.rule,
                    "instance": name,
                    "with": told(row, "objective", "bound"),
                    "without": row.get("fault") or told(row, "objective without", "bound without"),
                    "choices that differ": row.get("choices that differ", ""),
                    "changes most": row.get("changes most", ""),
                }
            )
    return rows


def told(row: dict[str, Any], objective: str, bound: str) -> str:
    """An objective and how much better a plan could be."""
    if objective not in row:
        return ""
    return f"{row[objective]:,.1f} (−{abs(row[objective] - row[bound]):.1f})"


def strength(row: dict[str, Any]) -> float:
    """How much a row shows: the relative distance of the two intervals; least where no plan is."""
    if "fault" in row:
        return 1e-12
    if not proven(row):
        return 0.0
    low = min(row["objective"], row["objective without"])
    high = max(row["bound"], row["bound without"])
    return float((high - low) / max(1e-9, abs(low)))


def main() -> None:
    """Measure what is named, or what is missing."""
    measure(sys.argv[1:])


if __name__ == "__main__":
    main()
