"""Money: who pays for what is started, and what is left in the fund.

Enters: a case. Leaves: the rows of rules 3 and 4, in M$.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.rows import Rows, at_most, equal, summed

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array


def capital(case: Case) -> list[Rows]:
    """Rule 3 capital: the money committed at a start equals building cost.

    Σ_{i,f} commit[p,i,f,t] + private[p,t] = capex[p] · start[p,t];
    Σ_f commit[p,i,f,t] ≤ largest_share_i · capex[p] · start[p,t] for the instruments admitted,
    0 for others; private ≥ least_share · capex · start, and
    private[p,t] ≤ a · b0 · capex[p] · start[p,t] + Σ_{i,f} μ_i · commit[p,i,f,t] but for the
    year in which p goes ahead alone, when private money covers everything.
    """
    projects, instruments = case.instance.projects, case.instance.instruments
    axes = (case.network.labels("projects"), case.years)
    due = case.capex[:, None] * case.starting
    private = case.answer.private
    money = by_instrument(case)
    public = money.sum(axis=1)
    least = np.array([p.private_least_share for p in projects], dtype=np.float64)
    appetite = np.array([p.private_appetite * p.bankable for p in projects], dtype=np.float64)
    drawn = np.array([i.mobilisation for i in instruments], dtype=np.float64)
    alone = case.calendar.alone[:, None] == np.arange(len(case.years))
    brought = appetite[:, None] * due + np.einsum("pit,i->pt", money, drawn)
    return [
        equal(public + private, due, axes, "money committed is not the building cost"),
        at_most(
            money,
            _largest_shares(case) * due[:, None, :],
            (axes[0], case.network.labels("instruments"), axes[1]),
            "an instrument covers more than its share",
        ),
        at_most(least[:, None] * due, private, axes, "less private money than the least share"),
        at_most(
            private,
            np.where(alone, np.inf, brought),
            axes,
            "more private money than it would bring",
        ),
        at_most(np.where(alone, public, 0.0), 0.0, axes, "fund money in what goes ahead by itself"),
    ]


def fund(case: Case) -> list[Rows]:
    """Rule 4 fund: cash follows from the year before, and is never negative.

    cash[f,t] = cash[f,t−1] · (1 + r) + contribution[f,t] − outlay[f,t] + expected repayments and
    dividends − paid out ≥ 0; before the first year it is the opening balance.
    """
    axes = (case.network.labels("members"), case.years)
    cash = case.answer.cash
    opening = np.array([row.opening_cash_musd for row in case.instance.members], dtype=np.float64)
    before = np.concatenate([opening[:, None], cash[:, :-1]], axis=1)
    paid, returned = cash_flows(case)
    received = (
        before * (1 + case.instance.settings.discount_rate)
        + yearly_money(case, "contributions")
        + returned
    )
    spent = yearly_money(case, "outlays") + paid
    return [
        equal(cash + spent, received, axes, "cash does not follow from the year before"),
        at_most(-cash, 0.0, axes, "cash is negative"),
    ]


def _largest_shares(case: Case) -> Array:
    """Largest share by project and instrument, 0 for instruments that it does not admit."""
    projects, instruments = case.instance.projects, case.instance.instruments
    shares = [
        [i.largest_share if not p.instruments or i.id in p.instruments else 0.0]
        for p in projects
        for i in instruments
    ]
    return np.array(shares, dtype=np.float64).reshape(len(projects), len(instruments), 1)


def by_instrument(case: Case) -> Array:
    """Money committed by project, instrument and start year, of all members (M$)."""
    rows, network = case.answer.commitment, case.network
    shape = (network.count("projects"), network.count("instruments"), len(case.years))
    places = (rows["project"], rows["instrument"], rows["year"])
    return summed(shape, places, case.answer.committed)


def cash_flows(case: Case) -> tuple[Array, Array]:
    """What each member pays out and is expected to get back in each year (M$)."""
    rows, amount = case.answer.commitment, case.answer.committed
    shape = (case.network.count("members"), len(case.years))
    paid, returned = np.zeros(shape), np.zeros(shape)
    project, year = rows["project"], rows["year"]
    expected = amount * case.success[project]
    np.add.at(paid, rows["member"], amount[:, None] * case.calendar.pay[project, year])
    back = expected[:, None] * case.calendar.returns[rows["instrument"], year]
    np.add.at(returned, rows["member"], back)
    return paid, returned


def net_present_cost(case: Case) -> Array:
    """Commitments paid less expected returns to the end of the tenor, each (present value, M$)."""
    rows, calendar = case.answer.commitment, case.calendar
    paid = calendar.pv_profile[rows["project"], rows["year"]]
    back = calendar.pv_returns[rows["instrument"], rows["year"]] * case.success[rows["project"]]
    return case.answer.committed * (paid - back)


def yearly_money(case: Case, table: str) -> Array:
    """Contributions or outlays by member and year of the horizon (M$)."""
    money = np.zeros((case.network.count("members"), len(case.years)))
    members = {member: place for place, member in enumerate(case.network.names["members"])}
    for row in getattr(case.instance, table):
        if row.year in case.years:
            money[members[row.member], row.year - case.years[0]] += row.amount_musd or 0.0
    return money
