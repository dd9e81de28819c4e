"""Money: what is committed to each project, by instrument and member, in M$."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.plan import Plan

PRIVATE = "(private)"
"""Private money, among instruments and members; no identifier begins with a bracket."""

SMALLEST_MUSD = 1e-6
"""Differences below one dollar are the solver's dust."""


def commitments_of(plan: Plan) -> pd.DataFrame:
    """All money of a plan: project, instrument, member, amount_musd.

    Private money is the instrument `(private)` of the member `(private)`.
    """
    private = plan.tables.private.assign(instrument=PRIVATE, member=PRIVATE)
    columns = ["project", "instrument", "member", "amount_musd"]
    return pd.concat([plan.tables.commitments[columns], private[columns]], ignore_index=True)


def money_of(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """What differs: index project, instrument, member; M$ by plan."""
    table = _summed(plans, ["project", "instrument", "member"])
    return table[table.max(axis=1) - table.min(axis=1) > SMALLEST_MUSD]


def totals_of(plans: Mapping[str, Plan], by: str) -> pd.DataFrame:
    """Totals by member or instrument; M$ by plan."""
    return _summed(plans, [by])


def _summed(plans: Mapping[str, Plan], keys: list[str]) -> pd.DataFrame:
    """Sums of the money of each plan by some keys: one column per plan."""
    sums = {
        name: commitments_of(plan).groupby(keys)["amount_musd"].sum()
        for name, plan in plans.items()
    }
    return pd.concat(sums, axis=1, names=["plan"]).fillna(0.0).sort_index()
