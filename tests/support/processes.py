"""Looking at other processes, which may end at any moment."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signal import Signals

PROC = Path("/proc")


def told_of(pid: int, name: str) -> str:
    """A file of the kernel's on a process; empty where that has ended, waited for or not."""
    try:
        return (PROC / str(pid) / name).read_bytes().decode(errors="replace")
    except OSError:
        return ""


def children(pid: int, words: str = "") -> list[int]:
    """Processes, not ended, whose parent a process is and whose command contains some words."""
    found = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()]
    return [
        child
        for child in found
        if (stat := told_of(child, "stat")) and int(stat.rpartition(")")[2].split()[1]) == pid
        if (command := told_of(child, "cmdline")) and words in command
    ]


def runs(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    stat = told_of(pid, "stat")
    return bool(stat) and stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def send(pid: int, signal_number: Signals) -> None:
    """Send a signal to a process, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal_number)
