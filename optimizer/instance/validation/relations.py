"""Relations between projects (rule 2): arity, bounds, cycles."""

from __future__ import annotations

from collections import Counter, defaultdict
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.instance.validation.windows import window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Project, Relation


def arity(draft: Draft) -> Iterator[Finding]:
    """A requirement names two projects, the others at least two, and none twice."""
    for row in draft.instance.relations:
        count = len(row.projects)
        if row.kind == "requires" and count != 2:
            message = f"requires names exactly 2 projects, the one and what it needs; here {count}"
            yield error(row, "projects", message)
        elif count < 2:
            yield error(row, "projects", f"{row.kind} names at least 2 projects; here {count}")
        twice = sorted(name for name, times in Counter(row.projects).items() if times > 1)
        if twice:
            yield error(row, "projects", f"names '{twice[0]}' more than once")


def bounds(draft: Draft) -> Iterator[Finding]:
    """The bounds of a group can be met; the other kinds do not use them."""
    for row in draft.instance.relations:
        if row.kind != "group":
            for field, unused in (("least", row.least != 0), ("most", row.most is not None)):
                if unused:
                    yield warning(row, field, f"is for groups only; {row.kind} does not use it")
        if row.kind != "requires" and row.lag_years:
            yield warning(row, "lag_years", f"is for requires only; {row.kind} does not use it")
        if row.kind == "group" and row.most is not None and row.least > row.most:
            yield error(row, "least", f"{row.least} is more than most, {row.most}")
        yield from reach(draft, row)


def reach(draft: Draft, row: Relation) -> Iterator[Finding]:
    """Bounds that no choice can meet: too few projects, or too many that run anyway."""
    listed = [draft.projects[name] for name in row.projects if name in draft.projects]
    anyway = [project.id for project in listed if runs_anyway(project)]
    if row.kind == "group" and row.least > len(row.projects):
        message = f"{row.least} can never be reached: only {len(row.projects)} projects are listed"
        yield error(row, "least", message)
    most = 1 if row.kind == "excludes" else row.most
    if row.kind != "requires" and most is not None and len(anyway) > most:
        names = ", ".join(anyway)
        field = "most" if row.kind == "group" else "projects"
        yield error(row, field, f"at most {most}, but these run without the fund: {names}")


def runs_anyway(project: Project) -> bool:
    """Whether a project counts as started whatever the fund does."""
    return project.status != "candidate" or project.goes_ahead_alone is not None


def cycles(draft: Draft) -> Iterator[Finding]:
    """Projects that require each other in a circle."""
    needs: dict[str, set[str]] = defaultdict(set)
    by_pair: dict[tuple[str, ...], Relation] = {}
    for row in draft.instance.relations:
        if row.kind == "requires" and len(row.projects) == 2:
            needs[row.projects[0]].add(row.projects[1])
            by_pair[row.projects] = row
    while True:
        try:
            TopologicalSorter({name: sorted(needs[name]) for name in sorted(needs)}).prepare()
        except CycleError as fault:
            # graphlib lists a circle from what is needed to what needs it.
            circle = list(reversed(fault.args[1]))
        else:
            return
        first, second = circle[0], circle[1]
        text = " → ".join(circle)
        yield error(by_pair[first, second], "projects", f"projects require each other: {text}")
        needs[first].discard(second)


def late_needs(draft: Draft) -> Iterator[Finding]:
    """A requirement that is pointless, or that can never be met in time."""
    for row in draft.instance.relations:
        if row.kind != "requires" or len(row.projects) != 2:
            continue
        first, second = (draft.projects.get(name) for name in row.projects)
        if first is None or second is None:
            continue
        if first.status != "candidate":
            message = f"'{first.id}' is {first.status}, so what it requires has no effect"
            yield warning(row, "projects", message)
        elif second.status == "candidate":
            soonest = window(draft, second).earliest + row.lag_years
            latest = window(draft, first).latest
            if soonest > latest:
                message = (
                    f"'{first.id}' can start until {latest}, but '{second.id}' allows that only "
                    f"from {soonest}"
                )
                yield warning(row, "projects", message)


RULES = (
    Rule(arity),
    Rule(bounds, ("projects",)),
    Rule(cycles),
    Rule(late_needs, ("settings",)),
)
