"""The commands of docs/deployment.md, run in their order: serve, back up, restore, check."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.fleet import ROOT, until

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")


def test_the_commands_of_the_deployment_page_run(tmp_path: Path) -> None:
    serve, sealed, backup, restore, revoke = re.findall(
        r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL
    )
    command = tmp_path / "bin" / "lodestone"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m api.cli "$@"\n')
    command.chmod(0o755)
    variables = os.environ | {
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LODESTONE_PORT": "0",
        "LODESTONE_WORKERS": "0",
    }

    def run(code: str) -> str:
        shell = ["sh", "-ec", code]
        ended = subprocess.run(
            shell, cwd=tmp_path, env=variables, check=True, capture_output=True, text=True
        )
        return ended.stdout

    copied = ""
    for code in (f"exec {serve}", sealed.replace("lodestone serve", "exec lodestone serve")):
        with subprocess.Popen(
            ["sh", "-c", code], cwd=tmp_path, env=variables, stdout=subprocess.PIPE
        ) as service:
            assert service.stdout is not None
            until(lambda: b"listening on" in service.stdout.readline())
            copied = run(backup) if code.endswith(serve) else copied
            service.terminate()
            assert service.wait(20) == 0

    assert "result files too: lodestone-data/files" in copied
    assert "0 missing or damaged" in run(restore)
    assert (tmp_path / "restored" / "lodestone.sqlite").exists()
    assert run(revoke).startswith("key_")  # The first admin's.
