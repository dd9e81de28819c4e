"""Fairness: how much of its demand each member is served, in each block and overall.

Enters: a case. Leaves: the rows of rule 20, and the members' shares for criteria and reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.operation import short_of
from optimizer.checker.policies import PolicyRow, in_force, judged, policy_years, value_in
from optimizer.vocabulary.accounts import UNSERVED

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array, Rows


def fairness(case: Case) -> list[Rows]:
    """Rule 20 fairness: no member goes short of a much larger share than all members together.

    max over nominal and must-survive scenarios and members of unserved[f] / demand[f] −
    Σ unserved / Σ demand ≤ value, demand at the first year's prices.
    """
    return judged(fairness_rows(case))


def fairness_rows(case: Case) -> list[PolicyRow]:
    """All rows of rule 20: the largest excess of a member's share unserved over that of all."""
    policies = in_force(case, "fairness")
    if not policies:
        return []
    judged_in = np.array([row.nominal or row.must_survive for row in case.every.scenarios], bool)
    short, wanted = by_member(case)
    of_all = _shares(short.sum(axis=2), wanted.sum(axis=2))
    worse = (_shares(short, wanted) - of_all[:, :, None])[judged_in]
    rows = []
    for policy in policies:
        for year in policy_years(case, policy):
            left = float(np.max(worse[:, year - case.years[0]], initial=0.0))
            rows.append(PolicyRow(policy, year, left, value_in(case, policy, year), "most"))
    return rows


def worst_member_service(case: Case) -> float:
    """Least share of its demand that a member is expected to be served; 1 if nobody wants any."""
    probability = case.books.probability[:, None, None]
    short, demand = ((x * probability).sum(axis=(0, 1)) for x in by_member(case))
    served = 1.0 - _shares(short, demand)
    return float(np.min(served[demand > 0], initial=1.0))


def by_member(case: Case) -> tuple[Array, Array]:
    """What members go short of and want, by scenario, year and member, at first prices (M$).

    All that it wants where no block serves the year.
    """
    books, shape = case.books, (*case.books.serving.shape, len(case.books.wanted))
    wanted = np.array(list(books.wanted.values())).reshape(shape[2], *shape[:2])
    lacking = [books.served(f"{UNSERVED}{member}") for member in books.wanted]
    short = np.array(lacking).reshape(wanted.shape)
    short = np.where(books.serving >= 0, short, wanted)
    return short.transpose(1, 2, 0), wanted.transpose(1, 2, 0)


def members_lack(case: Case) -> dict[str, Array]:
    """What each member goes short of, by block in hand, at first prices (M$)."""
    lacking = short_of(case) @ _worth(case)
    return dict(zip(case.books.wanted, lacking.T, strict=True))


def members_want(case: Case) -> dict[str, Array]:
    """What each member wants in the scenario in hand, by year, at first prices (M$)."""
    wanted = case.worlds.demand[0] @ _worth(case)
    return dict(zip(case.books.wanted, wanted.T, strict=True))


def _worth(case: Case) -> Array:
    """Price of the first year of a kt of each segment, by segment and the member that it is of."""
    network, instance = case.network, case.instance
    first = {row.material: row.price_usd_per_t for row in instance.prices if _first(case, row.year)}
    price = np.array([first.get(d.material, 0.0) / 1000 or 1.0 for d in instance.segments])
    member = network.at("members", [d.member for d in instance.segments])
    belongs = (member[:, None] == np.arange(network.count("members"))).astype(np.float64)
    return np.asarray(price[:, None] * belongs, np.float64)


def _first(case: Case, year: int) -> bool:
    return year == case.years[0]


def _shares(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0)
