"""Stamp the compiled year of operation for every block: the extensive form as flat arrays.

Enters: the worlds of an instance. Leaves: `Stamped`: the first step's program, and where each
variable of the investment and of each block sits in it.

Of the compiled year, columns are of three kinds: *recourse* y, *link* (online, and what earlier
years leave) and *data*. For a block b the rows are
A_y·y + A_link·(D_b·R_b·w + const_b) ≤ right side − A_data·data_b,  with R_b from ramp, building
time, delay and life, and D_b the availabilities. Rows with a single recourse column
and no link are bounds; columns fixed at zero and rows that cannot bind are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from optimizer.program.joint import joint_rows
from optimizer.program.keys import INVESTMENT, Keys
from optimizer.program.part import Part
from optimizer.program.prices import account_prices, constant, investment_prices
from optimizer.program.program import Program
from optimizer.program.scaling import units_of
from optimizer.program.stamped import Stamped
from optimizer.program.tail import tail_columns, tail_prices, tail_rows
from optimizer.program.year import Year

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.blocks.worlds import Worlds
    from optimizer.program.compiled import Compiled
    from optimizer.program.keys import ColumnKeys

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]


def stamp(worlds: Worlds) -> Stamped:
    """Compile the investment and one year of operation, and stamp every block."""
    from optimizer.program.compile import compile_worlds

    return stamp_compiled(worlds, *compile_worlds(worlds))


def stamp_compiled(worlds: Worlds, investment: Compiled, operation: Compiled) -> Stamped:
    """Stamp every block of what is compiled already, which needs no Pyomo.

    Args:
        worlds: what it was compiled for.
        investment: the first stage.
        operation: one year of operation.
    """
    year = Year(operation, worlds, investment)
    weights = worlds.q.instance.settings.objective.first_step
    prices = account_prices(worlds, year.account_keys, worlds.weights, weights)
    kept = year.kept_columns
    risky = worlds.q.wants_tail
    tail = len(worlds.frame.probabilities) + 1 + len(worlds.blocks) if risky else 0
    first = investment.size + tail
    position = np.where(kept, first - 1 + np.cumsum(kept.ravel()).reshape(kept.shape), -1)
    position = position.astype(np.int32)
    parts = [_investment_rows(investment), _operation_rows(year, position)]
    if risky:
        parts.append(tail_rows(worlds, year, investment.size, position))
    cost = [investment_prices(investment, weights)]
    if risky:
        cost.append(tail_prices(worlds, weights))
    cost.append((prices @ year.accounts)[kept])
    columns = _Columns(*_bounds(investment, year, tail, kept), _column_keys(investment, year))
    program = _program(parts, np.concatenate(cost), columns, constant(worlds, investment, weights))
    program = replace(program, units=units_of(investment, tail, len(program.cost)))
    stamped = Stamped(worlds, investment, year, program, position, tail)
    return stamped.with_rows(joint_rows(stamped))


def _investment_rows(investment: Compiled) -> Part:
    matrix = investment.matrix.tocoo()
    rows, columns = matrix.coords
    return Part(
        rows.astype(np.int32),
        columns.astype(np.int32),
        matrix.data,
        investment.row_lower,
        investment.row_upper,
        Keys.once(investment.row_components, INVESTMENT),
    )


def _operation_rows(year: Year, position: Ints) -> Part:
    """Recourse entries of every block, then the links, over the rows that are kept."""
    kept = year.kept_rows
    row = np.where(kept, np.cumsum(kept.ravel()).reshape(kept.shape) - 1, -1).astype(np.int32)
    matrix = year.recourse.tocoo()
    i, j = matrix.coords
    rows, columns = row[:, i].ravel(), position[:, j].ravel()
    values = np.broadcast_to(matrix.data, (len(row), len(i))).ravel()
    there = (rows >= 0) & (columns >= 0)
    link = year.links
    linked = row[link.block, link.row]
    given = link.column.copy()
    earlier = link.giver >= 0
    given[earlier] = position[link.giver[earlier], link.column[earlier]]
    use = (linked >= 0) & (given >= 0)
    return Part(
        np.concatenate([rows[there], linked[use]]),
        np.concatenate([columns[there], given[use]]),
        np.concatenate([values[there], link.value[use]]),
        year.row_lower[kept],
        year.row_upper[kept],
        Keys.stamped(year.compiled.row_components, kept, year.worlds.blocks),
    )


@dataclass(frozen=True)
class _Columns:
    """Bounds of the program's columns, which are whole, and what they stand for."""

    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    keys: ColumnKeys


def _bounds(
    investment: Compiled, year: Year, tail: int, kept: NDArray[np.bool_]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    lower = [investment.column_lower, np.zeros(tail), year.lower[kept]]
    upper = [investment.column_upper, np.full(tail, np.inf), year.upper[kept]]
    others = np.zeros(tail + int(kept.sum()), dtype=bool)
    integer = np.concatenate([investment.integer, others])
    return np.concatenate(lower), np.concatenate(upper), integer


def _column_keys(investment: Compiled, year: Year) -> ColumnKeys:
    """Investment, tail, and operation block by block."""
    worlds = year.worlds
    keys = [Keys.stamped(year.recourse_components, year.kept_columns, worlds.blocks)]
    if worlds.q.wants_tail:
        keys.insert(0, tail_columns(worlds))
    return Keys.once(investment.column_components, INVESTMENT).joined(*keys)


def _program(parts: list[Part], cost: Floats, columns: _Columns, offset: float) -> Program:
    starts = np.cumsum([0, *(len(part.lower) for part in parts)], dtype=np.int32)
    rows = np.concatenate([part.rows + at for part, at in zip(parts, starts[:-1], strict=True)])
    column = np.concatenate([part.columns for part in parts])
    values = np.concatenate([part.values for part in parts])
    shape = (int(starts[-1]), len(cost))
    matrix = sparse.coo_array((values, (rows, column)), shape=shape).tocsc()
    keys, *others = (part.keys for part in parts)
    return Program(
        cost=cost,
        offset=offset,
        lower=columns.lower,
        upper=columns.upper,
        integer=columns.integer,
        matrix=matrix,
        row_lower=np.concatenate([part.lower for part in parts]),
        row_upper=np.concatenate([part.upper for part in parts]),
        rows=keys.joined(*others),
        columns=columns.keys,
    )
