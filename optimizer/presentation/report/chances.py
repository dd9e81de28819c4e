"""What may fail of what is started: the success probability by which each project counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.failure import success
from optimizer.presentation.report.layout import Section
from optimizer.presentation.report.words import listed, percent

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan


def chances(plan: Plan, instance: Instance) -> Section:
    """The chances of what is started, the worst first; nothing where all of it is certain.

    They are of the instance and not in the plan, whose readers need not know them. Plans of
    earlier versions did not count them.
    """
    if plan.legend is None or plan.legend.failure is None:
        return Section("Chances of success")
    started = set(plan.tables.columns("choice")["project"])
    counted = {
        row.id: chance
        for row in instance.projects
        if row.id in started and (chance := success(instance.settings, row)) < 1
    }
    if not counted:
        return Section("Chances of success")
    ordered = sorted(counted.items(), key=lambda pair: (pair[1], pair[0]))
    text = (
        "What is started is built for the kt/y above and counts by its chance in all that follows: "
        f"{listed(f'{name} {percent(chance)}' for name, chance in ordered)}."
    )
    rest = len(started) - len(counted)
    return Section("Chances of success", (f"{text} {rest:,} are certain." if rest else text,))
