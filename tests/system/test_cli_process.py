"""The command line as a process: start-up, pure output, signals, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.generate import Size, generate
from optimizer.instance.formats import save
from optimizer.plan.files import load_plan
from tests.support.commands import LODESTONE, RARE_EARTHS, ROOT, TINY, run_process, start_process
from tests.support.processes import children, runs

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAVY = ("pandas", "numpy", "pyomo", "highspy", "scipy", "pydantic", "plotly", "openpyxl")
PATIENCE_S = 120
"""How long a slow machine may take to find a first plan, or to end."""


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance whose first plan comes soon and whose proof takes minutes."""
    path = tmp_path_factory.mktemp("hard") / "hard.json"
    save(generate(Size(60, 12, 6)), path)
    return path


def loaded_after(*arguments: str) -> set[str]:
    """Heavy modules that a command has imported when it ends."""
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print(*(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr))\n"
        "from optimizer.cli import main\n"
        f"main({list(arguments)!r})\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return set(ended.stderr.splitlines()[-1].split())


def test_help_loads_nothing_heavy() -> None:
    """What it takes is measured by `python -m benchmarks promises`."""
    assert loaded_after("--help") == set()


def test_validate_loads_neither_tables_nor_solver() -> None:
    """What it takes is measured by `python -m benchmarks promises`."""
    assert loaded_after("validate", str(RARE_EARTHS)) <= {"pydantic"}


@pytest.mark.parametrize("words", [(), ("--json",), ("--keep", "marked")])
def test_solve_loads_no_tables_that_nobody_asks_for(words: tuple[str, ...]) -> None:
    """What it takes is measured by `python -m benchmarks fixed-cost`."""
    assert loaded_after("solve", str(TINY), *words) <= {"numpy", "pyomo", "scipy", "pydantic"}


def test_standard_output_is_nothing_but_the_object() -> None:
    ended = run_process("solve", TINY, "--json")

    assert ended.returncode == 0
    assert json.loads(ended.stdout)["status"] == "optimal"
    assert "portfolio: best" in ended.stderr


def test_python_m_api_cli_is_the_installed_command() -> None:
    installed = Path(sys.executable).parent / "lodestone"
    if not installed.exists():
        pytest.skip("the command is not installed beside this Python")

    answers = [
        subprocess.run([*command, "--help"], capture_output=True, text=True, cwd=ROOT, check=True)
        for command in ([installed], [sys.executable, "-m", "api.cli"])
    ]

    assert answers[0].stdout == answers[1].stdout
    assert "serve" in answers[0].stdout


def test_a_closed_pipe_is_no_traceback() -> None:
    """As in `lodestone validate … | true`."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        ended = subprocess.run(
            [*LODESTONE, "validate", TINY],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=False,
        )

    assert ended.stderr == ""


def test_a_time_limit_ends_with_what_there_is(hard: Path) -> None:
    ended = run_process("solve", hard, "--time-limit-s", 0.01, "--gap", 0, "--json")
    said = json.loads(ended.stdout)

    assert said["stopped_by"] == "time_limit"
    assert said["status"] in ("feasible", "unknown")
    assert ended.returncode == (5 if said["objective"] is None else 4)


def test_ctrl_c_keeps_the_best_plan_so_far(hard: Path, tmp_path: Path) -> None:
    """The plan is complete: printed, checked, saved with its bound, under exit code 130."""
    place = tmp_path / "plan"
    process = start_process("solve", hard, "--gap", 0, "--worth-gap", 0, "--json", "--out", place)
    with ended_at_last(process):
        wait_for(process, "portfolio: best")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE_S)

    said = json.loads(output)
    plan = load_plan(place)
    assert process.returncode == 130
    assert said["status"] == "feasible"
    assert said["stopped_by"] == "interrupt"
    assert said["certificate"]["ok"]
    assert plan.proof.objective == said["objective"]


def test_a_second_ctrl_c_gives_up(hard: Path, tmp_path: Path) -> None:
    place = tmp_path / "plan"
    process = start_process("solve", hard, "--gap", 0, "--worth-gap", 0, "--out", place)
    with ended_at_last(process):
        wait_for(process, "portfolio")
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 130


def test_a_ctrl_c_while_the_process_ends_changes_no_exit_code() -> None:
    """It comes when the command is done: from what runs at the interpreter's exit."""
    code = (
        "import atexit, os, signal, sys\n"
        "from optimizer.cli import main\n"
        "atexit.register(os.kill, os.getpid(), signal.SIGINT)\n"
        "sys.argv = ['lodestone', 'validate', '/nowhere']\n"
        "main()\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT)

    assert ended.returncode == 2
    assert b"KeyboardInterrupt" not in ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_killing_the_command_leaves_no_solver_behind(hard: Path) -> None:
    process = start_process("solve", hard, "--gap", 0, "--worth-gap", 0)
    with ended_at_last(process):
        wait_for(process, "portfolio")
        solvers = children(process.pid)
        process.kill()
        process.communicate(timeout=PATIENCE_S)

    deadline = time.monotonic() + PATIENCE_S
    while any(map(runs, solvers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert solvers
    assert not any(map(runs, solvers))


class ended_at_last:  # noqa: N801 - reads as a statement
    """Kill a process that a test has not seen the end of."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    """Read standard error until a line says a text."""
    deadline = time.monotonic() + PATIENCE_S
    for line in lines_of(process):
        if text in line:
            return
        assert time.monotonic() < deadline
    pytest.fail(f"the process ended with {process.wait()} before it said '{text}'")


def lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    """Lines of a process's standard error."""
    assert process.stderr is not None
    yield from iter(process.stderr.readline, "")
