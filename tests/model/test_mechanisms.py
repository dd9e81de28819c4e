"""The table of mechanisms in docs/model.md: each row's test exists, its instances have its data."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
TABLE = TEXT.split("## Mechanisms", 1)[1].split("\n## ", 1)[0]
ROWS = [line for line in TABLE.splitlines() if re.match(r"\| .* \| \d+ \|", line)]


def test_the_instances_named_are_those_that_use_it() -> None:
    """All of them and no other: `make docs` writes the column."""
    spec = importlib.util.spec_from_file_location("mechanisms", ROOT / "docs" / "mechanisms.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert len(module.ROW.findall(TEXT)) == len(ROWS)
    assert module.written(TEXT, module.instances()) == TEXT


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_mechanism_is_shown_by_a_test(row: str) -> None:
    found = re.search(r"`(tests/[\w/]+\.py)::(\w+)`", row)
    assert found is not None
    tree = ast.parse((ROOT / found[1]).read_text(encoding="utf-8"))

    assert found[2] in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_rule_has_a_mechanism() -> None:
    built = {int(n) for n in re.findall(r"(?<!\d)(\d+)\. \*\*[^*]+\*\* `built`", TEXT)}

    assert {int(row.split("|")[2]) for row in ROWS} == built
