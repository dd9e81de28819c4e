"""A part of a program: rows in coordinate form, with what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.program.keys import RowKeys

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Part:
    """Rows of the program in coordinate form, with their bounds and keys."""

    rows: Ints
    columns: Ints
    values: Floats
    lower: Floats
    upper: Floats
    keys: RowKeys
