"""Routes parse, call an act and answer: a page does the same by calling the same act."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.support.commands import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ROUTES = sorted((ROOT / "api" / "http" / "routes").glob("*.py"))
TYPES_OF_STORE = ("api.store.Store", "api.store.idempotency.Answer", "api.store.idempotency.Once")
"""What routes name of the store, whose acts they call, beside the cursors of its lists."""


@pytest.mark.parametrize("file", ROUTES, ids=lambda file: file.stem)
def test_routes_call_acts_and_open_no_transaction(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    named = {
        f"{node.module}.{name.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    of_store = {name for name in named if name.startswith("api.store")}

    assert {name for name in of_store if "cursors" not in name} <= set(TYPES_OF_STORE)
    reached = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert "database" not in reached
