"""Stockpiles: what is kept, filled and released, year after year.

Enters: a case. Leaves: the rows of rule 14, in kt, and the arrays over block and project that other
rules need. A project that is no stockpile has zeros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.policies import PolicyRow, in_force, judged, policy_years, tagged, value_in
from optimizer.checker.rows import Rows, at_most, equal, grouped

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array, Positions
    from optimizer.instance.records import Policy


def stockpiles(case: Case) -> list[Rows]:
    """Rule 14 stockpiles: stocks add up, are kept at their plan, and fall in emergencies alone.

    stock = (1 − loss) · stock before + filled − released; stock ≤ stock_plan ≤ capacity · online
    share; filled ≤ largest_fill; without an emergency stock + understock ≥ stock_plan and released
    = rotation · stock before; in one nothing is filled and released ≤ largest_release besides.
    Plan, largest fill and release count by the share of the stockpile that performs.
    """
    done, before = case.answer.operation, stock_before(case)
    stock, released = done["stock"], done["released"]
    rotated = before * of_stockpiles(case, "rotation_share")
    emergency = case.worlds.emergency[case.answer.scenario, case.answer.year][:, None]
    performs = case.worlds.performing[case.answer.scenario, case.answer.year]
    plan = stock_plan(case)[case.answer.year] * performs
    fill = np.where(performs > 0, _limits(case, "largest_fill_t_per_year"), 0.0)
    fill = np.where(np.isfinite(fill), fill * performs, fill)
    release = np.where(performs > 0, _limits(case, "largest_release_t_per_year"), 0.0)
    release = np.where(np.isfinite(release), release * performs, release)
    lost = before * of_stockpiles(case, "loss_share")
    axes = (case.blocks, case.network.labels("projects"))
    return [
        equal(stock, before - lost + done["filled"] - released, axes, "stock does not add up"),
        at_most(stock, plan, axes, "more is kept than is planned"),
        at_most(
            done["filled"],
            np.where(emergency, 0.0, fill),
            axes,
            "is filled in an emergency, or too fast",
        ),
        at_most(
            np.where(emergency, 0.0, plan),
            stock + done["understock"],
            axes,
            "less is kept than is planned, and there is no emergency",
        ),
        at_most(
            released,
            rotated + np.where(emergency, release, 0.0),
            axes,
            "more is released than may be",
        ),
        at_most(rotated, released, axes, "the stock is not rotated"),
        *(_planned(case) if case.is_nominal else ()),
    ]


def _planned(case: Case) -> list[Rows]:
    """What the plan of the stockpiles keeps to, which is the same in every scenario."""
    axes = (case.years, case.network.labels("projects"))
    return [
        at_most(stock_plan(case), case.online.T, axes, "more is planned than it can hold"),
        *judged(cover_rows(case)),
    ]


def cover_rows(case: Case) -> list[PolicyRow]:
    """Days of cover: stock expected by plan against a part of a year of nominal demand."""
    rows = []
    expected = stock_plan(case) * case.success
    for policy in in_force(case, "days_of_cover"):
        kept = expected @ tagged(case, policy).astype(np.float64)
        wanted = _covered_demand(case, policy)
        for year in policy_years(case, policy):
            place = year - case.years[0]
            bound = value_in(case, policy, year) / 365 * float(wanted[place])
            rows.append(PolicyRow(policy, year, float(kept[place]), bound, "least"))
    return rows


def stock_plan(case: Case) -> Array:
    """Level that each project's stock is kept at, by year and project (kt).

    An operating or committed stockpile keeps its opening level.
    """
    settled = np.where(case.candidate, 0.0, of_stockpiles(case, "opening_t") / 1000)
    return np.where(case.candidate, case.answer.stock_plan.T, settled)


def stock_before(case: Case) -> Array:
    """Stock at the end of the year before each block, by block and project (kt).

    The block that serves the same scenario a year earlier; `opening_t` before the first year.
    """
    stock = case.answer.carried["stock"]
    before = np.tile(of_stockpiles(case, "opening_t") / 1000, (len(case.answer.year), 1))
    earlier = served_by(case, 1)
    before[earlier >= 0] = stock[earlier[earlier >= 0]]
    return before


def served_by(case: Case, years: int) -> Positions:
    """Block in hand that serves each block's scenario so many years before, −1 where none does."""
    year = case.answer.year - years
    return np.where(year >= 0, case.answer.held[np.maximum(year, 0)], -1)


def moved(case: Case) -> tuple[Array, Array]:
    """What stockpiles take from and give to each node, by block and node (kt)."""
    network, done = case.network, case.answer.operation
    nodes = network.count("nodes")
    place = network.at("projects", [row.project for row in case.instance.stockpiles])
    zones = network.labels("zones")
    keys = [
        (zones[network.project_zone[p]], row.material)
        for p, row in zip(place, case.instance.stockpiles, strict=True)
    ]
    node = network.at("nodes", keys)
    taken, given = done["filled"][:, place], done["released"][:, place]
    return grouped(taken, node, nodes), grouped(given, node, nodes)


def stock_costs(case: Case) -> dict[str, Array]:
    """Holding, missing and, in the last year, residual worth, by block (thousand USD)."""
    done = case.answer.operation
    price = np.zeros((len(case.answer.scenario), case.network.count("projects")))
    for row in case.instance.stockpiles:
        place = case.network.at("projects", [row.project])[0]
        material = case.network.at("materials", [row.material])[0]
        at = case.worlds.price[case.answer.scenario, case.answer.year, material]
        price[:, place] = row.residual_share * at
    last = (case.answer.year == len(case.years) - 1)[:, None]
    return {
        "holding": done["stock"] @ of_stockpiles(case, "holding_cost_usd_per_t"),
        "understock": done["understock"] @ of_stockpiles(case, "understock_cost_usd_per_t"),
        "residual_stock": -np.sum(done["stock"] * np.where(last, price, 0.0), axis=1),
    }


def of_stockpiles(case: Case, field: str) -> Array:
    """A figure of every project's stockpile, 0 where it is none."""
    values = np.zeros(case.network.count("projects"))
    for row in case.instance.stockpiles:
        values[case.network.at("projects", [row.project])] = getattr(row, field)
    return values


def _limits(case: Case, field: str) -> Array:
    """A limit in kt by project: infinite where the stockpile has none, 0 of other projects."""
    limits = np.zeros(case.network.count("projects"))
    for row in case.instance.stockpiles:
        value = getattr(row, field)
        limits[case.network.at("projects", [row.project])] = (
            np.inf if value is None else value / 1000
        )
    return limits


def _covered_demand(case: Case, policy: Policy) -> Array:
    """Nominal demand for what the counted stockpiles keep, of the row's member if any (kt)."""
    counted = tagged(case, policy)
    kept = {
        row.material
        for row in case.instance.stockpiles
        if counted[case.network.at("projects", [row.project])[0]]
    }
    wanted = np.array(
        [
            row.material in kept and policy.member in (None, row.member)
            for row in case.instance.segments
        ],
        dtype=np.float64,
    )
    return np.asarray(case.worlds.demand[case.worlds.nominal] @ wanted, np.float64)
