"""The cases that solvers are compared on: instance folders with MPS files, made when missing."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.generate import Size, generate
from benchmarks.location import location
from benchmarks.schedule import scheduled
from tests.published.convert import instance_of

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
SCHEDULES = {f"schedule-{projects}x15x2-1": Size(projects, 15, 2) for projects in (200, 1000)}
"""Generated cases with precedence and yearly limits."""
LOCATIONS = {"location-100x1000-1": (100, 1000, 1), "location-50x200-1": (50, 200, 1)}
"""Generated location problems: sites, customers, seed."""


def case(name: str) -> Path:
    """Folder of a case, with `first-step.mps` in it."""
    from optimizer.instance.formats import save
    from optimizer.instance.formats.reader import load
    from optimizer.solving.export import export_mps

    folder = FOLDER / name
    if not (folder / "first-step.mps").exists():
        shutil.rmtree(folder, ignore_errors=True)
        if name in GENERATED:
            save(generate(GENERATED[name]), folder)
        elif name in SCHEDULES:
            save(scheduled(SCHEDULES[name]), folder)
        elif name in LOCATIONS:
            save(instance_of(location(*LOCATIONS[name]), name), folder)
        else:
            shutil.copytree(
                ROOT / "instances" / name, folder, ignore=shutil.ignore_patterns("*.py")
            )
        export_mps(load(folder), folder / "first-step.mps")
    return folder
