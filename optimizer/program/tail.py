"""The tail: rows and columns that make the criterion tail_shortage.

CVaR of the discounted shortage cost (Rockafellar and Uryasev 2000):

    missed[b] = Σ shortage account of block b
    beyond[s] + threshold ≥ Σ_t δ_t · missed[block of s, t]

Columns in their order: the threshold, beyond by scenario, missed by block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.program.keys import INVESTMENT, JOINT, Keys, column_component, row_component
from optimizer.program.part import Part
from optimizer.vocabulary.rules import TAIL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from optimizer.blocks.worlds import Worlds
    from optimizer.program.keys import ColumnKeys, RowKeys
    from optimizer.program.year import Year

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]


def tail_columns(worlds: Worlds) -> ColumnKeys:
    """What the columns of the tail stand for."""
    blocks = np.ones((len(worlds.blocks), 1), dtype=bool)
    return Keys.once([column_component("tail_threshold", [()])], INVESTMENT).joined(
        Keys.once([column_component("beyond", _scenarios(worlds))], JOINT),
        Keys.stamped([column_component("missed", [()])], blocks, worlds.blocks),
    )


def tail_rows(worlds: Worlds, year: Year, first: int, position: Ints) -> Part:
    """The rows that define the tail.

    Args:
        worlds: the blocks.
        year: the compiled year.
        first: where the columns of the tail begin.
        position: (blocks × recourse columns) column in the program, −1 where left out.
    """
    scenarios, blocks = list(worlds.frame.probabilities), len(worlds.blocks)
    v, missed = first + 1, first + 1 + len(scenarios)
    account, prices = year.account(("shortage", ""))
    columns = position[:, account]
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
    short = np.broadcast_to(-prices, columns.shape)[there]
    return Part(
        np.concatenate([rows, b]).astype(np.int32),
        np.concatenate([cols, columns[there]]).astype(np.int32),
        np.concatenate([values, short]),
        np.zeros(blocks + len(scenarios)),
        np.concatenate([np.zeros(blocks), np.full(len(scenarios), np.inf)]),
        _row_keys(worlds),
    )


def tail_prices(worlds: Worlds, weights: Mapping[str, float]) -> Floats:
    """What a unit of each column of the tail adds to a weighting of criteria."""
    level = worlds.q.instance.settings.objective.tail_level
    beyond = np.array(list(worlds.frame.probabilities.values())) / (1.0 - level)
    prices = np.concatenate([[1.0], beyond, np.zeros(len(worlds.blocks))])
    return weights.get("tail_shortage", 0.0) * prices


def _row_keys(worlds: Worlds) -> RowKeys:
    blocks = np.ones((len(worlds.blocks), 1), dtype=bool)
    return Keys.stamped([row_component(TAIL, "missing", [()])], blocks, worlds.blocks).joined(
        Keys.once([row_component(TAIL, "tail", _scenarios(worlds))], JOINT)
    )


def _scenarios(worlds: Worlds) -> list[tuple[str]]:
    return [(scenario,) for scenario in worlds.frame.probabilities]
