"""Rows over accounts of operation, whose multiples differ from block to block: rules 20 and 21.

Enters: the stamped program. Leaves: sparse rows with their keys, to be added to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks.fairness import JointRow, fairness_rows, member_demand
from optimizer.program.keys import JOINT, RowKey
from optimizer.program.program import Row
from optimizer.vocabulary.criteria import LARGEST, SERVICE
from optimizer.vocabulary.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Policy
    from optimizer.program.stamped import Stamped


def joint_row(stamped: Stamped, key: RowKey, row: JointRow) -> Row:
    """A row over accounts as one over columns."""
    columns, values = [np.zeros(0, dtype=np.intp)], [np.zeros(0)]
    for b, account, factor in row.terms:
        recourse, prices = stamped.year.account(account)
        column = stamped.position[b, recourse]
        there = column >= 0
        columns.append(column[there])
        values.append(factor * prices[there])
    found, place = np.unique(np.concatenate(columns), return_inverse=True)
    total = np.zeros(len(found))
    np.add.at(total, place, np.concatenate(values))
    return Row(key, found[total != 0], total[total != 0], row.upper)


def joint_rows(stamped: Stamped) -> list[Row]:
    """Rows of rule 20 fairness and rule 21 criterion bound."""
    blocks = stamped.worlds.blocks
    rows = [
        joint_row(stamped, RowKey(RULES[20], "fairness", (policy, f), blocks[b]), row)
        for (policy, f, b), row in fairness_rows(stamped.worlds).items()
    ]
    for policy in stamped.worlds.q.enabled("criterion_bound").values():
        if policy.criterion == SERVICE:
            rows += _services(stamped, policy)
        elif policy.criterion != LARGEST:  # Its rows are rows of the year.
            rows.append(_criterion_bound(stamped, policy))
    return rows


def _services(stamped: Stamped, policy: Policy) -> Iterator[Row]:
    """The least service, a row for each member."""
    weights = stamped.worlds.weights
    for f, demand in member_demand(stamped.worlds).items():
        terms = [(b, ("unserved", f), float(pi)) for b, pi in enumerate(weights)]
        most = (1.0 - policy.value) * float(weights @ demand)
        key = RowKey(RULES[21], "member_service", (policy.id, f), JOINT)
        yield joint_row(stamped, key, JointRow(terms, most))


def _criterion_bound(stamped: Stamped, policy: Policy) -> Row:
    row, offset = stamped.vector({str(policy.criterion): 1.0})
    sign = 1.0 if policy.sense == "most" else -1.0
    key = RowKey(RULES[21], "criterion_bound", (policy.id,), JOINT)
    return Row.dense(key, sign * row, sign * (policy.value - offset))
