"""One compiled year of operation, ready to be stamped: bounds, rows and links of every block."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.model import DATA

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from optimizer.model.worlds import Worlds
    from optimizer.solving.compile import Compiled

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Links:
    """Entries that tie the operation of blocks to w, in coordinate form."""

    block: Ints
    row: Ints
    column: Ints
    value: Floats


@dataclass(frozen=True)
class Year:
    """The compiled year and the worlds it is stamped for.

    Arrays over blocks are (blocks × rows) or (blocks × recourse columns).
    """

    compiled: Compiled
    worlds: Worlds
    w_columns: slice
    w_keys: list[Any]

    @cached_property
    def is_recourse(self) -> Bools:
        """Which columns of the compiled year are recourse."""
        mask = np.ones(self.compiled.size, dtype=bool)
        for name in ("online", *DATA):
            mask[self.compiled.columns[name]] = False
        return mask

    @cached_property
    def recourse(self) -> sparse.csr_array:
        """A_y, (rows × recourse columns)."""
        return self.compiled.matrix[:, self.is_recourse]

    @cached_property
    def account_keys(self) -> list[Any]:
        """Accounts of operation."""
        return self.compiled.expression_keys

    @cached_property
    def accounts(self) -> sparse.csr_array:
        """(accounts × recourse columns)."""
        return self.compiled.expressions[:, self.is_recourse]

    def columns_of(self, name: str) -> slice:
        """Position of a variable component among the recourse columns."""
        place = self.compiled.columns[name]
        before = int(np.count_nonzero(self.is_recourse[: place.start]))
        return slice(before, before + place.stop - place.start)

    # Right sides: what the year's data and the settled plants leave.

    @cached_property
    def settled(self) -> Floats:
        """(blocks × plants) kt online that no decision touches."""
        worlds = self.worlds
        plants = worlds.q.plants
        capacity = np.zeros((len(worlds.q.years), len(plants)))
        for column, (p, project) in enumerate(plants.items()):
            if project.status != "candidate":
                share = [worlds.settled_share(p, year) for year in worlds.q.years]
                capacity[:, column] = worlds.capacity(p) * np.array(share)
        return capacity[worlds.block_years] * worlds.availability

    @cached_property
    def _shift(self) -> Floats:
        data = np.hstack([getattr(self.worlds, name) for name in DATA] + [self.settled])
        names = [*DATA, "online"]
        columns = np.concatenate([np.r_[self.compiled.columns[name]] for name in names])
        return np.asarray((self.compiled.matrix[:, columns] @ data.T).T)

    @cached_property
    def row_lower(self) -> Floats:
        """Left side of each row in each block."""
        return _shifted(self.compiled.row_lower, self._shift)

    @cached_property
    def row_upper(self) -> Floats:
        """Right side of each row in each block."""
        return _shifted(self.compiled.row_upper, self._shift)

    # Links: what is online of the candidates, as a function of w.

    @cached_property
    def links(self) -> Links:
        """A_link · D_b · R_b of every block."""
        online = self.compiled.matrix[:, self.compiled.columns["online"]].tocsc()
        position = {key: self.w_columns.start + i for i, key in enumerate(self.w_keys)}
        found: list[list[tuple[int, int, int, float]]] = []
        plants = list(self.worlds.q.plants)
        for year in self.worlds.q.years:
            cells = []
            for plant, p in enumerate(plants):
                if p not in self.worlds.q.candidates:
                    continue
                rows = slice(online.indptr[plant], online.indptr[plant + 1])
                for start, share in self.worlds.online_share(p, year):
                    kt, column = share * self.worlds.capacity(p), position[p, start]
                    cells += [
                        (int(row), column, plant, float(value) * kt)
                        for row, value in zip(online.indices[rows], online.data[rows], strict=True)
                    ]
            found.append(cells)
        return self._repeated(found)

    def _repeated(self, found: list[list[tuple[int, int, int, float]]]) -> Links:
        """The links of each year, for each of its blocks, times the block's availabilities."""
        parts = []
        availability = self.worlds.availability
        for index, cells in enumerate(found):
            blocks = np.nonzero(self.worlds.block_years == index)[0]
            table = np.array(cells, dtype=float).reshape(len(cells), 4)
            row, column, plant = (table[:, k].astype(np.int32) for k in range(3))
            block = np.repeat(blocks, len(cells)).astype(np.int32)
            value = np.tile(table[:, 3], len(blocks))
            value *= availability[block, np.tile(plant, len(blocks))]
            parts.append((block, np.tile(row, len(blocks)), np.tile(column, len(blocks)), value))
        block, row, column, value = (np.concatenate(x) for x in zip(*parts, strict=True))
        there = value != 0
        return Links(block[there], row[there], column[there], value[there])

    @cached_property
    def _linked(self) -> Bools:
        linked = np.zeros(self.row_lower.shape, dtype=bool)
        linked[self.links.block, self.links.row] = True
        return linked

    # Bounds: rows with one recourse column and no link.

    @cached_property
    def _single(self) -> tuple[Ints, Ints, Floats]:
        """Row, column and coefficient of the rows with a single recourse column."""
        counts = np.diff(self.recourse.indptr)
        rows = np.nonzero(counts == 1)[0]
        at = self.recourse.indptr[rows]
        return rows.astype(np.int32), self.recourse.indices[at], self.recourse.data[at]

    @cached_property
    def _column_bounds(self) -> tuple[Floats, Floats]:
        rows, columns, values = self._single
        shape = (len(self.worlds.blocks), int(self.is_recourse.sum()))
        lower = np.broadcast_to(self.compiled.column_lower[self.is_recourse], shape).copy()
        upper = np.broadcast_to(self.compiled.column_upper[self.is_recourse], shape).copy()
        free = self._linked[:, rows]
        low = np.where(free, -np.inf, self.row_lower[:, rows]) / values
        high = np.where(free, np.inf, self.row_upper[:, rows]) / values
        low, high = np.where(values > 0, low, high), np.where(values > 0, high, low)
        block = np.arange(shape[0])[:, None]
        np.maximum.at(lower, (block, columns[None, :]), low)
        np.minimum.at(upper, (block, columns[None, :]), high)
        return lower, upper

    @property
    def lower(self) -> Floats:
        """Lower bound of each recourse column in each block."""
        return self._column_bounds[0]

    @cached_property
    def upper(self) -> Floats:
        """Upper bound of each recourse column; a soft row that is off has no excess."""
        upper = self._column_bounds[1].copy()
        excess, soft = self.columns_of("excess"), self.compiled.keys["excess"]
        rows = list(self.worlds.shares.rows)
        bounds = self.worlds.policy_bound[:, [rows.index(policy) for policy in soft]]
        upper[:, excess] = np.where(np.isfinite(bounds), upper[:, excess], 0.0)
        return upper

    # What is left out.

    @cached_property
    def kept_columns(self) -> Bools:
        """Columns that can take a value other than zero."""
        kept: Bools = (self.lower != 0) | (self.upper != 0)
        return kept

    @cached_property
    def kept_rows(self) -> Bools:
        """Rows that can bind: not a bound, not free, and with something in them or infeasible."""
        single = np.zeros(self.recourse.shape[0], dtype=bool)
        single[self._single[0]] = True
        bound = single[None, :] & ~self._linked
        free = np.isinf(self.row_lower) & np.isinf(self.row_upper)
        pattern = self.recourse.copy()
        pattern.data = np.ones_like(pattern.data)
        entries = (pattern @ self.kept_columns.T.astype(float)).T
        empty = (entries == 0) & ~self._linked & (self.row_lower <= 0) & (self.row_upper >= 0)
        kept: Bools = ~(bound | free | empty)
        return kept


def _shifted(side: Floats, shift: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(side), side, side - shift)
