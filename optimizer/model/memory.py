"""Memory: what a year of operation takes over from the first stage and from earlier years.

A *link* of the compiled year is a quantity that is a number plus multiples of variables elsewhere:
of the investment, or of the operation of an earlier year of the same scenario. `online` is the
link to w; the others are here. Both the stamping and the whole model read them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optimizer.model.parameters import T_PER_KT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from optimizer.model.worlds import Worlds

    Floats = NDArray[np.float64]


class Term(NamedTuple):
    """A multiple of one variable in one linked quantity of one block."""

    block: int
    item: int
    """Position of the linked quantity within its component."""
    factor: float
    variable: str
    key: Any
    giver: int | None = None
    """Block that has the variable; None for the investment."""


@dataclass(frozen=True)
class Link:
    """The linked quantities of one component of the compiled year, in every block (kt)."""

    items: list[Any]
    """What the component is indexed by."""
    constant: Floats
    """(blocks × items) the number in it."""
    terms: list[Term] = field(default_factory=list)


def links(worlds: Worlds) -> dict[str, Link]:
    """Every link but `online`, by the name of its component."""
    return {
        "stock_before": stock_before(worlds),
        "stock_limit": stock_limit(worlds, kept=False),
        "stock_kept": stock_limit(worlds, kept=True),
        "returning": returning(worlds),
    }


def stock_before(worlds: Worlds) -> Link:
    """Stock at the end of the year before; `opening_t` before the first year."""
    stockpiles = worlds.q.stockpiles
    link = _link(worlds, stockpiles)
    for b in range(len(worlds.blocks)):
        giver = worlds.serving_before(b, 1)
        for item, (p, row) in enumerate(stockpiles.items()):
            if giver is None:
                link.constant[b, item] = row.opening_t / T_PER_KT
            else:
                link.terms.append(Term(b, item, 1.0, "stock", p, giver))
    return link


def stock_limit(worlds: Worlds, *, kept: bool) -> Link:
    """The plan of the year; where it must be kept, 0 in an emergency."""
    q = worlds.q
    link = _link(worlds, q.stockpiles)
    stocked = set(q.stocked)
    for b, (_, year) in enumerate(worlds.blocks):
        if kept and worlds.emergency[b]:
            continue
        for item, p in enumerate(q.stockpiles):
            if (p, year) in stocked:
                link.terms.append(Term(b, item, 1.0, "stock_plan", (p, year)))
            else:
                link.constant[b, item] = q.settled_stock(p)
    return link


def returning(worlds: Worlds) -> Link:
    """Scrap that can be collected of what the model served (rule 16).

    Σ_d collection_rate[z,m,t] · t_per_t[d,m] · served[d, t − lifetime]
    """
    nodes = {node: item for item, node in enumerate(worlds.net.collections)}
    link = _link(worlds, nodes)
    for row in worlds.q.instance.end_of_life:
        item = nodes[worlds.net.segments[row.segment].zone, row.material]
        for b in range(len(worlds.blocks)):
            giver = worlds.serving_before(b, row.lifetime_years)
            factor = row.t_per_t * worlds.collection_rate[b, item]
            if giver is not None and factor:
                link.terms.append(Term(b, item, factor, "served", row.segment, giver))
    return link


def _link(worlds: Worlds, items: Iterable[Any]) -> Link:
    names = list(items)
    return Link(names, np.zeros((len(worlds.blocks), len(names))))
