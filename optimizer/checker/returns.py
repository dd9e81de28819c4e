"""Returns: what comes back of the money committed, year by year, to its end.

Enters: a case. Leaves: for each commitment of the plan what it is expected to return, in M$.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.calendar import discount, output_share
from optimizer.indicators import capital_recovery_factor

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array
    from optimizer.instance.records import Instrument


def expected_returns(case: Case) -> list[Array]:
    """What each commitment returns in its start year and those after it, by success (M$)."""
    rows = case.answer.commitment
    places = zip(rows["project"], rows["instrument"], rows["year"], strict=True)
    return [
        case.answer.committed[n] * case.success[p] * shares_returned(case, int(p), int(i), int(t))
        for n, (p, i, t) in enumerate(places)
    ]


def returns_within(case: Case) -> Array:
    """What is expected back by commitment and year of the horizon (M$)."""
    count = len(case.years)
    found = np.zeros((len(case.answer.committed), count))
    for n, flow in enumerate(expected_returns(case)):
        start = int(case.answer.commitment["year"][n])
        inside = flow[: count - start]
        found[n, start : start + len(inside)] = inside
    return found


def worth_of_returns(case: Case) -> Array:
    """Present value of all that each commitment is expected to return (M$)."""
    starts = case.answer.commitment["year"]
    flows = zip(starts, expected_returns(case), strict=True)
    worth = [flow @ discount(case.instance, t + np.arange(len(flow))) for t, flow in flows]
    return np.array(worth, dtype=np.float64)


def shares_returned(case: Case, project: int, instrument: int, start: int) -> Array:
    """Return in the start year and those after it on one unit committed to a sure success."""
    terms = case.instance.instruments[instrument]
    if terms.kind == "royalty":
        return royalties(case, terms, project, start)
    return scheduled(terms)


def royalties(case: Case, terms: Instrument, place: int, start: int) -> Array:
    """What the output pays on one unit, of a building cost that is the whole of the royalty.

    (royalty per t + share · nominal price) · deemed output / building cost for `tenor_years` from
    the first output on, at the last year's price after the horizon.
    """
    project, last = case.instance.projects[place], len(case.years) - 1
    years = np.arange(start, start + project.build_years + terms.tenor_years, dtype=np.intp)
    if project.capex_musd == 0 or project.main_material is None:
        return np.zeros(len(years))
    capacity = project.capacity_t_per_year * project.offtake_share
    tonnes = capacity * output_share(case.instance, project, start, years)
    material = case.network.at("materials", [project.main_material])[0]
    price = case.worlds.price[case.worlds.nominal, np.minimum(years, last), material]
    usd = tonnes * (terms.royalty_usd_per_t + terms.royalty_share * price)
    return np.asarray(usd / (1e6 * project.capex_musd), np.float64)


def scheduled(instrument: Instrument) -> Array:
    """Return by years since the start of what does not depend on the project."""
    grace, tenor = instrument.grace_years, instrument.tenor_years
    shares = np.zeros(1 + grace + tenor)
    if instrument.kind == "loan":
        shares[1 : 1 + grace] = instrument.interest_rate
        shares[1 + grace :] = capital_recovery_factor(instrument.interest_rate, tenor)
    if instrument.kind == "equity":
        shares[1 + grace :] = instrument.dividend_rate
    return shares
