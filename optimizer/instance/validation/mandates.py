"""Shares of money that contradict each other: a least above a most, mandates above the whole."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.instance.validation.shares import ROUNDED
from optimizer.instance.validation.tags import has_tag
from optimizer.instance.validation.words import first_few, number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Policy
    from optimizer.instance.validation.limits import Limits

EXCLUSIVE = ("country", "bloc", "owner", "kind", "stage", "material")
"""Tags of which a project has one value: rows with different values count different projects."""
SLACK = 1e-6


def opposed_shares(limits: Limits) -> Iterator[Finding]:
    """A least share of money above a most share of the same money, or of more than it."""
    rows = [row for row in limits.rows if row.kind == "money_share"]
    for asked, allowed in product(rows, rows):
        if asked.sense != "least" or allowed.sense != "most" or not within(limits, asked, allowed):
            continue
        least = asked.value * limits.money.budget(asked)
        most = allowed.value * limits.money.budget(allowed)
        if least > most + 1e-6 * (1 + most):
            message = (
                f"asks for at least {number_text(least)} MUSD (present value); policy "
                f"'{allowed.id}' allows {number_text(most)} for these and perhaps more"
            )
            yield error(asked, "value", message)


def within(limits: Limits, inner: Policy, outer: Policy) -> bool:
    """Whether all the money that one row counts is counted by the other."""
    if outer.member not in (None, inner.member):
        return False
    years = limits.money.years_of(outer)
    if any(year not in years for year in limits.money.years_of(inner)):
        return False
    if "instrument" in (inner.tag, outer.tag):
        return (inner.tag, inner.tag_value) == (outer.tag, outer.tag_value)
    return counted(limits, inner) <= counted(limits, outer)


def counted(limits: Limits, row: Policy) -> set[str]:
    """Candidates that carry a row's tag."""
    candidates = limits.selection.candidates
    return {p for p, project in candidates.items() if has_tag(limits.draft, row, project)}


def above_all(limits: Limits) -> Iterator[Finding]:
    """Mandates on different projects that together take more than can ever be committed."""
    rows = [
        row
        for row in limits.rows
        if (row.kind, row.sense) == ("money_share", "least") and row.tag != "instrument"
    ]
    for member in {row.member for row in rows}:
        apart: list[Policy] = []
        for row in rows:
            projects = counted(limits, row)
            if row.member == member and not any(projects & counted(limits, x) for x in apart):
                apart.append(row)
        asked = sum(row.value * limits.money.budget(row) for row in apart)
        most = committed_most(limits, member)
        if asked > most + 1e-6 * (1 + most):
            whose = f"member '{member}'" if member else "the fund"
            rest = f", with {first_few([row.id for row in apart[1:]])}," if apart[1:] else ""
            message = (
                f"asks{rest} for {number_text(asked)} MUSD (present value), and {whose} can commit "
                f"at most {number_text(most)} MUSD"
            )
            yield error(apart[0], "value", message)


def committed_most(limits: Limits, member: str | None) -> float:
    """Most that a member, or all, can commit in cash; infinite where returns may pay for more."""
    money, selection = limits.money, limits.selection
    if money.earns_by_contract:
        return math.inf
    startable = [
        x for p, x in selection.candidates.items() if p not in selection.cannot and x.capex_musd
    ]
    kept, earned = 1.0, 0.0
    for x in startable:
        first, last = selection.windows[x.id]
        kept = min(kept, money.kept_least(x, first, last))
        earned += money.fees_most(x, first, last)
    held = money.held(member)[money.years[-1]] + earned
    return max(0.0, held) / kept if kept > SLACK else math.inf


def overbooked(draft: Draft) -> Iterator[Finding]:
    """Mandates on different projects above all of a budget: only what comes back can pay them."""
    rows = [
        row
        for row in draft.instance.policies
        if row.enabled and (row.kind, row.sense) == ("money_share", "least")
    ]
    for row in rows:
        same = [x for x in rows if (x.member, x.tag) == (row.member, row.tag)]
        apart = {x.tag_value: x.value for x in same if x.tag in EXCLUSIVE}
        together = sum(apart.values())
        if row is same[0] and together > 1 + ROUNDED:
            names = first_few([x.id for x in same])
            message = (
                f"the mandates {names} ask for {together:.0%} of the same budget: only money that "
                f"comes back in time can pay more than all of it"
            )
            yield warning(row, "value", message)


RULES = (Rule(overbooked, ("policies",)),)
