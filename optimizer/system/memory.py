"""How much memory this process has had at most, as Linux counts it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

STATUS = Path("/proc/self/status")


def most_bytes(what: Literal["VmHWM", "VmPeak"]) -> int | None:
    """The peak of resident memory (`VmHWM`) or of address space (`VmPeak`); None if not told."""
    try:
        lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    told = (int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))
    return next(told, None)
