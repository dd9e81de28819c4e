"""The register of rules: document, model, checker and tests tell of the same rules."""

from __future__ import annotations

import re
from typing import NamedTuple

import pyomo.environ as pyo
import pytest

from benchmarks.idiomatic import build_whole
from docs.rules import MODEL, files_of_tests, with_tables, written
from optimizer.blocks.worlds import Worlds
from optimizer.checker import RULES
from optimizer.vocabulary import rules
from tests.support.hand_cases import hand_cases

RULE = re.compile(r"(?<!\d)(\d+)\. \*\*([^*]+)\*\* `(built|planned)`")


class Rule(NamedTuple):
    """A rule as the document states it."""

    number: int
    name: str
    built: bool


def documented() -> list[Rule]:
    text = MODEL.read_text(encoding="utf-8")
    return [
        Rule(int(number), name.lower().replace(" ", "_"), tag == "built")
        for number, name, tag in RULE.findall(text)
    ]


WRITTEN, TESTED = written(), files_of_tests()
BUILT = [rule for rule in documented() if rule.built]


def test_the_document_numbers_its_rules_from_1() -> None:
    """Each number once and without a gap, so that no rule escapes the pattern above."""
    numbers = [rule.number for rule in documented()]

    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(BUILT) >= 14


@pytest.mark.parametrize("rule", BUILT, ids=[f"{rule.number}-{rule.name}" for rule in BUILT])
def test_a_built_rule_is_modelled_checked_and_tested(rule: Rule) -> None:
    """A function `add_NAME` whose docstring begins "Rule N:", a check `N NAME`, a test."""
    assert f"add_{rule.name}" in {one.name for one in WRITTEN.get(rule.number, ())}
    assert f"{rule.number} {rule.name}" in RULES
    assert rules.RULES[rule.number] == f"{rule.number} {rule.name}"
    assert rule.number in TESTED


def test_nothing_is_registered_that_the_document_does_not_call_built() -> None:
    """Neither planned rules nor unknown ones."""
    built = {rule.number for rule in BUILT}

    assert set(WRITTEN) <= built
    assert {int(name.split()[0]) for name in RULES} <= built
    assert set(TESTED) <= built


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


def test_the_register_of_the_document_is_up_to_date() -> None:
    text = MODEL.read_text(encoding="utf-8")

    assert with_tables(text) == text
