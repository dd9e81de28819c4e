"""Entries that tie the operation of a block to the investment and to earlier blocks.

Enters: the compiled year, the compiled investment and the worlds. Leaves: coordinates, block by
block: the rows of a linked column, times what the linked quantity is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.blocks.online import online_terms

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from optimizer.blocks.carry_over import Term
    from optimizer.blocks.worlds import Worlds
    from optimizer.program.compiled import Compiled

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Links:
    """Entries in coordinate form; `column` is one of the investment, or of the giver's recourse."""

    block: Ints
    row: Ints
    column: Ints
    value: Floats
    giver: Ints
    """Block whose recourse column is meant, −1 for the investment."""


class _Cell(NamedTuple):
    """A multiple of one w in one row of the compiled year, by way of one plant."""

    row: int
    column: int
    plant: int
    value: float


def joined(parts: list[Links]) -> Links:
    """Links one after the other, without the zeros."""
    block, row, column, value, giver = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("block", "row", "column", "value", "giver")
    )
    there = value != 0
    return Links(block[there], row[there], column[there], value[there], giver[there])


def online_links(year: Compiled, investment: Compiled, worlds: Worlds) -> Links:
    """What is online of the candidates, A_link · D_b · R_b of every block.

    Blocks of a year in which the same plants are equally late share their entries.
    """
    online = year.matrix[:, year.columns["online"]].tocsc()
    started = investment.places("w")
    parts = []
    for index in range(len(worlds.q.years)):
        of_year = np.nonzero(worlds.frame.years == index)[0]
        late, group = np.unique(worlds.delay[of_year], axis=0, return_inverse=True)
        for number, delay in enumerate(late):
            cells = _cells(online, started, worlds, worlds.q.years[index] - delay)
            parts.append(_repeated(cells, of_year[group.ravel() == number], worlds.availability))
    return joined(parts)


def _cells(
    online: sparse.csc_array, started: dict[object, int], worlds: Worlds, year: Floats
) -> list[_Cell]:
    """Cells of a year, given for each plant less its delay; `started` has the column of each w."""
    cells = []
    for plant, p in enumerate(worlds.q.plants):
        if p not in worlds.q.candidates:
            continue
        rows = slice(online.indptr[plant], online.indptr[plant + 1])
        for start, share in online_terms(worlds.q, p, int(year[plant])):
            kt, column = share * worlds.q.capacity(p), started[p, start]
            cells += [
                _Cell(int(row), column, plant, float(value) * kt)
                for row, value in zip(online.indices[rows], online.data[rows], strict=True)
            ]
    return cells


def _repeated(cells: list[_Cell], blocks: NDArray[np.intp], availability: Floats) -> Links:
    """The cells for each of some blocks, times the block's availabilities."""
    table = np.array(cells, dtype=float).reshape(len(cells), 4)
    row, column, plant = (np.tile(table[:, k].astype(np.int32), len(blocks)) for k in range(3))
    block = np.repeat(blocks, len(cells)).astype(np.int32)
    value = np.tile(table[:, 3], len(blocks)) * availability[block, plant]
    return Links(block, row, column, value, np.full(len(block), -1, dtype=np.int32))


def term_links(
    name: str, terms: list[Term], year: Compiled, investment: Compiled, places: dict[str, slice]
) -> Links:
    """The terms of another link.

    Args:
        name: component of the compiled year.
        terms: what its quantities are made of, block by block.
        year: the compiled year.
        investment: the compiled investment.
        places: position of each variable component among the recourse columns.
    """
    linked = year.matrix[:, year.columns[name]].tocsc()
    numbers: dict[str, dict[object, int]] = {}
    entries = []
    for term in terms:
        source = investment if term.giver is None else year
        place = investment.columns if term.giver is None else places
        if term.variable not in numbers:
            numbers[term.variable] = {key: i for i, key in enumerate(source.keys[term.variable])}
        column = place[term.variable].start + numbers[term.variable][term.key]
        rows = slice(linked.indptr[term.item], linked.indptr[term.item + 1])
        block = -1 if term.giver is None else term.giver
        entries += [
            (term.block, row, column, value * term.factor, block)
            for row, value in zip(linked.indices[rows], linked.data[rows], strict=True)
        ]
    table = np.array(entries, dtype=float).reshape(len(entries), 5)
    at, rows_of, columns_of, giver = (table[:, k].astype(np.int32) for k in (0, 1, 2, 4))
    return Links(at, rows_of, columns_of, table[:, 3], giver)
