"""The systemd units of docs/deployment: right, and strict without undoing our own confinement."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.fleet import ROOT

FILES = ROOT / "docs" / "deployment"
UNITS = {"lodestone.service": "lodestone.service"}
UNITS["lodestone-worker@.service"] = "lodestone-worker@1.service"
"""The documented files, and a name that each can be started by."""
CONFINED = """
import sys
from pathlib import Path
from optimizer.system.confinement import keep_to, leave_network
alone = leave_network()
import highspy, numpy
print(alone, keep_to(Path(sys.argv[1])))
"""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_the_unit(name: str, tmp_path: Path) -> None:
    """With a program that is there in the place of ours."""
    text = (FILES / name).read_text()
    lines = [
        "ExecStart=/bin/true" if line.startswith("ExecStart=") else line
        for line in text.splitlines()
    ]
    unit = tmp_path / UNITS[name]
    unit.write_text("\n".join(lines) + "\n")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr.replace(str(tmp_path), "")) == (0, "")


def settings(name: str) -> dict[str, str]:
    """The settings of a unit's service."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((FILES / name).read_text())
    return dict(unit["Service"])


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_strict(name: str) -> None:
    found = settings(name)

    assert found["CapabilityBoundingSet"] == ""
    assert {found[f"ProtectKernel{what}"] for what in ("Logs", "Modules", "Tunables")} == {"yes"}
    assert found["SystemCallArchitectures"] == "native"
    assert found["OOMPolicy"] == "continue"
    assert found.keys() >= {"MemoryMax", "TasksMax", "LimitNOFILE"}
    assert "RestrictNamespaces" not in found, "our own confinement needs namespaces"


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")
def test_what_computes_is_confined_without_capabilities() -> None:
    """As well as with those that an ordinary user may come to: the units take all of them away."""

    root = os.geteuid() == 0
    user = ("--reuid=65534", "--regid=65534", "--clear-groups") if root else ()
    none = ("--inh-caps=-all", "--bounding-set=-all") if root else ("--inh-caps=-all",)

    def confined(*limits: str) -> str:
        command = ["setpriv", "--no-new-privs", *user, *limits, sys.executable, "-c", CONFINED]
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o777)
            done = subprocess.run([*command, folder], capture_output=True, text=True, cwd=ROOT)
        return done.stdout

    if not (before := confined()):
        pytest.skip("an ordinary user cannot run this Python")
    assert confined(*none) == before
