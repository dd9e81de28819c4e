"""Output goes through any terminal, pipe and file, and an installation has what it needs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from optimizer import load
from optimizer.bundled import FOLDER, INSTANCES
from tests.support.commands import LODESTONE, RARE_EARTHS, ROOT, TINY, run_process

if TYPE_CHECKING:
    from subprocess import CompletedProcess

PLAN = RARE_EARTHS / "plan"
SHOW = ("show", PLAN, "--instance", RARE_EARTHS)
COMMANDS = (
    ("ascii", ("--help",)),
    ("ascii", ("catalogue", "projects", "--material", "rare_earths", "--sources")),
    ("cp437", ("validate", RARE_EARTHS)),
    ("cp1252", SHOW),
    ("ascii", ("solve", TINY, "--set", "settings.title=Ерунда €")),
)


def run_in(encoding: str, *command: object) -> CompletedProcess[str]:
    """A command whose outputs have an encoding, read as such."""
    variables = os.environ | {"PYTHONIOENCODING": encoding}
    return run_process(*command, env=variables, encoding=encoding)


@pytest.mark.parametrize(("encoding", "command"), COMMANDS)
def test_no_command_ends_in_a_traceback(encoding: str, command: tuple[object, ...]) -> None:
    ended = run_in(encoding, *command)

    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_an_encoding_lacks_is_said_with_other_characters() -> None:
    said = run_in("ascii", *SHOW).stdout

    assert "SUPPLY, 2026 -> 2040" in said
    assert "?" not in said


def test_json_is_the_same_in_any_encoding() -> None:
    said = [
        json.loads(run_in(encoding, "validate", RARE_EARTHS, "--json").stdout)
        for encoding in ("ascii", "utf-8")
    ]

    assert said[0] == said[1]


def test_faults_go_through_too(tmp_path: Path) -> None:
    ended = run_in("ascii", "solve", tmp_path / "größe → 1.json")

    assert ended.returncode == 2
    assert "there is no such file" in ended.stderr


@pytest.mark.parametrize("name", INSTANCES)
def test_a_bundled_instance_is_found_from_anywhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    for path in (name, f"instances/{name}"):
        assert load(path).content_hash == load(ROOT / "instances" / name).content_hash


def test_what_is_here_comes_before_what_is_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").mkdir()

    with pytest.raises(Exception, match=r"instance\.toml"):
        load("tiny")


def test_the_bundled_files_are_those_of_the_repository() -> None:
    for link in FOLDER.iterdir():
        if link.is_dir() and not link.name.startswith("__"):
            assert link.is_symlink()
            assert link.resolve() == (ROOT / "instances" / link.name).resolve()
    assert Path(FOLDER / "catalogue" / "projects.csv").is_file()


def test_the_version_and_short_help() -> None:
    assert run_process("--version").stdout.startswith("lodestone ")
    assert run_process("solve", "-h").stdout == run_process("solve", "--help").stdout


def test_completion_is_shown_for_the_shell_that_asks() -> None:
    # The shell is the one above the command, not the one that runs the tests; it must not be
    # replaced by the command, as a shell's last command replaces it.
    asked = [*LODESTONE, "--show-completion"]
    shown = subprocess.run(
        ["bash", "-c", f"{shlex.join(asked)}; exit $?"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        check=True,
    )

    assert "complete -o" in shown.stdout
