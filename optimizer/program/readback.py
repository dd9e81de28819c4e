"""Read a solution back into the tables of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.plan.tables import tables
from optimizer.vocabulary.plan_tables import INVESTED, OPERATED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.plan import Tables
    from optimizer.program.stamped import Stamped

    Floats = NDArray[np.float64]

SMALLEST = 1e-9
"""Quantities (kt, M$) below this are the solver's dust."""


def starts(stamped: Stamped, x: Floats) -> list[tuple[str, int]]:
    """Candidates started, and when."""
    q = stamped.worlds.q
    value = dict(zip(stamped.investment.keys["w"], x[stamped.investment.columns["w"]], strict=True))
    return [
        (p, next(t for t in window if value[p, t] > 0.5))
        for p, window in q.windows.items()
        if window and value[p, window[-1]] > 0.5
    ]


def tables_of(stamped: Stamped, x: Floats) -> Tables:
    """Everything that a solution says, as the tables of a plan."""
    worlds = stamped.worlds
    q = worlds.q
    choice = [(p, t, t == q.candidates[p].goes_ahead_alone) for p, t in starts(stamped, x)]
    operated = [(s, t, worlds.blocks[b][0]) for (s, t), b in worlds.operated_as.items()]
    rows: dict[str, Any] = {
        "choice": choice,
        "signed": _signed(stamped, x),
        "operated_as": operated,
    }
    for name, variable in INVESTED.items():
        rows[name] = _invested(stamped, x, variable)
    values = stamped.operation(x)
    for name, variable in OPERATED.items():
        rows[name] = _operation(stamped, values, variable)
    rows["excess"] = [(policy, t, kt) for _, t, policy, kt in rows["excess"]]
    return tables(rows)


def _invested(stamped: Stamped, x: Floats, variable: str) -> list[tuple[Any, ...]]:
    keys = stamped.investment.keys[variable]
    values = x[stamped.investment.columns[variable]]
    return [(*key, float(v)) for key, v in zip(keys, values, strict=True) if v > SMALLEST]


def _signed(stamped: Stamped, x: Floats) -> list[tuple[Any, ...]]:
    """Contracts that are signed, and when."""
    values = x[stamped.investment.columns["signed"]]
    return [
        key for key, v in zip(stamped.investment.keys["signed"], values, strict=True) if v > 0.5
    ]


def _operation(stamped: Stamped, values: Floats, variable: str) -> list[tuple[Any, ...]]:
    place = stamped.year.columns_of(variable)
    keys = stamped.year.compiled.keys[variable]
    part = values[:, place]
    block, column = np.nonzero(part > SMALLEST)
    return [
        (*stamped.worlds.blocks[b], *_parts(keys[j]), float(part[b, j]))
        for b, j in zip(block.tolist(), column.tolist(), strict=True)
    ]


def _parts(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)
