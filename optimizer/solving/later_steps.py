"""Whose money: the later steps of the lexicographic objective, as small linear programs.

The choice and the operation are fixed, so only the investment block remains: first the least
fund_cost at the same objective, then the least largest deviation of the members' payments from the
burden-sharing key at the same fund_cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from optimizer.program.keys import INVESTMENT, JOINT, ColumnKey, Keys, RowKey, row_component
from optimizer.program.program import Program, Row
from optimizer.vocabulary.instruments import PAID_BY_THE_FUND
from optimizer.vocabulary.rules import STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.program.stamped import Stamped

    Floats = NDArray[np.float64]

OBJECTIVE_TOLERANCE = 1e-9
"""How much of its size the objective may give up for the least fund_cost: rounding, no more."""
FUND_COST_TOLERANCE = 1e-6
"""How much of its size fund_cost may give up for the fairest payments."""


def least_fund_cost(stamped: Stamped, x: Floats, held: list[Floats]) -> Program:
    """Minimise fund_cost with the choice fixed and what was minimised before held."""
    cost = stamped.investment.expression("fund_cost")
    return _fixed(stamped, x, cost, _limits(stamped, x, held))


def step_key(step: int) -> RowKey:
    """Key of the row that keeps what a step of the objective has reached."""
    return RowKey(STEPS, "kept_step", (step,), JOINT)


def _limits(stamped: Stamped, x: Floats, held: list[Floats]) -> list[Row]:
    """Rows that keep each weighting where it is, but for rounding."""
    values = [float(row @ x[: len(row)]) for row in held]
    room = [OBJECTIVE_TOLERANCE * max(stamped.unit, abs(value)) for value in values]
    limits = [value + more for value, more in zip(values, room, strict=True)]
    return [
        Row.dense(step_key(step), row, limit)
        for step, (row, limit) in enumerate(zip(held, limits, strict=True), start=1)
    ]


def fairest_payments(stamped: Stamped, x: Floats, money: Floats, held: list[Floats]) -> Program:
    """Minimise the largest deviation from the key with the choice fixed and fund_cost held, too.

    |paid[f] − key[f] · Σ_g paid[g]| ≤ z,  paid[f] = Σ PVprofile · commit (M$) of what the
    fund pays in cash; z comes last.
    """
    cost = stamped.investment.expression("fund_cost")
    most = float(cost @ money) + FUND_COST_TOLERANCE * max(stamped.unit, abs(float(cost @ money)))
    kept = Row.dense(RowKey(STEPS, "kept_fund_cost", (), INVESTMENT), cost, most)
    base = _fixed(stamped, x, np.zeros_like(cost), [*_limits(stamped, x, held), kept])
    deviations = _deviations(stamped)
    members = [(f,) for f in stamped.worlds.q.members]
    above, below = (row_component(STEPS, name, members) for name in ("above_key", "below_key"))
    ones = -np.ones((len(deviations), 1))
    rows = sparse.hstack([sparse.csr_array(deviations), sparse.csr_array(ones)])
    wide = sparse.hstack([base.matrix, sparse.csc_array((base.matrix.shape[0], 1))])
    return Program(
        cost=np.append(base.cost, 1.0),
        offset=0.0,
        lower=np.append(base.lower, 0.0),
        upper=np.append(base.upper, np.inf),
        integer=np.append(base.integer, False),
        matrix=sparse.csc_array(sparse.vstack([wide, rows])),
        row_lower=np.append(base.row_lower, np.full(len(deviations), -np.inf)),
        row_upper=np.append(base.row_upper, np.zeros(len(deviations))),
        rows=base.rows.joined(Keys.once([above, below], INVESTMENT)),
        columns=base.columns.joined(Keys.of([ColumnKey("largest_deviation", (), INVESTMENT)])),
        units=None if base.units is None else np.append(base.units, stamped.unit),
    )


def payments(stamped: Stamped) -> Floats:
    """(members × investment columns) present value that each member pays out of the fund, M$."""
    q = stamped.worlds.q
    cash = q.of_kind(*PAID_BY_THE_FUND)
    paid = np.zeros((len(q.members), stamped.investment.size))
    first = stamped.investment.columns["commit"].start
    for column, (p, i, f, t) in enumerate(stamped.investment.keys["commit"], start=first):
        if i in cash:
            paid[q.members.index(f), column] = q.pv_profile(q.candidates[p], t)
    return paid


def _deviations(stamped: Stamped) -> Floats:
    paid = payments(stamped)
    key = np.array([[member.burden_share] for member in stamped.worlds.q.instance.members])
    difference = paid - key * paid.sum(axis=0)
    return np.vstack([difference, -difference])


def _fixed(stamped: Stamped, x: Floats, cost: Floats, limits: list[Row]) -> Program:
    """The investment block with choice and stock plan as in x, and limits on some expressions."""
    block = stamped.investment
    lower, upper = block.column_lower.copy(), block.column_upper.copy()
    plan = block.columns["stock_plan"]
    lower[plan] = upper[plan] = x[plan]
    choice = np.flatnonzero(block.integer)
    lower[choice] = upper[choice] = np.round(x[choice])
    return Program(
        cost=cost,
        offset=0.0,
        lower=lower,
        upper=upper,
        integer=np.zeros(block.size, dtype=bool),
        matrix=sparse.csc_array(block.matrix),
        row_lower=block.row_lower,
        row_upper=block.row_upper,
        rows=Keys.once(block.row_components, INVESTMENT),
        columns=Keys.once(block.column_components, INVESTMENT),
        units=None if stamped.program.units is None else stamped.program.units[: block.size],
    ).with_rows(limits)
