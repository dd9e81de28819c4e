"""The solver's process gets what it computes with: no settings of ours, no network."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from test_process import program

from optimizer.confinement import bare_environment
from optimizer.solving.process import Limits, Watch, solve_program

if TYPE_CHECKING:
    from optimizer.solving.process import Progress

SECRETS = {
    "LODESTONE_DATABASE_URL": "postgresql+psycopg://user:hunter2@host/name",
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "PGPASSWORD": "hunter2",
}
LOOK = """
import json, socket, sys
from optimizer.confinement import leave_network
left = leave_network()
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5).close()
    reached = True
except OSError:
    reached = False
print(json.dumps([left, reached]))
"""


def children(pid: int) -> list[int]:
    """Processes whose parent this one is."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc")
def test_the_solver_s_process_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from outside, in the environment of the running process."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    seen: list[str] = []

    def look(_: Progress) -> None:
        for child in children(os.getpid()):
            seen.append(Path(f"/proc/{child}/environ").read_bytes().decode(errors="replace"))

    random = np.random.default_rng(1)
    weights = random.integers(10, 99, (5, 40)).tolist()
    hard = program((-random.integers(10, 99, 40)).tolist(), weights, [500.0] * 5)
    solve_program(hard, Limits(), Watch(progress=look))

    assert seen
    assert all("PATH=" in text for text in seen)
    assert not any("hunter2" in text for text in seen)


def test_what_a_python_needs_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("LC_ALL", "C")
    found = bare_environment()

    assert {"PATH", "PYTHONPATH", "LC_ALL"} <= set(found)
    assert not set(SECRETS) & set(found)
    assert {name for name in found if name.startswith("LODESTONE_")} <= {"LODESTONE_DATA_DIR"}


def test_a_process_without_network_reaches_nobody() -> None:
    """Where the system allows it, not even this machine's own address is reached any more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", LOOK, port], capture_output=True, text=True, check=True
        )
        left, reached = json.loads(done.stdout)
    assert reached is not left
