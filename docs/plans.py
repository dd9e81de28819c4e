"""The committed plan of each instance: solved, written, and drawn for its README.

    python docs/plans.py [--draw] [NAME …]

Solves the instances named, or all, with the gaps that their `expected.json` names, and writes
there `plan/`, the objective and the bound, and `plan.png`. With `--draw` only the picture is made
anew. Pictures need the browser `chromium`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from pathlib import Path

from optimizer import Instance, figures, load, load_plan, save_plan, solve
from optimizer.plan import Options, Plan

INSTANCES = Path(__file__).resolve().parents[1] / "instances"
WIDTH = 1000
SIGNIFICANT = 7


def names() -> list[str]:
    """Instances whose plan is found by solving; that of `tiny` is argued by hand."""
    found = {path.parent.name for path in INSTANCES.glob("*/expected.json")}
    return sorted(found - {"tiny"})


def solved(folder: Path, instance: Instance) -> Plan:
    """Solve an instance, and write its plan and what is expected of others."""
    path = folder / "expected.json"
    expected = json.loads(path.read_text(encoding="utf-8"))
    options = Options(gap=expected["gap"], worth_gap=expected["worth_gap"], firm=True)
    plan = solve(instance, options)
    if plan.proof.bound is None:
        raise SystemExit(f"{folder.name}: no plan was proven")
    for name, rounding in (("objective", ROUND_CEILING), ("bound", ROUND_FLOOR)):
        exact = Decimal(getattr(plan.proof, name))
        expected[name] = float(Context(SIGNIFICANT, rounding).plus(exact))
    save_plan(plan, folder / "plan")
    path.write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")
    return plan


def draw(folder: Path, instance: Instance, plan: Plan) -> None:
    """Write the schedule of the chosen projects as a picture."""
    figure = figures.gantt(instance, plan).update_layout(width=WIDTH)
    with tempfile.TemporaryDirectory() as temporary:
        page = Path(temporary) / "plan.html"
        html = figure.to_html(config={"displayModeBar": False})
        page.write_text(html, encoding="utf-8")
        size = f"--window-size={WIDTH + 16},{int(figure.layout.height) + 16}"
        picture = f"--screenshot={folder / 'plan.png'}"
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
        command = ["chromium", *options, "--virtual-time-budget=10000", size, picture, str(page)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def main() -> None:
    """Read the command line and refresh the instances named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draw", action="store_true", help="only the pictures, from the plans")
    parser.add_argument("names", nargs="*", metavar="NAME", help="of instances, else all")
    given = parser.parse_args()
    for name in given.names or names():
        folder = INSTANCES / name
        instance = load(folder)
        plan = load_plan(folder / "plan") if given.draw else solved(folder, instance)
        draw(folder, instance, plan)
        sys.stdout.write(
            f"{name}: {plan.proof.objective:,.1f}, no plan below {plan.proof.bound:,.1f}\n"
        )


if __name__ == "__main__":
    main()
