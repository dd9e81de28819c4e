"""Bounds on criteria that no plan can keep: below zero, or a least above a most."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Finding, error
from optimizer.instance.validation.words import number_text
from optimizer.vocabulary.criteria import NEVER_NEGATIVE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance import Instance

SLACK = 1e-6


def impossible_bounds(instance: Instance) -> Iterator[Finding]:
    """A bound below 0 on what cannot be negative, and two bounds that exclude each other."""
    rows = [row for row in instance.policies if row.enabled and row.kind == "criterion_bound"]
    for row in rows:
        if row.sense == "most" and row.value < -SLACK and row.criterion in NEVER_NEGATIVE:
            message = (
                f"allows at most {number_text(row.value)}, and {row.criterion} is never below 0"
            )
            yield error(row, "value", message)
    for asked, allowed in product(rows, rows):
        opposed = (asked.sense, allowed.sense) == ("least", "most")
        slack = SLACK * (1 + abs(allowed.value))
        if opposed and asked.criterion == allowed.criterion and asked.value > allowed.value + slack:
            message = (
                f"asks for at least {number_text(asked.value)} of {asked.criterion}; policy "
                f"'{allowed.id}' allows at most {number_text(allowed.value)}"
            )
            yield error(asked, "value", message)
