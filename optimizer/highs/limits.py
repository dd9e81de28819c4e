"""When a solve ends, and how it is done."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Literal

from optimizer.highs.gap_test import GapTest


@dataclass(frozen=True)
class Limits:
    """When a solve ends."""

    close: GapTest = field(default_factory=GapTest)
    time_limit_s: float | None = None
    seed: int = 0
    presolve: Literal["choose", "off"] = "choose"
    method: Literal["choose", "ipm"] = "choose"
    """How the linear program, or the root relaxation, is solved."""
    own_gap: float = 0.0
    """Gap to the program's own bound at which it ends as well."""
    careful: bool = False
    """Whether tolerances are tighter than usual."""
    duals: bool = False
    """Whether multipliers of the rows are wanted, of a linear program."""
    silent_s: float | None = None
    """How long a child may say nothing before it is killed."""

    def after(self, began: float) -> Limits:
        """What is left of them since some moment of `time.monotonic`."""
        if self.time_limit_s is None:
            return self
        left = max(0.0, self.time_limit_s - (time.monotonic() - began))
        return replace(self, time_limit_s=left)
