"""One thread to a process: nothing wakes those that OpenBLAS keeps for other programs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.commands import ROOT, TINY

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

TICKS = """
import os, time
def of_others():
    tasks = [task for task in os.listdir("/proc/self/task") if int(task) != os.getpid()]
    told = [open(f"/proc/self/task/{task}/stat").read() for task in tasks]
    fields = [line.rpartition(")")[2].split() for line in told]
    return sum(int(own[11]) + int(own[12]) for own in fields)
"""
SUMS = (
    TICKS
    + """
import numpy as np
from optimizer.program.program import weighted_sum
values = np.ones(1_000_000)
before = -1
while before != (before := of_others()):  # They wait for work at first.
    time.sleep(0.2)
assert all(weighted_sum(values, values) == len(values) for _ in range(50))
print(of_others() - before)
"""
)
COMMAND = """
import atexit, os, sys
from optimizer.cli import main
atexit.register(lambda: sys.stderr.write(f"\\n{len(os.listdir('/proc/self/task'))}"))
main(["solve", sys.argv[1]])
"""


def said(code: str, *arguments: str) -> tuple[str, str]:
    """What a Python prints that may use all cores."""
    free = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=free,
        check=True,
    )
    return done.stdout, done.stderr


def test_the_sum_over_a_program_wakes_no_other_thread() -> None:
    """As the product of two vectors of numpy does, which costs more than the sum itself."""
    assert said(SUMS)[0] == "0\n"


def test_a_command_has_its_own_thread_and_the_one_that_starts_solvers() -> None:
    assert said(COMMAND, str(TINY))[1].splitlines()[-1] == "2"
