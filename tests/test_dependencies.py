"""What a plain install may take is what was tested, and no more."""

from __future__ import annotations

import tomllib

import pytest
from commands import ROOT
from packaging.requirements import Requirement
from packaging.version import Version

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
