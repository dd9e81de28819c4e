"""The instance's own assumed numbers, by name."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.drafting.basis import graded

if TYPE_CHECKING:
    from optimizer.drafting import Drafted
    from optimizer.drafting.chains import Chain

HERE = Path(__file__).resolve().parents[1]


def own_assumptions() -> dict[str, dict[str, str]]:
    """The instance's own assumed numbers by name."""
    with (HERE / "inputs" / "assumptions.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


OWN = own_assumptions()


def number(name: str) -> float:
    """The value of an own assumption."""
    return float(OWN[name]["value"])


def given(name: str) -> dict[str, str]:
    """The three columns of a row that rests on one own assumption."""
    return graded("assumed", OWN[name]["reason"], OWN[name]["source"])


def chain_of(drafted: Drafted, name: str) -> Chain:
    """A chain of the draft."""
    return next(chain for chain in drafted.basis.chains if chain.id == name)
