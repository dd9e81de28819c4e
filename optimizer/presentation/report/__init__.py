"""The report: a plan in plain words and tables, on about one screen.

Enters: a plan, and the instance it is for where there is one. Leaves: a `Page`, which
`optimizer.presentation.report.layout` writes as plain text or prints to a terminal. All figures are
recomputed from the plan's tables by the checker's arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.plan.legend import legend_of
from optimizer.presentation.report.accounts import accounts
from optimizer.presentation.report.chances import chances
from optimizer.presentation.report.decision import decision, members
from optimizer.presentation.report.how_firm import how_firm
from optimizer.presentation.report.layout import Page, Section, plain, print_page
from optimizer.presentation.report.policies import policies
from optimizer.presentation.report.proof import origin, outcome, proof
from optimizer.presentation.report.stockpiles import stockpiles
from optimizer.presentation.report.supply import shortage, supply

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan
    from optimizer.plan.legend import Legend

__all__ = ["Page", "firmness", "plain", "print_page", "report"]


def report(plan: Plan, instance: Instance | None = None) -> Page:
    """The report of a plan; without its instance, what the plan and its legend can say.

    Args:
        plan: a plan, or the proof that there is none.
        instance: the instance that the plan is for.
    """
    legend = plan.legend
    if instance is not None:
        legend = legend_of(instance, set(plan.tables.columns("choice")["project"]))
    title = _title(plan, legend)
    if not plan.found:
        return Page(title, (outcome(plan, instance), origin(plan, instance, legend)))
    sections: list[Section] = [decision(plan, legend), proof(plan, legend)]
    sections.append(how_firm(plan, legend))
    if instance is not None:
        from optimizer.checker.walk import case

        seen = case(instance, plan)
        sections += [chances(plan, instance), members(seen), stockpiles(seen, plan), supply(seen)]
        sections += [shortage(seen, plan.without_fund)]
    sections += [accounts(plan, None if legend is None else legend.nominal)]
    sections += [policies(plan, legend), origin(plan, instance, legend)]
    return Page(title, tuple(section for section in sections if not section.empty))


def firmness(plan: Plan) -> Page:
    """How firm a plan is, and nothing else of it."""
    return Page(_title(plan, plan.legend), (how_firm(plan, plan.legend),))


def _title(plan: Plan, legend: Legend | None) -> str:
    if legend is None or not legend.title:
        return plan.instance_id
    return f"{legend.title} ({plan.instance_id})"
