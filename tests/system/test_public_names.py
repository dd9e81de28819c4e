"""The public names, and the page that shows how they are used."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import optimizer
from optimizer.questions.comparison import compare

ROOT = Path(__file__).parents[2]
HEAVY = ("pandas", "numpy", "pydantic", "pyomo", "highspy", "plotly")


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = f"import optimizer, sys; print([m for m in {HEAVY} if m in sys.modules])"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize("name", optimizer.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(optimizer, name) is not None


def test_the_types_that_a_type_checker_sees_are_those_that_are_imported() -> None:
    tree = ast.parse((ROOT / "optimizer" / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        name.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }

    assert seen == optimizer._HOMES
    assert {*seen, "without_fund"} == set(optimizer.__all__)
    assert dir(optimizer) == sorted(optimizer.__all__)


def test_a_name_that_does_not_exist_is_said_to_be_missing() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'optimise'"):
        optimizer.optimise  # noqa: B018


def test_no_module_takes_the_place_of_a_public_function() -> None:
    modules = {path.stem for path in (ROOT / "optimizer").iterdir()}

    assert modules & set(optimizer.__all__) == set()
    assert optimizer.compare is compare


def test_the_world_without_the_fund_has_its_own_hash() -> None:
    instance = optimizer.load(ROOT / "instances" / "tiny")
    before = instance.content_hash

    without = optimizer.without_fund(instance)

    assert without.content_hash != before
    assert without.policies == ()
    assert {row.locked for row in without.projects if row.status == "candidate"} == {"out"}


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}

    for example in examples:
        exec(example, names)

    assert len(examples) >= 7
    assert (tmp_path / "criteria.html").is_file()


def test_the_page_names_every_public_name() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")

    for name in optimizer.__all__:
        assert re.search(rf"\b{name}\b", page), name
