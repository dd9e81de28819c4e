"""What the builder reads and how it writes: as in the rare-earths builder, without entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.inputs import Assumptions, Inputs
from builder.tables import read, state, write

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load", "state", "write"]


def load(folder: Path, catalogue: Path) -> Inputs:
    """The catalogue and the assumptions."""
    rows = {row["name"]: row for row in read(folder / "assumptions.csv")}
    return Inputs(catalogue, Assumptions(rows), [])
