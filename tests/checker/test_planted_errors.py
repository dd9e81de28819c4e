"""Every planted error is reported under the name of its rule, and nothing is in the good plan."""

import ast
import re
from pathlib import Path

import pytest

import optimizer.checker
from optimizer.checker import RULES, check, criteria_of, policy_rows
from optimizer.checker.rows import TOLERANCE
from tests.support.hand_cases import HandCase, hand_cases
from tests.support.hand_plans import CRITERIA, OBJECTIVE, PARTS, hand_instance, hand_plan
from tests.support.planted_errors import PLANTED, Planted

DOCUMENT = Path(__file__).parents[2] / "docs" / "model.md"


@pytest.mark.parametrize("case", hand_cases(), ids=lambda case: case.name)
def test_the_good_plan_has_no_violation(case: HandCase) -> None:
    certificate = check(case.instance, case.plan)

    assert certificate.violations == ()
    assert certificate.ok
    assert certificate.worst_violation < 1e-12


@pytest.mark.parametrize("planted", PLANTED, ids=[planted.name for planted in PLANTED])
def test_a_planted_error_is_reported_under_its_rule(planted: Planted) -> None:
    plantings = ((case, planted.plant(case.instance, case.plan)) for case in hand_cases())
    case, plan = next((case, plan) for case, plan in plantings if plan is not None)

    certificate = check(case.instance, plan)

    assert planted.rule in {violation.rule for violation in certificate.violations}
    assert not certificate.ok
    assert certificate.worst_violation > TOLERANCE
    assert all(violation.where for violation in certificate.violations)


def test_every_rule_and_criterion_has_a_planted_error() -> None:
    spoken = {planted.rule for planted in PLANTED}

    assert set(RULES) <= spoken
    assert {f"criteria.{name}" for name in CRITERIA if "." not in name} <= spoken


def test_the_register_is_that_of_the_document() -> None:
    """Every rule with the tag `built` is checked, under its number, and no other."""
    text = DOCUMENT.read_text(encoding="utf-8")
    built = {int(number) for number in re.findall(r"(\d+)\. \*\*[^*]+\*\* `built`", text)}

    assert built == {int(rule.split()[0]) for rule in RULES}


def test_each_check_states_its_rule() -> None:
    for rule, judge in RULES.items():
        assert (judge.__doc__ or "").startswith(f"Rule {rule}:")


def test_the_checker_knows_neither_the_model_nor_a_solver() -> None:
    banned = ("pyomo", "highspy", "optimizer.model", "optimizer.solving")
    for file in sorted(Path(optimizer.checker.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith(banned)]


@pytest.mark.parametrize("case", hand_cases(), ids=lambda case: case.name)
def test_criteria_are_those_of_the_hand(case: HandCase) -> None:
    assert criteria_of(case.instance, case.plan) == pytest.approx(case.plan.criteria)


def test_the_parts_add_up_to_the_objective() -> None:
    """Expected cost by its parts, λ = 0.5 times 72, and the penalty."""
    parts = check(hand_instance(), hand_plan()).parts

    assert {name: parts[name] for name in PARTS} == pytest.approx(PARTS)
    assert parts["risk"] == pytest.approx(36.0)
    assert sum(parts.values()) == pytest.approx(OBJECTIVE)


def test_policy_rows_say_left_bound_and_slack() -> None:
    rows = policy_rows(hand_instance(), hand_plan()).set_index(["policy", "year"])

    assert rows.loc[("jp_refines", 0), "left"] == pytest.approx(20 + 0.8 * 20)
    assert rows.loc[("jp_refines", 0), "bound"] == pytest.approx(0.5 * 20 * 2.44)
    assert rows.loc[("jp_refines", 0), "slack"] == pytest.approx(36 - 24.4)
    assert rows.loc[("mined", 2030), "left"] == pytest.approx(1.25 * 0.75)
    assert rows.loc[("mined", 2030), "bound"] == pytest.approx(0.8 * 1.25)
    assert rows.loc[("china", 2031), "bound"] == pytest.approx(0.45)
    assert not rows.loc[("mined", 2030), "binding"]
    assert rows.loc[("home", 2032), "binding"]
    assert rows.loc[("china", 2031), "binding"]
