"""The program as a solver is handed it: in units in which its absolute tolerances decide nothing.

A solver accepts violations and reduced costs below fixed numbers. In an instance of a few dollars
those are worth a plant; in one of trillions no arithmetic reaches them. So money is counted in a
unit of its own size, rows and objective are multiplied by what brings their largest coefficient
near 1, and all of it is undone afterwards. Factors are powers of two, which no digit is lost by,
and instances of ordinary size are left as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.program.compiled import Compiled
    from optimizer.program.program import Program

    Floats = NDArray[np.float64]

MONEY = ("commit", "private", "cash")
"""Components of the investment that are in M$."""
A_CENT_MUSD = 1e-8
ORDINARY_MUSD = (1e-2, 1e6)
"""Building costs (M$) between which the unit is 1 M$."""
ORDINARY_ROW = (1e-5, 1e7)
"""Largest coefficients between which a row is left as it is."""
ORDINARY_COST = (1e-1, 1e7)
"""Largest cost of a column between which the objective is left as it is."""


def money_unit(investment: Compiled) -> float:
    """The unit of money of an instance, M$: 1, or near its building costs.

    Near the middle of them where that is large; where it is small, near the largest, because in the
    unit of a cheap project the coefficients of all others' money are too small for a solver.
    """
    money = np.zeros(investment.size)
    for name in MONEY:
        money[investment.columns[name]] = 1.0
    rows = np.flatnonzero(abs(investment.matrix) @ money)
    costs = abs(investment.matrix[rows][:, investment.columns["w"]].data)
    middle = np.median(costs) if len(costs) else 1.0
    if middle < ORDINARY_MUSD[0]:
        # One cheap project among others is no reason to count in its unit, nor is less than a cent:
        # in it all other money would be beyond what a solver calls infinite.
        middle = max(float(costs.max()), A_CENT_MUSD)
    return float(_extraordinary(np.array(middle), ORDINARY_MUSD))


def units_of(investment: Compiled, tail: int, size: int) -> Floats:
    """Unit in which a solver is to count each column: money by its own size."""
    units = np.ones(size)
    unit = money_unit(investment)
    for name in MONEY:
        units[investment.columns[name]] = unit
    units[investment.size : investment.size + tail] = unit
    return units


@dataclass(frozen=True)
class Scaled:
    """A program in other units, and the way back."""

    program: Program
    columns: Floats
    """x = columns · x of the scaled program."""
    rows: Floats
    """Each row of the scaled program is so many times the row."""
    objective: float
    """The scaled objective is so many times the objective."""


def scaled(program: Program) -> Scaled:
    """The program in the units that its columns name, with rows and objective near 1."""
    columns = np.ones(len(program.cost)) if program.units is None else program.units
    entries = np.repeat(columns, np.diff(program.matrix.indptr)) * program.matrix.data
    largest = np.zeros(len(program.row_lower))
    np.maximum.at(largest, program.matrix.indices, np.abs(entries))
    rows = 1.0 / _extraordinary(np.where(largest > 0, largest, 1.0), ORDINARY_ROW)
    cost = program.cost * columns
    most = np.abs(cost).max(initial=0.0)
    objective = 1.0 / float(_extraordinary(np.array(most or 1.0), ORDINARY_COST))
    if objective == 1.0 and (rows == 1.0).all() and (columns == 1.0).all():
        return Scaled(program, columns, rows, objective)
    matrix = program.matrix.copy()
    matrix.data = entries * rows[matrix.indices]
    found = replace(
        program,
        cost=cost * objective,
        offset=program.offset * objective,
        lower=program.lower / columns,
        upper=program.upper / columns,
        matrix=matrix,
        row_lower=program.row_lower * rows,
        row_upper=program.row_upper * rows,
        units=None,
    )
    return Scaled(found, columns, rows, objective)


def _extraordinary(size: Floats, ordinary: tuple[float, float]) -> Floats:
    """The powers of two nearest to some sizes, 1 where a size is an ordinary one."""
    usual = (ordinary[0] <= size) & (size <= ordinary[1])
    return np.where(usual, 1.0, 2.0 ** np.round(np.log2(size)))
