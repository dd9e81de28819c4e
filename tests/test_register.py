"""The register of rules: document, model, checker and tests tell of the same rules."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyomo.environ as pyo
import pytest
from hand_cases import hand_cases

from optimizer.blocks.worlds import Worlds
from optimizer.checker import RULES
from optimizer.model.whole import build_whole
from optimizer.vocabulary import rules

ROOT = Path(__file__).resolve().parents[1]
RULE = re.compile(r"(?<!\d)(\d+)\. \*\*([^*]+)\*\* `(built|planned)`")


class Rule(NamedTuple):
    """A rule as the document states it."""

    number: int
    name: str
    built: bool


def documented() -> list[Rule]:
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    return [
        Rule(int(number), name.lower().replace(" ", "_"), tag == "built")
        for number, name, tag in RULE.findall(text)
    ]


def functions(folder: Path, pattern: str) -> list[ast.FunctionDef]:
    """Every function in the modules of a folder."""
    return [
        node
        for file in sorted(folder.glob(pattern))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]


@cache
def modelled() -> dict[int, set[str]]:
    """Functions of the model by the rule that their docstring begins with."""
    found: dict[int, set[str]] = {}
    for function in functions(ROOT / "optimizer" / "model", "*.py"):
        begins = re.match(r"Rule (\d+):", ast.get_docstring(function) or "")
        if begins:
            found.setdefault(int(begins[1]), set()).add(function.name)
    return found


@cache
def carried_by_tests() -> set[int]:
    names = [function.name for function in functions(ROOT / "tests", "test_*.py")]
    return {int(begins[1]) for name in names if (begins := re.match(r"test_rule_(\d+)_", name))}


BUILT = [rule for rule in documented() if rule.built]


def test_the_document_numbers_its_rules_from_1() -> None:
    """Each number once and without a gap, so that no rule escapes the pattern above."""
    numbers = [rule.number for rule in documented()]

    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(BUILT) >= 14


@pytest.mark.parametrize("rule", BUILT, ids=[f"{rule.number}-{rule.name}" for rule in BUILT])
def test_a_built_rule_is_modelled_checked_and_tested(rule: Rule) -> None:
    """A function `add_NAME` whose docstring begins "Rule N:", a check `N NAME`, a test."""
    assert f"add_{rule.name}" in modelled().get(rule.number, set())
    assert f"{rule.number} {rule.name}" in RULES
    assert rules.RULES[rule.number] == f"{rule.number} {rule.name}"
    assert rule.number in carried_by_tests()


def test_nothing_is_registered_that_the_document_does_not_call_built() -> None:
    """Neither planned rules nor unknown ones."""
    built = {rule.number for rule in BUILT}

    assert set(modelled()) <= built
    assert {int(name.split()[0]) for name in RULES} <= built
    assert carried_by_tests() <= built


def test_every_row_of_the_model_belongs_to_a_built_rule() -> None:
    """Each constraint names its rule, and on instances that have everything each rule has rows."""
    rows: dict[str, int] = {}
    for case in hand_cases():
        m = build_whole(Worlds.of(case.instance))
        for constraint in m.component_objects(pyo.Constraint):
            rows[constraint.doc] = rows.get(constraint.doc, 0) + len(constraint)
    del rows["criteria"]

    assert set(rows) == {f"rule {rule.number}" for rule in BUILT}
    assert min(rows.values()) > 0
