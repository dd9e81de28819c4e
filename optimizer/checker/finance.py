"""Money: who pays for what is started, and what is left in the fund.

Enters: a case. Leaves: the rows of rules 3 and 4, in M$.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.contracts import bankable_at, burden_key, floor_flows, signing
from optimizer.checker.guarantees import guarantee_costs, guarantee_flows, headroom
from optimizer.checker.returns import returns_within, worth_of_returns
from optimizer.checker.rows import Rows, at_most, equal, holds, summed
from optimizer.vocabulary.instruments import PAID_BY_THE_FUND, PAID_BY_TREASURIES, PROMISED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array, Flags


def capital(case: Case) -> list[Rows]:
    """Rule 3 capital: the money committed at a start equals building cost.

    Σ_{i ≠ guarantee, f} commit[p,i,f,t] + private[p,t] = capex[p] · start[p,t];
    Σ_f commit[p,i,f,t] ≤ largest_share_i · capex[p] · start[p,t] for the instruments admitted,
    of private[p,t] for a guarantee, 0 for others; a tax credit only by the member in whose
    countries p stands; private ≥ least_share · capex · start, and
    private[p,t] ≤ a · b · capex[p] · start[p,t] + Σ_{i,f} μ_i · commit[p,i,f,t], b = 1 if p is
    bankable by itself or with a contract signed at t, but for the year in which p goes ahead
    alone, when private money covers everything. A contract needs a start with the fund.
    """
    axes = (case.network.labels("projects"), case.years)
    due = case.capex[:, None] * case.starting
    money, private = by_instrument(case), case.answer.private
    promised = of_kind(case, *PROMISED)
    public = money[:, ~promised].sum(axis=1)
    covered = np.where(promised[:, None], private[:, None, :], due[:, None, :])
    alone = case.calendar.alone[:, None] == np.arange(len(case.years))
    none = np.where(alone, money.sum(axis=1), 0.0)
    return [
        equal(public + private, due, axes, "money committed is not the building cost"),
        at_most(
            money,
            _largest_shares(case) * covered,
            (axes[0], case.network.labels("instruments"), axes[1]),
            "an instrument covers more than its share",
        ),
        at_most(none, 0.0, axes, "fund money in what goes ahead by itself"),
        *_private(case, due, alone),
        _credits(case),
        *signing(case),
    ]


def _private(case: Case, due: Array, alone: Flags) -> list[Rows]:
    """Least and most private money, given what is due and where projects go ahead alone."""
    axes = (case.network.labels("projects"), case.years)
    private = case.answer.private
    least = _of_projects(case, "private_least_share")
    bankable = np.where(bankable_at(case), 1.0, 0.0)
    drawn = np.array([i.mobilisation for i in case.instance.instruments], dtype=np.float64)
    brought = _of_projects(case, "private_appetite") * bankable * due
    brought += np.einsum("pit,i->pt", by_instrument(case), drawn)
    most = np.where(alone, np.inf, brought)
    return [
        at_most(least * due, private, axes, "less private money than the least share"),
        at_most(private, most, axes, "more private money than it would bring"),
    ]


def fund(case: Case) -> list[Rows]:
    """Rule 4 fund: cash follows from the year before, and is never below what is reserved.

    cash[f,t] = cash[f,t−1] · (1 + r) + contribution[f,t] − outlay[f,t] + expected repayments,
    dividends, royalties and fees − paid out − expected calls − key_f · expected contract payments
    ≥ reserved[f,t] ≥ 0; before the first year it is the opening balance. Guarantees outstanding
    stay within a member's headroom.
    """
    axes = (case.network.labels("members"), case.years)
    cash, key = case.answer.cash, burden_key(case)[:, None]
    opening = np.array([row.opening_cash_musd for row in case.instance.members], dtype=np.float64)
    before = np.concatenate([opening[:, None], cash[:, :-1]], axis=1)
    paid, returned = cash_flows(case)
    promises, floors = guarantee_flows(case), floor_flows(case)
    received = (
        before * (1 + case.instance.settings.discount_rate)
        + contributed(case)
        + returned
        + promises.fees
    )
    spent = yearly_outlays(case) + paid + promises.calls + key * floors.expected
    reserved = promises.provision + key * (floors.worst - floors.expected)
    return [
        equal(cash + spent, received, axes, "cash does not follow from the year before"),
        at_most(-cash, 0.0, axes, "cash is negative"),
        at_most(reserved, cash, axes, "cash is below what guarantees and contracts reserve"),
        at_most(promises.outstanding, headroom(case), axes, "more is guaranteed than allowed"),
    ]


def _credits(case: Case) -> Rows:
    """Each tax credit is granted by the member in whose countries the project stands."""
    rows, instance = case.answer.commitment, case.instance
    credit = of_kind(case, *PAID_BY_TREASURIES)[rows["instrument"]]
    own = [
        instance.projects[p].country in instance.members[f].countries
        for p, f in zip(rows["project"], rows["member"], strict=True)
    ]
    labels = [
        f"{instance.projects[p].id} {instance.members[f].id}"
        for p, f in zip(rows["project"], rows["member"], strict=True)
    ]
    what = "grants a tax credit outside its countries"
    return holds(~credit | np.array(own, dtype=bool), (labels,), what)


def of_kind(case: Case, *kinds: str) -> Flags:
    """Which instruments are of some kinds."""
    return np.array([row.kind in kinds for row in case.instance.instruments], dtype=bool)


def _of_projects(case: Case, field: str) -> Array:
    """A figure of every project, as a column."""
    values = [getattr(row, field) for row in case.instance.projects]
    return np.array(values, dtype=np.float64)[:, None]


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
    """What each member pays out of the fund and gets back in each year: no guarantees (M$)."""
    rows = case.answer.commitment
    amount = case.answer.committed * of_kind(case, *PAID_BY_THE_FUND)[rows["instrument"]]
    shape = (case.network.count("members"), len(case.years))
    paid, returned = np.zeros(shape), np.zeros(shape)
    project, year = rows["project"], rows["year"]
    np.add.at(paid, rows["member"], amount[:, None] * case.calendar.pay[project, year])
    np.add.at(returned, rows["member"], returns_within(case))
    return paid, returned


def paid_by_member(case: Case) -> Array:
    """Present value of what each member pays out of the fund (M$)."""
    rows = case.answer.commitment
    paid = paid_out(case) * of_kind(case, *PAID_BY_THE_FUND)[rows["instrument"]]
    return summed((case.network.count("members"),), (rows["member"],), paid)


def paid_out(case: Case) -> Array:
    """Present value of each commitment as it is paid along the capex profile (M$)."""
    rows = case.answer.commitment
    promised = of_kind(case, *PROMISED)[rows["instrument"]]
    paid = case.calendar.pv_profile[rows["project"], rows["year"]]
    return np.asarray(case.answer.committed * paid * ~promised, np.float64)


def net_present_cost(case: Case) -> Array:
    """Cost of each commitment to who made it, returns to the end of the tenor off (PV, M$).

    What is paid less expected returns; for a guarantee its expected calls less its fees.
    """
    return paid_out(case) - worth_of_returns(case) + guarantee_costs(case)


def contributed(case: Case) -> Array:
    """Contributions by member and year of the horizon (M$ of the base year).

    amount · usd_per_unit / price_level, the latter for nominal amounts alone.
    """
    rates = {(row.currency, row.year): row for row in case.instance.exchange_rates}
    paid = []
    for row in case.instance.contributions:
        if row.amount_musd is not None:
            paid.append((row.member, row.year, row.amount_musd))
            continue
        rate, amount = rates[row.currency, row.year], row.amount_million or 0.0
        deflator = rate.price_level if row.nominal else 1.0
        paid.append((row.member, row.year, amount * rate.usd_per_unit / deflator))
    return _by_member_and_year(case, paid)


def yearly_outlays(case: Case) -> Array:
    """Committed outlays by member and year of the horizon (M$)."""
    rows = case.instance.outlays
    return _by_member_and_year(case, [(row.member, row.year, row.amount_musd) for row in rows])


def _by_member_and_year(case: Case, amounts: Iterable[tuple[str, int, float]]) -> Array:
    money = np.zeros((case.network.count("members"), len(case.years)))
    members = {member: place for place, member in enumerate(case.network.names["members"])}
    for member, year, amount in amounts:
        if year in case.years:
            money[members[member], year - case.years[0]] += amount
    return money
