"""Committed outlays: what a member owes from before must be covered by what it has (rule 4)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error
from optimizer.instance.validation.fund import worth_musd
from optimizer.instance.validation.words import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

SLACK = 1e-6
"""Part of an amount that rounding may cost."""


def uncovered(draft: Draft) -> Iterator[Finding]:
    """An outlay that its member cannot pay though nothing is started.

    Committed outlays come first, and the fund lends its members nothing: what one has had in
    opening cash, contributions and interest must cover what it has owed, year by year.
    """
    interest = 1.0 + draft.instance.settings.discount_rate
    worths = [(row, worth_musd(draft, row)) for row in draft.instance.contributions]
    if any(worth is None for _, worth in worths):
        return
    paid = {(row.member, row.year): worth or 0.0 for row, worth in worths}
    owed = {(row.member, row.year): row for row in draft.instance.outlays}
    for member in draft.instance.members:
        cash = member.opening_cash_musd
        for year in draft.years:
            row = owed.get((member.id, year))
            had = cash * interest + paid.get((member.id, year), 0.0)
            due = row.amount_musd if row else 0.0
            if row is not None and due > had + SLACK * max(1.0, had):
                message = (
                    f"member '{member.id}' owes {number_text(due)} MUSD in {year} and has "
                    f"{number_text(had)} then, though nothing is started: raise its contributions "
                    f"or opening cash by {number_text(math.ceil(due - had))} MUSD, or move the "
                    f"outlay"
                )
                yield error(row, "amount_musd", message)
                break
            cash = max(0.0, had - due)


RULES = (Rule(uncovered, ("settings", "members", "contributions", "exchange_rates", "outlays")),)
