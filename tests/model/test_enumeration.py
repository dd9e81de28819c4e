"""The solver against enumeration: every choice of start years tried, one after the other."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.blocks.worlds import Worlds
from optimizer.highs.handover import hand_over
from optimizer.program.stamp import stamp
from tests.support.factories import instance, project, scenario, series, shock
from tests.support.inprocess import highs, optimum, solve_here
from tests.support.profiles import examples
from tests.support.strategies import choices, instances

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.instance import Instance

ENUMERATION = settings(derandomize=True)


def best_of_all(case: Instance) -> float | None:
    """The best value over all choices, each with the money and operation that are best for it.

    Contracts, which are yes or no as well, are left to the solver.
    """
    stamped = stamp(Worlds.of(case))
    h = highs()
    place, keys = stamped.investment.columns["w"], stamped.investment.keys["w"]
    integer = stamped.program.arrays()["integer"].copy()
    integer[place] = 0
    hand_over(h, stamped.program.arrays() | {"integer": integer})
    columns = np.arange(place.start, place.stop, dtype=np.int32)
    lower, upper = stamped.program.lower[place], stamped.program.upper[place]
    values = []
    for starts in choices(case):
        w = np.array([(starts[p] or np.inf) <= year for p, year in keys], dtype=float)
        if (w < lower).any() or (w > upper).any():
            continue
        h.changeColsBounds(len(columns), columns, w, w)
        h.run()
        if h.getModelStatus().name == "kOptimal":
            values.append(h.getInfo().objective_function_value)
    return min(values, default=None)


@given(instances())
@settings(ENUMERATION, max_examples=examples(25))
def test_no_choice_is_better_than_the_plan(case: Instance) -> None:
    found, enumerated = optimum(case), best_of_all(case)

    assert (found is None) == (enumerated is None)
    assert found == pytest.approx(enumerated, rel=1e-6, abs=1e-6)


class Mill(NamedTuple):
    """A plant that makes oxide from nothing, in the year after its start and until the end."""

    capex: float
    kt: float
    opex: float


class Market(NamedTuple):
    """What the years look like to the market: three of them, and an embargo in the last."""

    mills: tuple[Mill, ...]
    budget: float
    embargo: float
    """Probability that China sells nothing in the last year."""


YEARS = (2030, 2031, 2032)
WANTED, CHINA = 1.0, (0.8, 50.0)
"""kt a year; kt that China sells, and at what price (M$/kt)."""
TRANCHES = ((0.25, 120.0), (0.75, 400.0))
MILLS = st.builds(
    Mill,
    st.sampled_from([10.0, 25.0, 60.0]),
    st.sampled_from([0.2, 0.5, 0.7]),
    st.sampled_from([5.0, 30.0, 70.0]),
)
MARKETS = st.builds(
    Market,
    st.lists(MILLS, min_size=1, max_size=3).map(tuple),
    st.sampled_from([30.0, 70.0, 200.0]),
    st.sampled_from([0.1, 0.5]),
)


def year_cost(running: Iterable[Mill], sold: float) -> float:
    """The cheapest year: sources in the order of their price until the demand is met (M$)."""
    sources = [(mill.opex, mill.kt) for mill in running] + [(CHINA[1], sold)]
    sources += [(cost, share * WANTED) for share, cost in TRANCHES]
    left, cost = WANTED, 0.0
    for price, kt in sorted(sources):
        used = min(left, kt)
        left, cost = left - used, cost + used * price
    return cost


def cost_of(market: Market, starts: tuple[int | None, ...]) -> float:
    """Building less what outlives the horizon, and the years; no discounting (M$)."""
    total = 0.0
    for mill, start in zip(market.mills, starts, strict=True):
        if start is not None:
            total += mill.capex * (YEARS[-1] - start) / 4  # four years of life from start + 1
    for year in YEARS:
        running = [
            mill
            for mill, start in zip(market.mills, starts, strict=True)
            if start is not None and start < year
        ]
        cut = market.embargo if year == YEARS[-1] else 0.0
        total += (1 - cut) * year_cost(running, CHINA[0]) + cut * year_cost(running, 0.0)
    return total


def by_hand(market: Market) -> float:
    """The least cost over all starts that the budget pays for."""
    return min(
        cost_of(market, starts)
        for starts in itertools.product((None, 2030, 2031), repeat=len(market.mills))
        if sum(m.capex for m, s in zip(market.mills, starts, strict=True) if s) <= market.budget
    )


def as_instance(market: Market) -> Instance:
    mills = [
        project(
            f"mill-{n}",
            kind="refinery",
            capex_musd=mill.capex,
            capacity_t_per_year=1000 * mill.kt,
            recipe={"opex_usd_per_t": 1000 * mill.opex},
            build_years=1,
            life_years=4,
        )
        for n, mill in enumerate(market.mills)
    ]
    tables: dict[str, Any] = {
        "members": [{"id": "fund", "burden_share": 1, "opening_cash_musd": market.budget}],
        "supply_limits": series("supplier", ["chn"], YEARS, limit_t_per_year=1000 * CHINA[0]),
        "prices": series("material", ["ore", "oxide"], YEARS, price_usd_per_t=1000 * CHINA[1]),
        "tranches": [
            {"segment": "motors", "tranche": n, "share": share, "cost_usd_per_t": 1000 * cost}
            for n, (share, cost) in enumerate(TRANCHES, start=1)
        ],
        "scenarios": [
            scenario("nominal", 1 - market.embargo, nominal=True),
            scenario("embargo", market.embargo),
        ],
        "shocks": [shock("embargo", "supply", 0, (2032, 2032), country="CHN")],
    }
    return instance(*mills, years=(YEARS[0], YEARS[-1]), **tables)


@given(MARKETS)
@settings(ENUMERATION, max_examples=examples(25))
def test_a_market_that_needs_no_model_has_the_same_optimum(market: Market) -> None:
    """Mills, one supplier and shortage: a year is served in the order of prices, so that neither
    the model nor a solver is needed to know what each choice costs."""
    plan = solve_here(as_instance(market))

    assert plan.proof.objective == pytest.approx(by_hand(market), rel=1e-9)
    assert plan.proof.bound == pytest.approx(plan.proof.objective, rel=1e-9)
    assert plan.proof.do_nothing == pytest.approx(cost_of(market, (None,) * len(market.mills)))
