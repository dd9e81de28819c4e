"""The notebooks: stored without outputs, through public names only, and they run."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

import optimizer

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

LONGEST_CELL_S = 180
CLOSE, SOON = "Options(gap=0.005, worth_gap=0.05)", "Options(gap=0.05, worth_gap=0.5)"
"""How close a notebook proves its plans, and how close is enough to see that every cell runs."""


class ThisPython(KernelSpecManager):
    """Offers one kernel, the Python that runs the tests; none need be registered."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


class Kernels(AsyncKernelManager):
    """Starts that kernel."""

    def __init__(self, **given: object) -> None:
        super().__init__(kernel_spec_manager=ThisPython(), **given)


def test_there_are_notebooks() -> None:
    assert [path.name for path in NOTEBOOKS] == ["first-plan.ipynb", "what-if.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    for cell in code_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_only(path: Path) -> None:
    for cell in code_cells(path):
        for node in ast.walk(ast.parse(cell["source"])):
            if isinstance(node, ast.Import):
                assert {name.name for name in node.names} <= {"pandas", "plotly"}
            if isinstance(node, ast.ImportFrom):
                assert node.module == "optimizer"
                assert {name.name for name in node.names} <= set(optimizer.__all__)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell["source"] = cell["source"].replace(CLOSE, SOON)
    runs(notebook, tmp_path, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if CLOSE in path.read_text()])
def test_a_notebook_runs_to_its_own_gap(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs(nbformat.read(path, as_version=4), tmp_path, monkeypatch)


def runs(notebook: NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every cell, without a warning."""
    for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    beside = tmp_path / "notebooks"
    beside.mkdir()

    NotebookClient(
        notebook,
        kernel_manager_class=Kernels,
        timeout=LONGEST_CELL_S,
        resources={"metadata": {"path": str(beside)}},
    ).execute()

    warnings = [
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    assert warnings == []


def code_cells(path: Path) -> list[NotebookNode]:
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell["cell_type"] == "code"]
