"""The cases that solvers are compared on: instance folders with MPS files, made when missing."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.generate import Size, generate

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "out" / "benchmarks"
GENERATED = {
    f"{projects}x{years}x{scenarios}-{seed}": Size(projects, years, scenarios, seed)
    for projects, years, scenarios in ((80, 12, 6), (120, 12, 6), (200, 15, 10))
    for seed in (1, 2)
}
"""Generated cases by name."""
COMMITTED = ("rare-earths", "rare-earths-tight")
"""Committed instances."""


def case(name: str) -> Path:
    """Folder of a case, with `first-step.mps` in it."""
    from optimizer.formats import save
    from optimizer.reader import load
    from optimizer.solving.mps import export_mps

    folder = FOLDER / name
    if not (folder / "first-step.mps").exists():
        shutil.rmtree(folder, ignore_errors=True)
        if name in GENERATED:
            save(generate(GENERATED[name]), folder)
        else:
            shutil.copytree(
                ROOT / "instances" / name, folder, ignore=shutil.ignore_patterns("*.py")
            )
        export_mps(load(folder), folder / "first-step.mps")
    return folder
