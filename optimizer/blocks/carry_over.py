"""Carry-over: what a year of operation takes over from the first stage and from earlier years.

A *link* of the compiled year is a quantity that is a number plus multiples of variables elsewhere:
of the investment, or of the operation of an earlier year of the same scenario. `online` is the
link to w; the others are here. Both the stamping and the whole model read them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optimizer.blocks.contracts import Contracts
from optimizer.blocks.parameters import T_PER_KT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from optimizer.blocks.worlds import Worlds

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
        "opened": opened(worlds),
        "contracted": contracted(worlds, owed=False),
        "owed": contracted(worlds, owed=True),
    }


def stock_before(worlds: Worlds) -> Link:
    """Stock at the end of the year before; `opening_t` before the first year."""
    stockpiles = worlds.q.stockpiles
    link = _link(worlds, stockpiles)
    for b in range(len(worlds.blocks)):
        giver = worlds.frame.serving_before(b, 1)
        for item, (p, row) in enumerate(stockpiles.items()):
            if giver is None:
                link.constant[b, item] = row.opening_t / T_PER_KT
            else:
                link.terms.append(Term(b, item, 1.0, "stock", p, giver))
    return link


def stock_limit(worlds: Worlds, *, kept: bool) -> Link:
    """The plan of the year, of what performs; where it must be kept, 0 in an emergency."""
    q, plants = worlds.q, list(worlds.q.plants)
    link = _link(worlds, q.stockpiles)
    stocked = set(q.stocked)
    for b, (_, year) in enumerate(worlds.blocks):
        if kept and worlds.frame.emergency[b]:
            continue
        for item, p in enumerate(q.stockpiles):
            if (p, year) in stocked:
                performing = float(worlds.performing[b, plants.index(p)])
                link.terms.append(Term(b, item, performing, "stock_plan", (p, year)))
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
            giver = worlds.frame.serving_before(b, row.lifetime_years)
            factor = row.t_per_t * worlds.collection_rate[b, item]
            if giver is not None and factor:
                link.terms.append(Term(b, item, factor, "served", row.segment, giver))
    return link


def opened(worlds: Worlds) -> Link:
    """Capacity that a price floor in force keeps open, of what would close (rule 10)."""
    plants, link = list(worlds.q.plants), _link(worlds, worlds.net.floored)
    for item, p in enumerate(link.items):
        closed = (1.0 - worlds.q.plants[p].open_share) * worlds.q.capacity(p)
        for b, x, t in _in_force(worlds, p, "price_floor"):
            factor = closed * float(worlds.availability[b, plants.index(p)])
            if factor:
                link.terms.append(Term(b, item, factor, "signed", (x, t)))
    return link


def contracted(worlds: Worlds, *, owed: bool) -> Link:
    """Capacity online through offtake contracts in force; what is paid for in any case if `owed`.

    capacity · availability · Σ_x offtake_share[x] · (share online) · signed[x,t] (· take_share[x])
    """
    plants = list(worlds.q.plants)
    link = _link(worlds, worlds.net.owed if owed else worlds.net.contracted)
    terms = Contracts(worlds.q)
    for item, p in enumerate(link.items):
        column, capacity = plants.index(p), worlds.q.plants[p].capacity_t_per_year / T_PER_KT
        for b, x, t in _in_force(worlds, p, "offtake"):
            contract, late = terms.open[x], int(worlds.delay[b, column])
            factor = capacity * contract.offtake_share * (contract.take_share if owed else 1.0)
            factor *= worlds.q.share_online(p, t, worlds.blocks[b][1] - late)
            factor *= float(worlds.availability[b, column])
            if factor:
                link.terms.append(Term(b, item, factor, "signed", (x, t)))
    return link


def _in_force(worlds: Worlds, p: str, kind: str) -> Iterator[tuple[int, str, int]]:
    """Blocks with each contract of a plant that would be in force there, by when it is signed."""
    terms = Contracts(worlds.q)
    for x, contract in terms.open.items():
        if contract.project == p and contract.kind == kind:
            for t in terms.signing_years(x):
                years = terms.years(x, t)
                for b, (_, year) in enumerate(worlds.blocks):
                    if year in years:
                        yield b, x, t


def _link(worlds: Worlds, items: Iterable[Any]) -> Link:
    names = list(items)
    return Link(names, np.zeros((len(worlds.blocks), len(names))))
