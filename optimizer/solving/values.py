"""Solutions in files, for processes that hand them to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def save_values(path: Path, values: NDArray[np.float64]) -> None:
    """Write a solution so that a reader sees all of it or none."""
    part = path.with_suffix(".part.npy")
    np.save(part, values)
    part.replace(path)


def load_values(path: Path) -> NDArray[np.float64]:
    """Read a solution."""
    return np.asarray(np.load(path), dtype=np.float64)
