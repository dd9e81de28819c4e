"""Guarantees: what is promised, what that earns, costs and reserves.

Enters: a case. Leaves: the sums that rule 4 and the criteria read, in M$.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.calendar import discount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array
    from optimizer.instance.records import Instrument


@dataclass(frozen=True)
class Promises:
    """Guarantees by member and year of the horizon (M$)."""

    outstanding: Array
    fees: Array
    calls: Array
    """Expected: what failed projects call."""
    provision: Array
    """Kept in cash while guarantees are outstanding."""


def guarantee_flows(case: Case) -> Promises:
    """Sums over all guarantees given.

    One given at t earns its fee and is outstanding in t … t + tenor − 1, and is called in
    t + grace with the probability that the project fails, for its loss share.
    """
    shape = (case.network.count("members"), len(case.years))
    found = Promises(*(np.zeros(shape) for _ in range(4)))
    rows = case.answer.commitment
    for n, terms in _guarantees(case):
        member, start = rows["member"][n], rows["year"][n]
        amount = float(case.answer.committed[n])
        alive = slice(start, start + terms.tenor_years)
        found.outstanding[member, alive] += amount
        found.fees[member, alive] += terms.fee_rate * amount
        found.provision[member, alive] += terms.provision_share * amount
        if start + terms.grace_years < len(case.years):
            failing = 1 - case.success[rows["project"][n]]
            found.calls[member, start + terms.grace_years] += failing * terms.loss_share * amount
    return found


def guarantee_costs(case: Case) -> Array:
    """Expected calls less fees of each commitment, to the end of its tenor (present value, M$)."""
    rows = case.answer.commitment
    cost = np.zeros(len(case.answer.committed))
    for n, terms in _guarantees(case):
        start = int(rows["year"][n])
        failing = 1 - case.success[rows["project"][n]]
        fees = discount(case.instance, start + np.arange(terms.tenor_years)).sum() * terms.fee_rate
        called = discount(case.instance, np.array([start + terms.grace_years]))[0]
        cost[n] = (failing * terms.loss_share * called - fees) * case.answer.committed[n]
    return cost


def headroom(case: Case) -> Array:
    """Largest amount that each member may have guaranteed, a column; infinite where unlimited."""
    room = [row.guarantee_headroom_musd for row in case.instance.members]
    return np.array([np.inf if most is None else most for most in room], dtype=np.float64)[:, None]


def _guarantees(case: Case) -> Iterator[tuple[int, Instrument]]:
    """Places of the commitments that are guarantees, and their terms."""
    for n, place in enumerate(case.answer.commitment["instrument"]):
        terms = case.instance.instruments[place]
        if terms.kind == "guarantee":
            yield n, terms
