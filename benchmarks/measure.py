"""Measure a command as a whole process: CPU and wall seconds, peak memory, what it printed."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """What a process took, its children included, and what it printed as JSON."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    said: Any


def run(*arguments: str) -> Run:
    """Run this Python with some arguments and read the JSON that it prints."""
    with tempfile.TemporaryFile("w+") as out:
        began = time.monotonic()
        process = subprocess.Popen([sys.executable, *arguments], stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        printed = out.read()
    if process.returncode not in (0, 4):
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
    cpu_s = usage.ru_utime + usage.ru_stime
    return Run(wall_s, cpu_s, usage.ru_maxrss / 1024, _json(printed))


def _json(printed: str) -> Any:
    """The JSON object that a command printed, after whatever a library printed before it."""
    at = printed.find("\n{") + 1 if not printed.startswith("{") else 0
    return json.loads(printed[at:]) if printed[at : at + 1] == "{" else None


def machine() -> str:
    """The machine in words: processor, cores, memory, Python."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"
