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

from optimizer.highs.limits import Limits
from optimizer.highs.process import Watch, solve_program
from optimizer.system import landlock
from optimizer.system.confinement import OWN_USERS, bare_environment
from tests.solving.test_process import program
from tests.support.processes import children, told_of

if TYPE_CHECKING:
    from optimizer.highs.process import Progress

SECRETS = {
    "LODESTONE_DATABASE_URL": "postgresql+psycopg://user:hunter2@host/name",
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "PGPASSWORD": "hunter2",
}
LOOK = """
import json, socket, sys
from optimizer.system.confinement import leave_network
left = leave_network()
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5).close()
    reached = True
except OSError:
    reached = False
print(json.dumps([left, reached]))
"""

REACH = """
import json, os, socket, sys
from pathlib import Path
import highspy
from optimizer.system.confinement import keep_to

sys.path.insert(0, os.getcwd())

def tried(act):
    try:
        act()
    except (PermissionError, FileNotFoundError):
        return False
    return True

own, others, port, victim = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
kept = keep_to(own)
acts = {
    "read own": lambda: (own / "given").read_text(),
    "write own": lambda: (own / "made").write_text("x"),
    "replace own": lambda: (own / "made").replace(own / "answer"),
    "read others": lambda: (others / "secret").read_text(),
    "list others": lambda: os.listdir(others),
    "write others": lambda: (others / "made").write_text("x"),
    "cut others": lambda: os.truncate(others / "secret", 0),
    "remove others": lambda: (others / "secret").unlink(),
    "link out": lambda: (own / "link").symlink_to(others / "secret") or (own / "link").read_text(),
    "connect": lambda: socket.create_connection(("127.0.0.1", port), timeout=5).close(),
    "signal others": lambda: os.kill(victim, 0),
    "in a child": lambda: os.waitpid(os.fork() or reached(), 0)[1] and refuse(),
}
def reached():
    os._exit(not tried(acts["read others"]))
def refuse():
    raise PermissionError
import optimizer.checker, scipy.sparse  # What it had not loaded before can still be loaded.
print(json.dumps({"kept": kept} | {name: tried(act) for name, act in acts.items()}))
"""
BECOME = """
import os, sys
from pathlib import Path
from optimizer.system.confinement import keep_to
keep_to(Path(sys.argv[1]))
Path("made").write_text(Path("given").read_text())
print(*os.getresuid())
"""
OUT = ("read others", "list others", "write others", "cut others", "remove others", "link out")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc")
def test_the_solver_s_process_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from outside, in the environment of the running process."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    seen: list[str] = []

    def look(_: Progress) -> None:
        told = [told_of(child, "environ") for child in children(os.getpid())]
        seen.extend(filter(None, told))

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


@pytest.mark.skipif(landlock.version() < 6, reason="needs Landlock of Linux 6.12")
def test_a_process_keeps_to_its_folder(tmp_path: Path) -> None:
    """Neither files elsewhere, nor TCP, nor other processes: also through links and children."""
    own, others = tmp_path / "own", tmp_path / "others"
    for folder, name in ((own, "given"), (others, "secret")):
        folder.mkdir()
        (folder / name).write_text("hunter2")
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = [str(own), str(others), str(server.getsockname()[1]), str(os.getpid())]
        done = subprocess.run(
            [sys.executable, "-c", REACH, *words], capture_output=True, text=True, cwd=tmp_path
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert found["kept"]
    assert [name for name in OUT if found[name]] == []
    assert not found["connect"]
    assert not found["signal others"]
    assert not found["in a child"]
    assert found["read own"]
    assert found["write own"]
    assert found["replace own"]
    assert (own / "answer").read_text() == "x"
    assert (others / "secret").read_text() == "hunter2"


@pytest.mark.skipif(landlock.version() == 0, reason="needs Landlock")
def test_the_solver_s_process_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from outside while it searches, and it is handed a better solution meanwhile."""
    seen: list[str] = []
    random = np.random.default_rng(1)
    weights = random.integers(10, 99, (5, 40)).tolist()
    hard = program((-random.integers(10, 99, 40)).tolist(), weights, [500.0] * 5)
    watch = Watch()

    def look(_: Progress) -> None:
        solvers = children(os.getpid(), "optimizer.highs.child")
        seen.extend(filter(None, (told_of(child, "status") for child in solvers)))
        if watch.deliver is not None:
            watch.deliver(np.zeros(40))

    watch.progress = look
    answer = solve_program(hard, Limits(), watch)

    assert answer.ending == "optimal"
    assert seen
    assert "NoNewPrivs:\t1" in seen[-1]


def public_python() -> str | None:
    """A Python that every user can run, with this repository's programs."""
    for python in (sys.executable, "/usr/bin/python3"):
        code = "import os; print(os.__file__)"
        found = subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.strip()
        folders = [*Path(found or "/none").parents, *Path(landlock.__file__).parents]
        if all(folder.exists() and folder.stat().st_mode & 0o005 == 0o005 for folder in folders):
            return python
    return None


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_root_s_process_becomes_a_user_of_its_own(tmp_path: Path) -> None:
    """Where that user can read the programs; it writes in the folder as before."""
    python = public_python()
    if python is None:
        pytest.skip("no Python here is everybody's to read")
    own = tmp_path / "own"
    own.mkdir()
    (own / "given").write_text("x")
    (own / "given").chmod(0o600)
    done = subprocess.run(
        [python, "-c", BECOME, str(own)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(landlock.__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr

    users = set(done.stdout.split())
    assert len(users) == 1
    assert int(users.pop()) in OWN_USERS
    assert (own / "made").stat().st_uid in OWN_USERS
