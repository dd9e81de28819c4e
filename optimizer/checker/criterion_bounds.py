"""Bounds on criteria.

Enters: a case. Leaves: the rows of rule 21, in the criterion's unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.checker.costs import criteria
from optimizer.checker.policies import PolicyRow, in_force, judged

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Rows


def criterion_bound(case: Case) -> list[Rows]:
    """Rule 21 criterion_bound: a criterion stays on one side of a value."""
    return judged(criterion_rows(case))


def criterion_rows(case: Case) -> list[PolicyRow]:
    """All rows of rule 21."""
    policies = in_force(case, "criterion_bound")
    values = criteria(case) if policies else {}
    return [
        PolicyRow(policy, 0, values[str(policy.criterion)], policy.value, policy.sense)
        for policy in policies
    ]
