"""Contradictions that arithmetic finds: rules of an instance that no plan can keep together.

A valid instance enters; errors leave, each naming the rules and the figures that cannot meet. Each
is certain: what the solver could satisfy is none of them. A file that contradicts itself is
refused; a what-if that does is solved, and ends without a plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.validation.coverage import Coverage
from optimizer.instance.validation.criteria import impossible_bounds
from optimizer.instance.validation.findings import error
from optimizer.instance.validation.limits import Limits
from optimizer.instance.validation.mandates import above_all, opposed_shares
from optimizer.instance.validation.selection import Selection
from optimizer.instance.validation.shortage import unavoidable
from optimizer.instance.validation.totals import Total, least_given, least_of
from optimizer.instance.validation.words import first_few, number_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optimizer.instance import Instance
    from optimizer.instance.validation.findings import Finding


def contradictions(instance: Instance) -> tuple[Finding, ...]:
    """What no plan of a valid instance can keep together; nothing if a plan may exist."""
    selection = Selection(instance)
    limits = Limits(selection)
    selection.add(limits.totals())
    coverage = Coverage(limits)
    selection.add(coverage.totals())
    money: list[Total] = []
    if selection.must or any(total.sense == "least" for total in selection.totals):
        money = list(limits.purse())
        selection.add(money)
    found = [
        *unpaid(selection, money),
        *locked_out(selection),
        *unreachable(selection),
        *opposed(selection),
        *opposed_shares(limits),
        *above_all(limits),
        *impossible_bounds(instance),
        *unavoidable(coverage),
    ]
    return tuple(first_of_each(found))


def first_of_each(found: Sequence[Finding]) -> Iterator[Finding]:
    """The first finding about each cell: a row that fails in many years is told once."""
    told = set()
    for finding in found:
        place = (finding.table, finding.key, finding.field)
        if place not in told:
            told.add(place)
            yield finding


def locked_out(selection: Selection) -> Iterator[Finding]:
    """A candidate that must be started and cannot be; what it requires goes without saying."""
    for p, why in selection.must.items():
        if p in selection.cannot and p not in selection.required:
            row = selection.candidates[p]
            message = f"'{p}' {why}, but cannot be started: {selection.cannot[p]}"
            yield error(row, "locked" if row.locked == "in" else "id", message)


def unreachable(selection: Selection) -> Iterator[Finding]:
    """A total whose bound no choice meets, by itself."""
    for total in selection.totals:
        if total.row.table == "members":
            continue
        if total.sense == "least":
            most = selection.most(total)
            if most < total.bound - total.slack:
                message = (
                    f"asks for at least {number_text(total.bound)} {total.what}, and at most "
                    f"{number_text(most)} can be had: {scope(selection, total)}"
                )
                yield error(total.row, total.field, message)
        else:
            least = least_of(total, selection.bounds)
            if least > total.bound + total.slack and not settled(selection, total):
                message = (
                    f"allows at most {number_text(total.bound)} {total.what}, and at least "
                    f"{number_text(least)} come about: {forced(selection, total)}"
                )
                yield error(total.row, total.field, message)


def settled(selection: Selection, total: Total) -> bool:
    """Whether a group is full of what runs anyway: the rules on relations say so already."""
    return total.row.table == "relations" and total.fixed > total.bound + total.slack


def scope(selection: Selection, total: Total) -> str:
    """Which candidates count for a total, and why some of them do not."""
    counting = [p for p, weight in total.weights.items() if weight > 0]
    if not counting:
        return "no candidate counts for it"
    out = [p for p in counting if p in selection.cannot]
    text = f"{len(counting)} candidates count for it ({first_few(counting)})"
    if len(counting) == 1:
        text = f"only '{counting[0]}' counts for it"
    if out:
        text += f"; '{out[0]}' cannot be chosen: {selection.cannot[out[0]]}"
        if len(out) > 1:
            text += f", and {len(out) - 1} more cannot either"
    limiting = [
        group.name
        for group in selection.groups
        if group.sense == "most" and len(set(group.weights) & set(counting)) > 1
    ]
    return f"{text}; see also {limiting[0]}" if limiting and not out else text


def forced(selection: Selection, total: Total) -> str:
    """Which candidates a total cannot do without, and why."""
    names = [p for p, weight in total.weights.items() if weight > 0 and p in selection.must]
    return "; ".join(f"'{p}' {selection.must[p]}" for p in names[:3]) or "whatever is chosen"


def opposed(selection: Selection) -> Iterator[Finding]:
    """Two totals of which each could be met, but not both."""
    bounds = selection.bounds
    if set(bounds.must) & set(bounds.cannot):
        return
    for asked in selection.totals:
        if asked.sense != "least" or selection.most(asked) < asked.bound - asked.slack:
            continue
        for total in selection.totals:
            if total.sense != "most" or least_of(total, bounds) > total.bound + total.slack:
                continue
            least = least_given(total, asked, bounds)
            if least > total.bound + total.slack:
                message = (
                    f"asks for at least {number_text(asked.bound)} {asked.what}, which takes at "
                    f"least {number_text(least)} {total.what}; {total.name} allows "
                    f"{number_text(total.bound)}"
                )
                yield error(asked.row, asked.field, message)
                break


def unpaid(selection: Selection, money: Sequence[Total]) -> Iterator[Finding]:
    """What must be started takes more money than the fund will have had."""
    for total in money:
        least = least_of(total, selection.bounds)
        names = [p for p, weight in total.weights.items() if weight > 0 and p in selection.must]
        if least > total.bound + total.slack and names:
            row = selection.candidates[names[0]]
            reasons = "; ".join(f"'{p}' {selection.must[p]}" for p in names[:3])
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            message = (
                f"needs money that the fund does not have: {reasons}{more}; together they take at "
                f"least {number_text(least)} {total.what}, of which there are "
                f"{number_text(max(0.0, total.bound))}"
            )
            yield error(row, "locked" if row.locked == "in" else "capex_musd", message)
            return
