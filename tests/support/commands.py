"""Run the command line inside this process, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from optimizer.cli import app

if TYPE_CHECKING:
    from typer.testing import Result

ROOT = Path(__file__).parents[2]
TINY = ROOT / "instances" / "tiny"
RARE_EARTHS = ROOT / "instances" / "rare-earths"
LODESTONE = (sys.executable, "-m", "optimizer")


def run(*arguments: object) -> Result:
    """What a command answers, run inside this process."""
    return CliRunner().invoke(app, [str(text) for text in arguments], prog_name="lodestone")


def run_process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """What a command answers, run as a process of its own in the repository's folder."""
    command = [*LODESTONE, *(str(text) for text in arguments)]
    given = {"capture_output": True, "text": True, "cwd": ROOT, "timeout": 300} | options
    return subprocess.run(command, check=False, **given)


def start_process(*arguments: object, cwd: Path = ROOT) -> subprocess.Popen[str]:
    """A command under way, in a session of its own, with its outputs as pipes."""
    return subprocess.Popen(
        [*LODESTONE, *(str(text) for text in arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        start_new_session=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
