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
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from optimizer.model import build_investment, build_operation
from optimizer.model.fairness import JointRow, fairness_rows, member_demand
from optimizer.solving.compile import Compiled, compile_model, no_garbage_collection
from optimizer.solving.prices import account_prices, constant, investment_prices
from optimizer.solving.program import Program
from optimizer.solving.scaling import money_unit, units_of
from optimizer.solving.year import Year
from optimizer.vocabulary.criteria import LARGEST, SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from optimizer.model.worlds import Worlds

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Stamped:
    """The first step's program and the way back from its columns."""

    worlds: Worlds
    investment: Compiled
    year: Year
    program: Program
    position: Ints
    """(blocks × recourse columns) column in the program, −1 where left out."""
    tail: int
    """Number of columns of the tail, which come after those of the investment."""

    def operation(self, x: Floats) -> Floats:
        """(blocks × recourse columns) values of a solution, zero where left out."""
        return np.where(self.position >= 0, x[self.position], 0.0)

    @property
    def operating_cost(self) -> Floats:
        """Cost of each column, with blocks that have no probability counted as if certain.

        Where years do not remember, the blocks do not touch each other once w is fixed: so every
        block runs at its own least cost, also one that only has to be survived.
        """
        certain = np.where(self.worlds.weights > 0, self.worlds.weights, 1.0)
        prices = account_prices(self.worlds, self.year.account_keys, certain, self.weights)
        idle = self.idle
        place, cost = self.position[idle], self.program.cost.copy()
        cost[place[place >= 0]] = (prices @ self.year.accounts)[idle][place >= 0]
        return cost

    @property
    def idle(self) -> NDArray[np.bool_]:
        """Blocks that have no probability and only have to be survived."""
        return np.asarray(self.worlds.weights == 0)

    @cached_property
    def weights(self) -> dict[str, float]:
        """What the first step minimises, by criterion."""
        return self.worlds.q.instance.settings.objective.first_step

    @cached_property
    def unit(self) -> float:
        """Size of money, M$: 1 but in instances of very small or very large sums."""
        return money_unit(self.investment)

    def vector(self, weights: Mapping[str, float]) -> tuple[Floats, float]:
        """Coefficient of each column in a weighting of criteria, and its constant."""
        worlds = self.worlds
        prices = account_prices(worlds, self.year.account_keys, worlds.weights, weights)
        row = np.zeros(len(self.program.cost))
        row[: self.investment.size] = investment_prices(self.investment, weights)
        if self.tail:
            tail = slice(self.investment.size, self.investment.size + self.tail)
            row[tail] = _tail_prices(worlds, weights)
        there = self.position >= 0
        row[self.position[there]] = (prices @ self.year.accounts)[there]
        return row, constant(worlds, self.investment, weights)

    def joint(self, row: JointRow) -> Floats:
        """Coefficients of a row over accounts of operation."""
        found = np.zeros(len(self.program.cost))
        for b, key, factor in row.terms:
            account = self.year.accounts[[self.year.account_keys.index(key)], :].tocoo()
            columns = self.position[b, account.coords[1]]
            there = columns >= 0
            np.add.at(found, columns[there], factor * account.data[there])
        return found

    def with_rows(self, rows: list[tuple[Floats, float]]) -> Stamped:
        """The same with further rows, each at most its bound."""
        if not rows:
            return self
        coefficients = sparse.csr_array(np.array([row for row, _ in rows]))
        most = np.array([upper for _, upper in rows])
        return replace(self, program=self.program.with_rows(coefficients, most))

    def accounts(self, x: Floats) -> Floats:
        """(blocks × accounts) values of the accounts of operation."""
        return np.asarray((self.year.accounts @ self.operation(x).T).T)


@dataclass(frozen=True)
class _Part:
    """Rows of the program in coordinate form, with their bounds."""

    rows: Ints
    columns: Ints
    values: Floats
    lower: Floats
    upper: Floats


def stamp(worlds: Worlds) -> Stamped:
    """Compile the investment and one year of operation, and stamp every block."""
    with no_garbage_collection():
        m = build_investment(worlds.q)
        investment = compile_model(m, m.criterion)
        m = build_operation(worlds.shares)
        year = Year(compile_model(m, m.account), worlds, investment)
    weights = worlds.q.instance.settings.objective.first_step
    prices = account_prices(worlds, year.account_keys, worlds.weights, weights)
    kept = year.kept_columns
    risky = worlds.q.wants_tail
    tail = len(worlds.probabilities) + 1 + len(worlds.blocks) if risky else 0
    first = investment.size + tail
    position = np.where(kept, first - 1 + np.cumsum(kept.ravel()).reshape(kept.shape), -1)
    position = position.astype(np.int32)
    parts = [_investment_rows(investment), _operation_rows(year, position)]
    if risky:
        parts.append(_tail_rows(worlds, year, investment.size, position))
    cost = [investment_prices(investment, weights)]
    if risky:
        cost.append(_tail_prices(worlds, weights))
    cost.append((prices @ year.accounts)[kept])
    bounds = _bounds(investment, year, tail, kept)
    program = _program(parts, cost, bounds, constant(worlds, investment, weights))
    program = replace(program, units=units_of(investment, tail, len(program.cost)))
    stamped = Stamped(worlds, investment, year, program, position, tail)
    return stamped.with_rows(further_rows(stamped))


def further_rows(stamped: Stamped) -> list[tuple[Floats, float]]:
    """Rows over several blocks: rule 20 fairness and rule 21 criterion bounds."""
    rows = [(stamped.joint(row), row.upper) for row in fairness_rows(stamped.worlds).values()]
    wanted = member_demand(stamped.worlds)
    weights = stamped.worlds.weights
    for policy in stamped.worlds.q.enabled("criterion_bound").values():
        if policy.criterion == LARGEST:
            continue
        if policy.criterion == SERVICE:
            for f, demand in wanted.items():
                terms = [(b, ("unserved", f), float(pi)) for b, pi in enumerate(weights)]
                most = (1.0 - policy.value) * float(weights @ demand)
                rows.append((stamped.joint(JointRow(terms, most)), most))
            continue
        row, offset = stamped.vector({str(policy.criterion): 1.0})
        sign = 1.0 if policy.sense == "most" else -1.0
        rows.append((sign * row, sign * (policy.value - offset)))
    return rows


def _investment_rows(investment: Compiled) -> _Part:
    matrix = investment.matrix.tocoo()
    rows, columns = matrix.coords
    return _Part(
        rows.astype(np.int32),
        columns.astype(np.int32),
        matrix.data,
        investment.row_lower,
        investment.row_upper,
    )


def _operation_rows(year: Year, position: Ints) -> _Part:
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
    return _Part(
        np.concatenate([rows[there], linked[use]]),
        np.concatenate([columns[there], given[use]]),
        np.concatenate([values[there], link.value[use]]),
        year.row_lower[kept],
        year.row_upper[kept],
    )


def _tail_rows(worlds: Worlds, year: Year, first: int, position: Ints) -> _Part:
    """CVaR of the discounted shortage cost (Rockafellar and Uryasev 2000).

    missed[b] = Σ shortage account of block b;  v[s] + η ≥ Σ_t δ_t · missed[block of s, t].
    Columns: η, v by scenario, missed by block, from `first` on.
    """
    scenarios, blocks = list(worlds.probabilities), len(worlds.blocks)
    v, missed = first + 1, first + 1 + len(scenarios)
    account = year.accounts[[year.account_keys.index(("shortage", ""))], :].tocoo()
    columns = position[:, account.coords[1]]
    cells = [(b, missed + b, 1.0) for b in range(blocks)]
    there = columns >= 0
    b = np.nonzero(there)[0]
    for s, scenario in enumerate(scenarios):
        cells += [(blocks + s, first, 1.0), (blocks + s, v + s, 1.0)]
        cells += [
            (blocks + s, missed + block, -worlds.q.delta(t))
            for (other, t), block in worlds.operated_as.items()
            if other == scenario
        ]
    rows, cols, values = (np.array(x) for x in zip(*cells, strict=True))
    short = np.broadcast_to(-account.data, columns.shape)[there]
    return _Part(
        np.concatenate([rows, b]).astype(np.int32),
        np.concatenate([cols, columns[there]]).astype(np.int32),
        np.concatenate([values, short]),
        np.zeros(blocks + len(scenarios)),
        np.concatenate([np.zeros(blocks), np.full(len(scenarios), np.inf)]),
    )


def _tail_prices(worlds: Worlds, weights: Mapping[str, float]) -> Floats:
    level = worlds.q.instance.settings.objective.tail_level
    beyond = np.array(list(worlds.probabilities.values())) / (1.0 - level)
    prices = np.concatenate([[1.0], beyond, np.zeros(len(worlds.blocks))])
    return weights.get("tail_shortage", 0.0) * prices


def _bounds(
    investment: Compiled, year: Year, tail: int, kept: NDArray[np.bool_]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    lower = [investment.column_lower, np.zeros(tail), year.lower[kept]]
    upper = [investment.column_upper, np.full(tail, np.inf), year.upper[kept]]
    others = np.zeros(tail + int(kept.sum()), dtype=bool)
    integer = np.concatenate([investment.integer, others])
    return np.concatenate(lower), np.concatenate(upper), integer


def _program(
    parts: list[_Part],
    cost: list[Floats],
    bounds: tuple[Floats, Floats, NDArray[np.bool_]],
    offset: float,
) -> Program:
    starts = np.cumsum([0, *(len(part.lower) for part in parts)], dtype=np.int32)
    rows = np.concatenate([part.rows + at for part, at in zip(parts, starts[:-1], strict=True)])
    columns = np.concatenate([part.columns for part in parts])
    values = np.concatenate([part.values for part in parts])
    prices = np.concatenate(cost)
    shape = (int(starts[-1]), len(prices))
    matrix = sparse.coo_array((values, (rows, columns)), shape=shape).tocsc()
    return Program(
        cost=prices,
        offset=offset,
        lower=bounds[0],
        upper=bounds[1],
        integer=bounds[2],
        matrix=matrix,
        row_lower=np.concatenate([part.lower for part in parts]),
        row_upper=np.concatenate([part.upper for part in parts]),
    )
