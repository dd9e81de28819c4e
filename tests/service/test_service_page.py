"""docs/service.md: its commands and its Python run as they stand, against a real service."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from api.settings import Settings
from tests.support import fleet

PAGE = (fleet.ROOT / "docs" / "service.md").read_text(encoding="utf-8")


README = (fleet.ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str, page: str = PAGE) -> list[str]:
    """A page's blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


def test_the_commands_and_the_python_of_the_page_run(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", port=0, workers=1, readers=1, free_disk_mb=0)
    log = tmp_path / "log"
    with (
        log.open("wb") as errors,
        fleet.process(settings, "api.cli", "serve", errors=errors) as served,
    ):
        assert served.stdout is not None
        said = {}
        while "listening" not in said:
            line = served.stdout.readline().decode()
            assert line, "the service ended"
            said["listening" if line.startswith("listening") else "key"] = line.split()[-1]
        variables = os.environ | {
            "URL": said["listening"],
            "KEY": Path(said["key"]).read_text().strip(),
            "OUT": str(tmp_path),
            "PYTHONPATH": str(fleet.ROOT),
        }

        def run(*command: str) -> str:
            done = subprocess.run(
                command, cwd=fleet.ROOT, env=variables, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        told = run("bash", "-euo", "pipefail", "-c", "\n".join(blocks("sh")))
        assert '"state":"succeeded"' in told
        assert "project,year,alone\nloop,2027,False\npit,2027,False\nworks,2026,False\n" in told
        assert '"review":"in_review"' in told
        (python,) = blocks("python")
        assert run(sys.executable, "-c", python).strip() in PAGE
        (of_readme,) = [code for code in blocks("python", README) if "api.client" in code]
        assert run(sys.executable, "-c", of_readme + "print(plan.proof.status)") == "optimal\n"
        served.terminate()
        assert served.wait(30) == 0
    lines = log.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 10
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert "ldst_" not in log.read_text(encoding="utf-8"), "a key has got into the log"
