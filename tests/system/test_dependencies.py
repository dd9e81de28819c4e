"""What a plain install may take is what was tested, and no more."""

from __future__ import annotations

import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.commands import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = [Requirement(text) for text in PROJECT["dependencies"]]
LOCKED = [
    Requirement(line.removesuffix("\\").strip())
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    if line[:1].isalnum()
]


def locked(name: str) -> list[Version]:
    """The versions of a package that the lock file names, for whichever Python."""
    return [Version(next(iter(r.specifier)).version) for r in LOCKED if r.name == name]


@pytest.mark.parametrize("needed", NEEDED, ids=lambda needed: needed.name)
def test_a_range_begins_at_what_is_tested_and_ends(needed: Requirement) -> None:
    bounds = {bound.operator: Version(bound.version) for bound in needed.specifier}

    assert set(bounds) == {">=", "<"}, "a lower and an upper bound"
    tested = locked(needed.name)
    assert tested, "the lock file does not name it"
    oldest = min(tested)
    parts = len(bounds[">="].release)
    assert bounds[">="].release == oldest.release[:parts]
    assert all(needed.specifier.contains(version) for version in tested)
    step = 2 if needed.name in {"highspy", "numpy", "pandas", "pyomo", "scipy"} else 1
    assert bounds["<"].major - max(tested).major <= 1
    if step == 2:
        assert bounds["<"].major == max(tested).major, "what computes is held to minor versions"


def test_the_image_has_what_runs_and_nothing_else() -> None:
    """Its lock is the closure of what the project needs, of the versions that are tested."""
    text = (ROOT / "docs" / "deployment" / "requirements.txt").read_text(encoding="utf-8")
    image = [
        Requirement(line.removesuffix("\\").strip())
        for line in text.splitlines()
        if line[:1].isalnum()
    ]
    names = {requirement.name for requirement in image}
    tested = {(r.name, str(r.specifier)) for r in LOCKED}

    assert {needed.name for needed in NEEDED} <= names
    assert {(r.name, str(r.specifier)) for r in image} <= tested
    assert not names & {"pytest", "ruff", "mypy", "ipykernel", "pyscipopt", "cbcbox", "pip-audit"}
    assert names <= installed_closure(), "something that nothing needs at run time"
    assert text.count("--hash=sha256:") >= len(image)
    dockerfile = (ROOT / "docs" / "deployment" / "Dockerfile").read_text(encoding="utf-8")
    assert "COPY docs/deployment/requirements.txt" in dockerfile


def installed_closure() -> set[str]:
    """Everything that the runtime needs, on any system, by what the installed packages say."""
    found: set[str] = set()
    waiting = [(needed.name, needed.extras) for needed in NEEDED]
    done: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, frozenset(extras)) in done:
            continue
        done.add((name, frozenset(extras)))
        found.add(name)
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # One of another system.
        for need in map(Requirement, needs):
            if (
                need.marker is None
                or any(
                    part in str(need.marker) for part in ("platform", "python", "implementation")
                )
                or any(need.marker.evaluate({"extra": extra}) for extra in extras)
            ):
                waiting.append((canonicalize_name(need.name), need.extras))
    return found
