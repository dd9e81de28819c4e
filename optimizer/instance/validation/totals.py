"""Rules that add up what is chosen, and how much each can come to at least and at most.

Enters: weights by candidate, and which candidates must or cannot be chosen. Leaves: bounds. They
are on the safe side: a total out of its bound's reach is out of reach whatever is decided.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from optimizer.instance.records import Row


class Total(NamedTuple):
    """Σ weight · chosen, plus what is fixed, on one side of a bound."""

    row: Row
    """The row that asks for it: a policy, a relation, or the member that pays."""
    field: str
    what: str
    """What is counted, in words, for example `projects`."""
    sense: Literal["least", "most"]
    bound: float
    weights: dict[str, float]
    fixed: float = 0.0
    """What counts whatever is chosen."""

    @property
    def slack(self) -> float:
        """Tolerance of the bound, above any solver's."""
        largest = max((abs(weight) for weight in self.weights.values()), default=0.0)
        return 1e-6 * (1.0 + abs(self.bound) + largest)

    @property
    def name(self) -> str:
        """`policy 'few'`, as messages call the rule."""
        kind = {"policies": "policy", "relations": "relation"}.get(self.row.table, "member")
        return f"{kind} '{'/'.join(map(str, self.row.key_values()))}'"


class Bounds(NamedTuple):
    """Which candidates are chosen in any case, and which in none."""

    must: Collection[str]
    cannot: Collection[str]

    def ends(self, name: str, weight: float) -> tuple[float, float]:
        """Least and most that a candidate adds."""
        low = 1.0 if name in self.must else 0.0
        high = 0.0 if name in self.cannot else 1.0
        return min(low * weight, high * weight), max(low * weight, high * weight)


def least_of(total: Total, bounds: Bounds) -> float:
    """What a total comes to at least."""
    return total.fixed + math.fsum(bounds.ends(p, w)[0] for p, w in total.weights.items())


def most_of(total: Total, bounds: Bounds, groups: Sequence[Total] = ()) -> float:
    """What a total comes to at most; of each of the groups no more than it allows is chosen.

    Groups that share a candidate with one before are left out, so that none counts twice.
    """
    left = {p: bounds.ends(p, w)[1] for p, w in total.weights.items()}
    found = total.fixed
    for group in groups:
        if not group.weights or any(p not in left for p in group.weights if p in total.weights):
            continue
        shared = sorted((left.pop(p) for p in group.weights if p in left), reverse=True)
        allowed = max(0, math.floor(group.bound - group.fixed + group.slack))
        found += math.fsum(shared[:allowed]) if shared and shared[-1] >= 0 else math.fsum(shared)
    return found + math.fsum(left.values())


def least_given(total: Total, asked: Total, bounds: Bounds) -> float:
    """What a total comes to at least where another reaches its lower bound.

    Candidates may be chosen in part, so this is a linear program with one row: first whatever
    makes the total least, then the exchanges that raise the other at the lowest price.
    """
    lacking = asked.bound - asked.fixed
    found = total.fixed
    prices: list[tuple[float, float]] = []
    for p in {**total.weights, **asked.weights}:
        weight, gain = total.weights.get(p, 0.0), asked.weights.get(p, 0.0)
        low = 1.0 if p in bounds.must else 0.0
        high = 0.0 if p in bounds.cannot else 1.0
        here = high if weight < 0 or (weight == 0 and gain > 0) else low
        found += weight * here
        lacking -= gain * here
        rise = gain * (high + low - 2 * here)
        if rise > 0 and high != low:
            prices.append((abs(weight) / rise, rise))
    for price, rise in sorted(prices):
        if lacking <= asked.slack:
            break
        used = min(rise, lacking)
        found += price * used
        lacking -= used
    return found
