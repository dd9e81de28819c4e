"""`lodestone serve`: one command starts everything, and ends everything."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.store.first import FIRST_KEY
from tests.support.fault_rounds import quick
from tests.support.fleet import PATIENCE_S, ROOT, alive, environment, kill, pids, process, until

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from api.settings import Settings

HEAVY = ("sqlalchemy", "fastapi", "procrastinate", "alembic", "uvicorn", "structlog")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Short leases, any port."""
    return quick(settings)


def lines_until(service: subprocess.Popen[bytes], words: str) -> list[str]:
    """What a process writes, up to the line that has these words."""
    assert service.stdout is not None
    lines = []
    for line in service.stdout:
        lines.append(line.decode())
        if words in lines[-1]:
            return lines
    raise AssertionError(f"it ended after {lines}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_starts_everything_keeps_it_alive_and_ends_it(settings: Settings) -> None:
    with process(settings, "api.cli", "serve") as service:
        lines = lines_until(service, "listening on")
        key = (settings.data_dir / FIRST_KEY).read_text().strip()
        url = lines[-1].split("listening on ")[1].strip()
        answer = httpx.get(f"{url}/v1/me", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200

        again = subprocess.run(
            [sys.executable, "-m", "api.cli", "serve"],
            env=os.environ | environment(settings),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert again.returncode == 2
        assert "is being served by another process" in again.stderr

        dead = pids(settings, "api.http.server") + pids(settings, "api.work.worker")
        assert len(dead) == 3
        kill(settings, "api.http.server")
        kill(settings, "api.work.worker")
        lines_until(service, "listening on")
        until(lambda: len(set(pids(settings, "api.work.worker")) - set(dead)) == 2)

        service.send_signal(signal.SIGTERM)
        assert service.wait(PATIENCE_S) == 0
        until(lambda: not alive(settings))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_everything_dies_with_the_supervisor(settings: Settings) -> None:
    with process(settings, "api.cli", "serve") as service:
        lines_until(service, "listening on")
        until(lambda: len(pids(settings, "api.work.runner")) == 2)
        there = " ".join(alive(settings).values())
        for part, count in {"api.cli": 1, "http.server": 1, "work.worker": 2}.items():
            assert there.count(part) == count
        service.kill()
        until(lambda: not alive(settings))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_serve_refuses(settings: Settings) -> None:
    def refused(**variables: str) -> str:
        given = {f"LODESTONE_{name}": value for name, value in variables.items()}
        ended = subprocess.run(
            [sys.executable, "-m", "api.cli", "serve"],
            env=os.environ | environment(settings) | given,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ended.returncode == 2, ended.stderr
        return ended.stderr

    assert "say so with --host" in refused(HOST="0.0.0.0")
    assert "LODESTONE_WORKERS" in refused(WORKERS="many")
    assert "needs PostgreSQL" in refused(DISPATCHER="procrastinate")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "cannot listen on" in refused(PORT=str(taken.getsockname()[1]))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_database_commands(settings: Settings, tmp_path: Path) -> None:
    def run(*words: str) -> Result:
        return CliRunner(env=environment(settings)).invoke(app, ["database", *words])

    assert run("check").exit_code == 1
    assert "before empty" in run("upgrade").stdout
    assert "0 missing or damaged" in run("check").stdout
    target = tmp_path / "copy.sqlite"
    assert "result files too" in run("backup", str(target)).stdout
    assert run("backup", str(target)).exit_code == 1
    (settings.data_dir / "lodestone.sqlite").unlink()
    target.rename(settings.data_dir / "lodestone.sqlite")
    assert run("check").exit_code == 0


@pytest.mark.parametrize("command", [["--help"], ["solve", "instances/tiny", "--json"]])
def test_commands_of_the_optimizer_load_nothing_of_the_service(command: list[str]) -> None:
    code = (
        "import atexit, json, sys\n"
        f"atexit.register(lambda: print(json.dumps(sorted(set({HEAVY!r}) & set(sys.modules))),"
        " file=sys.stderr))\n"
        "from api.cli import main\n"
        f"main({command!r})\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert json.loads(ended.stderr.splitlines()[-1]) == []


@pytest.mark.parametrize("module", ["api.work.supervisor", "api.work.worker", "api.http.app"])
def test_supervisor_worker_and_server_load_neither_solver_nor_tables(module: str) -> None:
    """Nor procrastinate, where workers ask the database themselves: each starts the sooner."""
    code = (
        f"import sys, {module}\n"
        "strangers = {'pyomo', 'highspy', 'scipy', 'pandas', 'procrastinate'}\n"
        "print(sorted(strangers & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert ended.stdout.strip() == "[]"
