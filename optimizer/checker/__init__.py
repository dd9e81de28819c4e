"""The checker: recompute every rule, every criterion and the objective of a plan.

Enters: an instance and a plan. Leaves: a `Certificate`. Nothing here knows the model, Pyomo or a
solver: each rule is computed anew from the model document, so that a slip elsewhere shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.checker.blocks import operated_as
from optimizer.checker.case import Case, case
from optimizer.checker.concentration import hhi, hhi_rows
from optimizer.checker.contract_operation import price_floor
from optimizer.checker.costs import criteria
from optimizer.checker.criterion_bounds import criterion_bound, criterion_rows
from optimizer.checker.fairness import fairness, fairness_rows
from optimizer.checker.finance import capital, fund
from optimizer.checker.host_terms import host_rows, host_terms
from optimizer.checker.operation import (
    balance,
    capacity,
    closed_loop,
    demand,
    shared_capacity,
    trade,
)
from optimizer.checker.policies import (
    count_rows,
    esg,
    esg_rows,
    exposure,
    mandates,
    money_policies,
    money_row,
    retour_rows,
)
from optimizer.checker.proof import (
    objective_parts,
    stated_bound,
    stated_criteria,
    stated_objective,
    stated_spared,
    stated_steps,
    stated_worth_parts,
)
from optimizer.checker.rows import TOLERANCE, Rows
from optimizer.checker.selection import once, relations
from optimizer.checker.shares import country_share, share_rows
from optimizer.checker.stockpiles import cover_rows, stockpiles
from optimizer.checker.survival import must_survive, survival_rows
from optimizer.plan import Certificate
from optimizer.plan.tables import frame_of, plain_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from optimizer.instance import Instance
    from optimizer.plan import Columns, Plan

RULES: dict[str, Callable[[Case], list[Rows]]] = {
    "1 once": once,
    "2 relations": relations,
    "3 capital": capital,
    "4 fund": fund,
    "5 mandates": mandates,
    "6 host_terms": host_terms,
    "7 exposure": exposure,
    "8 esg": esg,
    "9 capacity": capacity,
    "10 price_floor": price_floor,
    "11 balance": balance,
    "12 trade": trade,
    "13 demand": demand,
    "14 stockpiles": stockpiles,
    "15 shared_capacity": shared_capacity,
    "16 closed_loop": closed_loop,
    "17 country_share": country_share,
    "18 hhi": hhi,
    "19 must_survive": must_survive,
    "20 fairness": fairness,
    "21 criterion_bound": criterion_bound,
}
"""Every built rule by number and name, and the function that checks it."""


def check(instance: Instance, plan: Plan, tolerance: float = TOLERANCE) -> Certificate:
    """Recompute a plan from its choice, money and operation.

    Where there is no plan to check (infeasible, or out of time), nothing is checked and
    `rules_checked` is empty.

    Args:
        instance: what the plan is for.
        plan: its tables, criteria and proof.
        tolerance: largest relative violation of a row that is granted.

    Raises:
        InvalidPlan: where a table lacks columns or holds text for numbers.
    """
    if not plan.found:
        return Certificate(ok=True, worst_violation=0.0)
    return _certificate(case(instance, plan), plan, tolerance)


def judge(instance: Instance, plan: Plan) -> tuple[Certificate, Columns]:
    """What `check` says of a plan that is one, and its policy rows as plain columns."""
    seen = case(instance, plan)
    return _certificate(seen, plan, TOLERANCE), _policy_columns(seen)


def _certificate(seen: Case, plan: Plan, tolerance: float) -> Certificate:
    values = criteria(seen)
    parts = objective_parts(seen, values)
    found = {"tables": list(seen.answer.form), "operated_as": operated_as(seen)}
    found |= {rule: judged(seen) for rule, judged in RULES.items()}
    found |= stated_criteria(plan, values)
    found["objective"] = stated_objective(plan.proof, sum(parts.values()))
    found["bound"] = stated_bound(seen, plan.proof)
    if plan.proof.steps:
        found["steps"] = stated_steps(seen, plan.proof, values)
    if plan.proof.spared is not None:
        found["spared"] = stated_spared(seen, plan.proof, values)
    if plan.proof.worth_parts is not None:
        found["worth_parts"] = stated_worth_parts(seen, plan, values)
    violations = tuple(
        violation
        for rule, rows in found.items()
        for row in rows
        for violation in row.violations(rule, tolerance)
    )
    return Certificate(
        ok=not violations,
        worst_violation=max(row.worst() for rows in found.values() for row in rows),
        violations=violations,
        rules_checked=tuple(found),
        parts=parts,
    )


def criteria_of(instance: Instance, plan: Plan) -> dict[str, float]:
    """Every criterion of the model document recomputed, in its unit."""
    return criteria(case(instance, plan))


def policy_rows(instance: Instance, plan: Plan) -> pd.DataFrame:
    """Every policy row in force: policy, year (0: whole horizon), left, bound, slack, binding.

    Slack is the room left in the row as it reads: negative where a hard row is broken, and 0
    where a soft row is missed by its excess. An `esg_floor` counts the chosen projects under it, of
    which there are none in a good plan, and a `host_benefit` does the same: they do not tell
    whether they bind.
    """
    return frame_of(_policy_columns(case(instance, plan)))


def _policy_columns(seen: Case) -> Columns:
    """The policy rows, by policy and year."""
    money = money_policies(seen, of_member=True) + money_policies(seen, of_member=False)
    rows = [money_row(seen, policy) for policy in money]
    rows += retour_rows(seen) + count_rows(seen) + host_rows(seen) + esg_rows(seen)
    rows += share_rows(seen) + survival_rows(seen)
    rows += cover_rows(seen) + hhi_rows(seen) + fairness_rows(seen) + criterion_rows(seen)
    rows.sort(key=lambda row: (row.policy.id, row.year))
    return plain_columns(
        "policies",
        [
            (
                row.policy.id,
                row.year,
                row.left,
                row.bound,
                row.slack,
                not row.policy.excludes and abs(row.slack) <= TOLERANCE * max(1.0, abs(row.bound)),
            )
            for row in rows
        ],
    )
