"""What processes hand to each other: solutions and bases in files, and the answer's line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Statuses = NDArray[np.int8]

BEGUN = b"begun"
"""The line that begins a solver's report on a program …"""
ANSWER = b"answer "
"""… and how the line begins that ends it."""
BASIC = 1
"""Status of a basic variable, as HiGHS counts them."""


def save_values(path: Path, values: NDArray[np.float64]) -> None:
    """Write a solution so that a reader sees all of it or none."""
    part = path.with_suffix(".part.npy")
    np.save(part, values)
    part.chmod(0o644)  # In a folder of its own; who reads it may be another user there.
    part.replace(path)


def load_values(path: Path) -> NDArray[np.float64]:
    """Read a solution."""
    return np.asarray(np.load(path), dtype=np.float64)


@dataclass(frozen=True)
class Basis:
    """Where the simplex method is to begin: the status of each column and of each row."""

    columns: Statuses
    rows: Statuses

    def with_rows(self, count: int) -> Basis:
        """The basis when so many rows are added: they begin as basic."""
        return Basis(self.columns, np.append(self.rows, np.full(count, BASIC, dtype=np.int8)))

    def save(self, path: Path) -> None:
        """Write it for another process."""
        np.savez(path, allow_pickle=False, columns=self.columns, rows=self.rows)

    @staticmethod
    def load(path: Path) -> Basis:
        """Read it."""
        with np.load(path) as arrays:
            return Basis(arrays["columns"], arrays["rows"])
