"""Write a plan as a point of its program: the inverse of reading a solution back.

Enters: the stamped program and the tables of a plan for the same instance. Leaves: the value of
every column. What the tables leave out is 0: amounts below `readback.SMALLEST`. The columns of the
tail are what they are at their best, given what goes short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.errors import InvalidPlan
from optimizer.program.keys import INVESTMENT, Keys
from optimizer.vocabulary.plan_tables import INVESTED, OPERATED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from optimizer.plan import Columns, Tables
    from optimizer.program.stamped import Stamped

    Floats = NDArray[np.float64]

DEFINED = {"performing": "performing_part", "guaranteed": "guaranteed_part"}
"""Variables that no table holds, because a row of the same index says what they are."""
ROUNDING = 1e-9
"""Sums of probabilities this near to the level of the tail have reached it."""


def encode(stamped: Stamped, tables: Tables) -> Floats:
    """The point of a program that a plan's tables say.

    Args:
        stamped: the program.
        tables: those of a plan for the same instance.

    Raises:
        InvalidPlan: the tables name what has no column in the program.
    """
    x = np.zeros(len(stamped.program.cost))
    x[: stamped.investment.size] = encode_first_stage(stamped, tables)
    for name, variable in OPERATED.items():
        _operate(stamped, name, variable, tables.columns(name), x)
    if stamped.tail:
        _set_tail(stamped, x)
    return x


def encode_first_stage(stamped: Stamped, tables: Tables) -> Floats:
    """The columns of the investment alone: what is chosen, with whose money, and what is kept.

    Args:
        stamped: the program.
        tables: those of a plan for the same instance, which may keep no operation.

    Raises:
        InvalidPlan: the tables name what has no column in the program.
    """
    x = np.zeros(stamped.investment.size)
    _choose(stamped, tables, x)
    for name, variable in INVESTED.items():
        places = stamped.investment.places(variable)
        for *key, amount in _rows(tables.columns(name)):
            x[_place(name, places, tuple(key))] = amount
    _define(stamped, x)
    return x


def _choose(stamped: Stamped, tables: Tables, x: Floats) -> None:
    """Set what is started, from its start on, and what is signed."""
    started = stamped.investment.places("w")
    for p, t, _ in _rows(tables.columns("choice")):
        _place("choice", started, (p, t))
        for year in stamped.worlds.q.windows[p]:
            if year >= t:
                x[started[p, year]] = 1.0
    signed = stamped.investment.places("signed")
    for key in _rows(tables.columns("signed")):
        x[_place("signed", signed, key)] = 1.0


def _operate(stamped: Stamped, name: str, variable: str, columns: Columns, x: Floats) -> None:
    """Set the columns of one variable of operation."""
    worlds = stamped.worlds
    places = stamped.year.places_of(variable)
    blocks = {block: b for b, block in enumerate(worlds.blocks)}
    for row in _rows(columns):
        # The rows of soft policies are judged in the nominal scenario, which they do not name.
        scenario, year, *key, kt = (
            (worlds.frame.nominal, row[1], row[0], row[2]) if name == "excess" else row
        )
        b = _place(name, blocks, (scenario, year))
        column = stamped.position[b, _place(name, places, tuple(key))]
        if column < 0:
            raise InvalidPlan(f"{name}: {row} is 0 in every plan of this instance")
        x[column] = kt


def _define(stamped: Stamped, x: Floats) -> None:
    """Set the columns that are sums of others, each by the row that defines it."""
    block, first = stamped.investment, x
    keys = Keys.once(block.row_components, INVESTMENT)
    for variable, component in DEFINED.items():
        places = block.places(variable)
        for row in keys.where(component).tolist():
            column = places[keys[row].key]
            entries = slice(block.matrix.indptr[row], block.matrix.indptr[row + 1])
            columns, values = block.matrix.indices[entries], block.matrix.data[entries]
            rest = columns != column
            known = float(values[rest] @ first[columns[rest]])
            x[column] = (block.row_upper[row] - known) / float(values[~rest][0])


def _set_tail(stamped: Stamped, x: Floats) -> None:
    """Set the columns of the tail: the threshold at its quantile, and what lies beyond."""
    worlds, columns = stamped.worlds, stamped.program.columns
    missed = stamped.accounts(x)[:, stamped.year.account_places["shortage", ""]]
    lost = dict.fromkeys(worlds.frame.probabilities, 0.0)
    for (scenario, year), b in worlds.operated_as.items():
        lost[scenario] += worlds.q.delta(year) * float(missed[b])
    values = np.array(list(lost.values()))
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(np.array(list(worlds.frame.probabilities.values()))[order])
    level = worlds.q.instance.settings.objective.tail_level
    at = min(int(np.searchsorted(reached, level - ROUNDING)), len(order) - 1)
    threshold = values[order[at]]
    x[columns.where("tail_threshold")] = threshold
    x[columns.where("beyond")] = np.maximum(0.0, values - threshold)
    x[columns.where("missed")] = missed


def _rows(columns: Columns) -> Iterator[tuple[Any, ...]]:
    return zip(*columns.values(), strict=True)


def _place(name: str, places: dict[Any, int], key: tuple[Any, ...]) -> int:
    """Where a key of a table stands; components of one index have no tuples."""
    place = places.get(key[0] if len(key) == 1 else key)
    if place is None:
        raise InvalidPlan(f"{name}: {key} is nothing of this instance")
    return place
