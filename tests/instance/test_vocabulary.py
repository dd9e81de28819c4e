"""The tables of words agree with the records, the document, and what model and checker compute."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.checker import criteria_of as checked_criteria
from optimizer.checker.costs import amounts, operation_parts
from optimizer.checker.walk import case as side_by_side
from optimizer.instance.records import Instrument, Policy
from optimizer.plan import Tables
from optimizer.plan.policy_words import said_of
from optimizer.plan.tables import type_of
from optimizer.program.criteria import criteria_of
from optimizer.program.stamp import stamp
from optimizer.vocabulary import instruments, policies, versions
from optimizer.vocabulary.accounts import COSTS, accounts_of
from optimizer.vocabulary.criteria import ATTRIBUTE, CRITERIA, SERVICE, TABLE, Criterion, unit_of
from optimizer.vocabulary.plan_tables import OPERATION, TABLES
from tests.support.hand_cases import HandCase, hand_cases
from tests.support.hand_plans import hand_instance, hand_plan

MODEL = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")


def test_model_and_checker_compute_every_criterion_and_no_other() -> None:
    stamped = stamp(Worlds.of(hand_instance()))
    solved = criteria_of(stamped, stamped.program.lower.clip(min=0.0))
    checked = checked_criteria(hand_instance(), hand_plan())

    for found in (solved, checked):
        assert {name for name in found if not name.startswith(ATTRIBUTE)} == CRITERIA.keys()


@pytest.mark.parametrize("criterion", TABLE, ids=lambda one: one.name)
def test_the_document_defines_every_criterion(criterion: Criterion) -> None:
    section = MODEL.partition("## Criteria and objective")[2].partition("\n## ")[0]

    assert f"`{criterion.name}`" in section


def test_an_attribute_has_the_unit_of_its_instance() -> None:
    assert unit_of("attribute.jobs") == ""
    assert unit_of(SERVICE) == "share"


def test_every_kind_has_its_row_and_every_field_its_column() -> None:
    assert set(get_args(policies.PolicyKind)) == policies.KINDS.keys()
    assert set(get_args(instruments.InstrumentKind)) == instruments.INSTRUMENTS.keys()
    assert policies.USED_BY.keys() < Policy.model_fields.keys()
    assert instruments.USED_BY.keys() < Instrument.model_fields.keys()
    for kind in policies.KINDS.values():
        assert {*kind.needs, *kind.may} <= set(policies.FIELDS)


@pytest.mark.parametrize("kind", policies.KINDS)
def test_the_rule_of_a_kind_is_the_document_s(kind: policies.PolicyKind) -> None:
    """The section of its rule names it, as a kind or in its words."""
    rule = policies.KINDS[kind].rule
    (section,) = re.findall(rf"(?ms)^### {rule}\. \*\*.*?(?=^<!-- rule)", MODEL)
    words = (f"`{kind}`", *kind.split("_"))

    assert any(word in section for word in words)


@pytest.mark.parametrize("kind", policies.KINDS)
def test_every_kind_is_said_in_words(kind: policies.PolicyKind) -> None:
    """With every field filled no word is missing, and a share is a percentage."""
    filled = {
        "member": "alba",
        "score": "e",
        "target": 40,
        "attribute": "jobs",
        "element": "Li",
        "stage": "metal",
        "country": "AUS",
        "segment": "cars",
        "criterion": "carbon",
    }
    said = said_of(Policy.model_validate({"id": "x", "kind": kind, "value": 0.5} | filled))

    assert ("50 %" in said) == policies.KINDS[kind].is_share
    for field in policies.KINDS[kind].needs:
        assert str(filled[field]).lower() in said.lower()


def test_a_plan_has_the_tables_and_types_of_their_columns() -> None:
    assert Tables.names() == tuple(table.name for table in TABLES)
    for table in TABLES:
        assert len(set(table.columns)) == len(table.columns)
        assert not table.amount or type_of(table.amount) == "float64"


def test_every_table_of_operation_is_read_from_a_variable_of_the_compiled_year() -> None:
    stamped = stamp(Worlds.of(hand_instance()))

    assert {table.variable for table in OPERATION} <= stamped.year.compiled.keys.keys()


@pytest.mark.parametrize("case", hand_cases(), ids=lambda case: case.name)
def test_the_checker_keeps_every_account_and_no_other(case: HandCase) -> None:
    seen = side_by_side(case.instance, case.plan)
    members = tuple(row.id for row in case.instance.members)

    assert tuple(amounts(seen)) == accounts_of(members)
    assert tuple(operation_parts(seen)) == COSTS


def test_the_document_says_which_model_it_is() -> None:
    assert f"This is model {versions.MODEL}. " in MODEL
