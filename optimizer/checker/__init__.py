"""The checker: recompute every rule, every criterion and the objective of a plan.

Enters: an instance and a plan. Leaves: a `Certificate`. Nothing here knows the model, Pyomo or a
solver: each rule is computed anew from the model document, so that a slip elsewhere shows.
Scenarios are taken one after the other (`walk`); what lies across them is kept in books.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from optimizer.checker.accounts import ProjectBooks
from optimizer.checker.concentration import hhi, hhi_rows
from optimizer.checker.contract_operation import price_floor
from optimizer.checker.costs import criteria
from optimizer.checker.criterion_bounds import criterion_bound, criterion_rows
from optimizer.checker.doing_nothing import plan_of_nothing, unfunded
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
from optimizer.checker.rows import TOLERANCE
from optimizer.checker.selection import once, relations
from optimizer.checker.shares import country_share, share_rows
from optimizer.checker.stockpiles import cover_rows, stockpiles
from optimizer.checker.survival import must_survive, survival_rows
from optimizer.checker.verdict import Verdict
from optimizer.checker.walk import Walk, case
from optimizer.checker.worth import stated_status, stated_worth
from optimizer.plan import Certificate
from optimizer.plan.keeping import remarks_of
from optimizer.plan.tables import frame_of, plain_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from optimizer.checker.case import Case
    from optimizer.checker.rows import Rows
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
OF_BLOCKS = (
    "9 capacity",
    "10 price_floor",
    "11 balance",
    "12 trade",
    "13 demand",
    "14 stockpiles",
    "15 shared_capacity",
    "16 closed_loop",
)
"""Rules that are judged in every scenario; the others once, with the nominal scenario in hand."""


def check(instance: Instance, plan: Plan, tolerance: float = TOLERANCE) -> Certificate:
    """Recompute a plan from its choice, money and operation, and doing nothing from its own.

    What is not kept, or is the solver's word, is among the remarks of the certificate.
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
    return _Seen(instance, plan, tolerance).certificate()


class Judgement(NamedTuple):
    """What is found out of a plan that is one."""

    certificate: Certificate
    policies: Columns
    """Its policy rows."""
    amounts: Columns
    """What each of its blocks comes to: its table `amounts`."""
    project_accounts: Columns
    """What each project that it starts earns, owes and is given: its table of that name."""
    amounts_of_nothing: Columns | None
    """The same of doing nothing, where it has tables of that."""


def judge(instance: Instance, plan: Plan) -> Judgement:
    """What `check` says of a plan that is one, and what else it has found out."""
    seen = _Seen(instance, plan, TOLERANCE)
    return Judgement(
        seen.certificate(),
        _policy_columns(seen.walk.nominal),
        seen.walk.amounts(),
        seen.accounts.columns(),
        seen.nothing.walk.amounts() if seen.nothing is not None else None,
    )


class _Seen:
    """A plan that every scenario of has been in hand, and what was found."""

    def __init__(
        self, instance: Instance, plan: Plan, tolerance: float, *, is_nothing: bool = False
    ) -> None:
        self.plan = plan
        self.verdict = Verdict(("tables", "operated_as", *RULES), tolerance)
        self.walk = Walk(instance, plan)
        self.accounts = ProjectBooks(self.walk)
        for seen in self.walk.cases():
            if not is_nothing:
                self.accounts.enter(seen)
            self.verdict.add("tables", seen.answer.form)
            for rule in OF_BLOCKS:
                self.verdict.add(rule, RULES[rule](seen))
            if self.walk.states_amounts:
                self.verdict.add("amounts", self.walk.stated(seen))
        self.verdict.add("operated_as", self.walk.operated_as())
        if plan.kept is not None:
            self.verdict.add("kept", self.walk.enough_kept())
        nominal = self.walk.nominal
        for rule, judged_by in RULES.items():
            if rule not in OF_BLOCKS:
                self.verdict.add(rule, judged_by(nominal))
        self.values = criteria(nominal)
        self.parts = objective_parts(nominal, self.values)
        without = plan_of_nothing(plan)
        self.nothing: _Seen | None = (
            None
            if without is None
            else _Seen(unfunded(instance), without, tolerance, is_nothing=True)
        )

    def certificate(self) -> Certificate:
        """What a recomputation says of the plan, of what it states, and of doing nothing."""
        plan, verdict, nominal = self.plan, self.verdict, self.walk.nominal
        for name, rows in stated_criteria(plan.criteria, self.values).items():
            verdict.add(f"criteria.{name}", [rows])
        verdict.add("objective", stated_objective(plan.proof.objective, sum(self.parts.values())))
        verdict.add("bound", stated_bound(nominal, plan.proof))
        verdict.add("status", stated_status(plan))
        if plan.proof.steps:
            verdict.add("steps", stated_steps(nominal, plan.proof, self.values))
        if plan.proof.spared is not None:
            verdict.add("spared", stated_spared(nominal, plan.proof, self.values))
        if plan.proof.worth_parts is not None:
            nothing = None if self.nothing is None else self.nothing.walk.nominal
            split = stated_worth_parts(nominal, nothing, plan, self.values)
            verdict.add("worth_parts", split)
        if plan.proof.worth is not None or plan.proof.do_nothing is not None:
            verdict.add("worth", stated_worth(nominal.instance, plan))
        if self.walk.stated_accounts:
            verdict.add("project_accounts", self.accounts.compared())
        if self.nothing is not None:
            self._judge_nothing(self.nothing)
        return Certificate(
            ok=not verdict.violations,
            worst_violation=verdict.worst,
            violations=verdict.violations,
            rules_checked=verdict.rules,
            parts=self.parts,
            remarks=remarks_of(plan),
        )

    def _judge_nothing(self, nothing: _Seen) -> None:
        """Doing nothing keeps the rules of operation, and comes to what the plan says."""
        self.verdict.include(nothing.verdict, "do_nothing")
        stated, value = self.plan.proof.do_nothing, sum(nothing.parts.values())
        self.verdict.add("do_nothing", stated_objective(stated, value))
        for name, rows in stated_criteria(self.plan.without_fund, nothing.values).items():
            self.verdict.add("without_fund", [replace(rows, what=f"{name}: {rows.what}")])


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
