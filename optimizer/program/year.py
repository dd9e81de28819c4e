"""One compiled year of operation, ready to be stamped: bounds, rows and links of every block."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.blocks import DATA
from optimizer.blocks.carry_over import links
from optimizer.blocks.online import settled_share
from optimizer.program.links import joined, online_links, term_links

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from optimizer.blocks.carry_over import Link
    from optimizer.blocks.worlds import Worlds
    from optimizer.program.compiled import Compiled
    from optimizer.program.keys import ColumnKey, Component
    from optimizer.program.links import Links

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Year:
    """The compiled year and the worlds it is stamped for.

    Arrays over blocks are (blocks × rows) or (blocks × recourse columns).
    """

    compiled: Compiled
    worlds: Worlds
    investment: Compiled

    @cached_property
    def is_recourse(self) -> Bools:
        """Which columns of the compiled year are recourse."""
        mask = np.ones(self.compiled.size, dtype=bool)
        for name in ("online", *self.remembered, *DATA):
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

    @cached_property
    def recourse_components(self) -> tuple[Component[ColumnKey], ...]:
        """What the recourse columns stand for, in their order."""
        others = {"online", *self.remembered, *DATA}
        return tuple(
            component
            for component in self.compiled.column_components
            if component.pattern.component not in others
        )

    @cached_property
    def account_places(self) -> dict[Any, int]:
        """Position of each account."""
        return {key: place for place, key in enumerate(self.account_keys)}

    def account(self, key: Any) -> tuple[Ints, Floats]:
        """Recourse columns of an account, and what a unit of each adds to it."""
        place = self.account_places[key]
        part = slice(self.accounts.indptr[place], self.accounts.indptr[place + 1])
        return self.accounts.indices[part], self.accounts.data[part]

    def columns_of(self, name: str) -> slice:
        """Position of a variable component among the recourse columns."""
        place = self.compiled.columns[name]
        before = int(np.count_nonzero(self.is_recourse[: place.start]))
        return slice(before, before + place.stop - place.start)

    def places_of(self, name: str) -> dict[Any, int]:
        """Position among the recourse columns of each column of a variable component, by key."""
        first = self.columns_of(name).start
        return {key: first + i for i, key in enumerate(self.compiled.keys[name])}

    @cached_property
    def remembered(self) -> dict[str, Link]:
        """Every link but `online`."""
        return links(self.worlds)

    # Right sides: what the year's data, the settled plants and the constants of links leave.

    @cached_property
    def settled(self) -> Floats:
        """(blocks × plants) kt online that no decision touches."""
        worlds = self.worlds
        plants = worlds.q.plants
        capacity = np.zeros((len(worlds.q.years), len(plants)))
        for column, (p, project) in enumerate(plants.items()):
            if project.status != "candidate":
                share = [settled_share(worlds.q, p, year) for year in worlds.q.years]
                capacity[:, column] = worlds.q.capacity(p) * np.array(share)
        found = capacity[worlds.frame.years]
        for b, column in np.argwhere(worlds.delay > 0):
            p, late = list(plants)[column], int(worlds.delay[b, column])
            if p not in worlds.q.candidates:
                lasting = settled_share(worlds.q, p, worlds.blocks[b][1] - late)
                found[b, column] = worlds.q.capacity(p) * lasting
        return np.asarray(found * worlds.availability)

    @cached_property
    def _shift(self) -> Floats:
        constants = [link.constant for link in self.remembered.values()]
        data = np.hstack([getattr(self.worlds, name) for name in DATA] + [self.settled, *constants])
        names = [*DATA, "online", *self.remembered]
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

    # Links: what depends on the investment and on earlier blocks.

    @cached_property
    def links(self) -> Links:
        """The entries of every link, online first."""
        places = {name: self.columns_of(name) for name in ("stock", "served")}
        parts = [online_links(self.compiled, self.investment, self.worlds)]
        parts += [
            term_links(name, link.terms, self.compiled, self.investment, places)
            for name, link in self.remembered.items()
        ]
        return joined(parts)

    @cached_property
    def linked(self) -> Bools:
        """(blocks × rows) whether a link has an entry in a row."""
        linked = np.zeros(self.row_lower.shape, dtype=bool)
        linked[self.links.block, self.links.row] = True
        return linked

    # Bounds: rows with one recourse column and no link.

    @cached_property
    def single(self) -> tuple[Ints, Ints, Floats]:
        """Row, column and coefficient of the rows with a single recourse column."""
        counts = np.diff(self.recourse.indptr)
        rows = np.nonzero(counts == 1)[0]
        at = self.recourse.indptr[rows]
        return rows.astype(np.int32), self.recourse.indices[at], self.recourse.data[at]

    @cached_property
    def _column_bounds(self) -> tuple[Floats, Floats]:
        rows, columns, values = self.single
        shape = (len(self.worlds.blocks), int(self.is_recourse.sum()))
        lower = np.broadcast_to(self.compiled.column_lower[self.is_recourse], shape).copy()
        upper = np.broadcast_to(self.compiled.column_upper[self.is_recourse], shape).copy()
        free = self.linked[:, rows]
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
        single[self.single[0]] = True
        bound = single[None, :] & ~self.linked
        free = np.isinf(self.row_lower) & np.isinf(self.row_upper)
        pattern = self.recourse.copy()
        pattern.data = np.ones_like(pattern.data)
        entries = (pattern @ self.kept_columns.T.astype(float)).T
        empty = (entries == 0) & ~self.linked & (self.row_lower <= 0) & (self.row_upper >= 0)
        kept: Bools = ~(bound | free | empty)
        return kept


def _shifted(side: Floats, shift: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(side), side, side - shift)
