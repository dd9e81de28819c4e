"""Rules across records: what is wrong in an instance, and what is worth a look.

An `Instance` enters, or the part of one that could be read; findings leave it. Rules within one
record (ranges, spelling) are those of `optimizer.instance.records`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.errors import Fault
from optimizer.instance.validation import (
    contracts,
    failures,
    finance,
    fund,
    horizon,
    mandates,
    objective,
    oddities,
    outlays,
    plausibility,
    policies,
    programmes,
    recipes,
    references,
    relations,
    royalties,
    shares,
    shocks,
    stockpiles,
    trade,
    unused,
    usual,
    windows,
)
from optimizer.instance.validation.assumptions import assumed_values
from optimizer.instance.validation.contradictions import contradictions
from optimizer.instance.validation.findings import Draft, Finding, findings
from optimizer.instance.validation.unstated import unstated

if TYPE_CHECKING:
    from optimizer.instance import Instance

__all__ = [
    "Draft",
    "Finding",
    "assumed_values",
    "contradictions",
    "faults_of",
    "findings_of",
    "named_row",
    "unstated",
]

THEMES = (
    references,
    horizon,
    shares,
    windows,
    fund,
    outlays,
    finance,
    royalties,
    contracts,
    recipes,
    programmes,
    relations,
    trade,
    policies,
    mandates,
    objective,
    shocks,
    stockpiles,
    failures,
    plausibility,
    oddities,
    usual,
    unused,
)

RULES = tuple(rule for theme in THEMES for rule in theme.RULES)


def findings_of(draft: Draft) -> tuple[Finding, ...]:
    """Everything wrong or worth a look across the records of a draft."""
    return tuple(findings(draft, RULES))


def faults_of(instance: Instance) -> tuple[Fault, ...]:
    """Everything wrong or worth a look across the records of an instance, told by table and key."""
    return tuple(
        Fault(finding.table, None, finding.field, named_row(finding), finding.level)
        for finding in findings_of(Draft(instance))
    )


def named_row(finding: Finding) -> str:
    """The message with the key of its row, for want of a row number."""
    if finding.key is None:
        return finding.message
    return f"row '{'/'.join(map(str, finding.key))}': {finding.message}"
