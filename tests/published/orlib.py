"""Read published problems: files of multidimensional knapsacks and of warehouse locations.

Enters: the text of a file of OR-Library (J. E. Beasley): mknap1, mknapcb1 … 9, mknap2, cap41 … 134,
capa, capb, capc; and location files that list all demands before the costs. Leaves: `Knapsack`s,
or a `Location`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_MUSD = 1e6
"""What a cell of money takes."""
LARGER_UNIT = 1000.0
"""Units of cost that 1 M$ stands for where one would not do."""
LAYOUTS = ("customers", "sites", "demands")
"""Orders in which location files state demands and costs."""
MARKER = re.compile(r"(?im)^[ \t]*problem[ \t]+\S+[ \t]*$")
"""The line with which mknap2 begins a problem."""


@dataclass(frozen=True)
class Knapsack:
    """Maximise Σ value[j] over the items taken, needs[i]·taken ≤ budgets[i]."""

    values: list[float]
    needs: list[list[float]]
    budgets: list[float]
    optimum: float | None
    """None where the file says 0: unknown."""


@dataclass(frozen=True)
class Location:
    """Minimise fixed costs of the sites opened and the costs of serving every customer."""

    capacities: list[float]
    fixed: list[float]
    demands: list[float]
    costs: list[list[float]]
    """By customer and site: of serving the customer's whole demand from there."""
    optimum: float | None = None

    def in_musd(self) -> Location:
        """The same with costs in M$, of one unit each or, where sites are too dear, of 1,000."""
        if max(self.fixed) <= LARGEST_MUSD:
            return self
        return replace(
            self,
            fixed=[cost / LARGER_UNIT for cost in self.fixed],
            costs=[[cost / LARGER_UNIT for cost in row] for row in self.costs],
            optimum=None if self.optimum is None else self.optimum / LARGER_UNIT,
        )


class _Tokens:
    """Words of a file, taken from the front, and where its lines begin."""

    def __init__(self, text: str, capacity: float | None) -> None:
        lines = [line.split() for line in text.splitlines()]
        self._words = [word for line in lines for word in line]
        self._at = 0
        self._capacity = capacity
        ends = accumulate(len(line) for line in lines)
        self.line_starts = frozenset({0, *ends})
        """Positions of the words with which a line begins, and the end."""

    @property
    def at(self) -> int:
        """Position of the next word."""
        return self._at

    def number(self) -> float:
        if self._at == len(self._words):
            raise ValueError("the file ends too early")
        word = self._words[self._at]
        self._at += 1
        if word.lower() == "capacity":
            if self._capacity is None:
                raise ValueError("the file leaves the capacity open: give --capacity")
            return self._capacity
        return float(word)

    def count(self) -> int:
        value = self.number()
        if value != round(value) or value < 0:
            raise ValueError(f"{value:g} is not a count")
        return int(value)

    def numbers(self, count: int) -> list[float]:
        return [self.number() for _ in range(count)]

    def remarks(self) -> None:
        """Pass over what is left, which begins with no number."""
        word = self._words[self._at] if self._at < len(self._words) else "ok"
        if word[0].isdigit():
            raise ValueError(f"the problem goes on after its optimum: {word}")

    def end(self) -> None:
        if self._at < len(self._words):
            raise ValueError(f"the file goes on after its last problem: {self._words[self._at]}")


def read(
    text: str,
    capacity: float | None = None,
    optimum: float | None = None,
    layout: str | None = None,
) -> Sequence[Knapsack | Location]:
    """The problems of a file of either family; the family is the one that fits its length.

    Args:
        text: the file.
        capacity: of every site where the file says `capacity` (capa, capb, capc).
        optimum: of a location problem, which its file does not tell.
        layout: of a location problem, one of LAYOUTS, where its lines do not tell.

    Raises:
        ValueError: it is a file of neither family, or may be read in two ways.
    """
    if MARKER.search(text):
        return _named_knapsacks(text)
    reasons = []
    for family in (_knapsacks, _locations):
        tokens = _Tokens(text, capacity)
        try:
            problems = family(tokens)
            tokens.end()
        except ValueError as why:
            reasons.append(f"{family.__name__.strip('_')}: {why}")
            continue
        if isinstance(problems, dict):
            found = _told_apart(problems, tokens, layout)
            return [replace(found, optimum=optimum).in_musd()]
        return problems
    raise ValueError("of neither family; " + "; ".join(reasons))


def _knapsacks(tokens: _Tokens) -> list[Knapsack]:
    """K; per problem n, m, optimum; n values; m rows of n needs; m budgets."""
    problems = []
    for _number in range(tokens.count()):
        items, resources = tokens.count(), tokens.count()
        optimum = tokens.number() or None
        values = tokens.numbers(items)
        needs = [tokens.numbers(items) for _ in range(resources)]
        problems.append(Knapsack(values, needs, tokens.numbers(resources), optimum))
    return problems


def _named_knapsacks(text: str) -> list[Knapsack]:
    """The file mknap2: prose, then problems, each under a line `problem NAME`.

    A problem is m, n, n values, m budgets, m rows of n needs, and the optimum.

    Rules of plus signs and what follows two slashes are remarks, and so are the words after the
    optimum: a name again, or `ok`.
    """
    problems = []
    for section in MARKER.split(text)[1:]:
        lines = [line.partition("//")[0] for line in section.splitlines()]
        tokens = _Tokens("\n".join(line for line in lines if set(line.strip()) != {"+"}), None)
        resources, items = tokens.count(), tokens.count()
        values, budgets = tokens.numbers(items), tokens.numbers(resources)
        needs = [tokens.numbers(items) for _ in range(resources)]
        problems.append(Knapsack(values, needs, budgets, tokens.number() or None))
        tokens.remarks()
    return problems


def _locations(tokens: _Tokens) -> dict[str, Location]:
    """m, n; per site capacity, fixed cost; then demands and costs, in each of three orders.

    - `customers` (OR-Library, cap…): per customer its demand, then its m costs.
    - `sites`: all n demands, then per site its n costs.
    - `demands`: all n demands, then per customer its m costs.
    """
    sites, customers = tokens.count(), tokens.count()
    pairs = [tokens.numbers(2) for _ in range(sites)]
    capacities, fixed = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    rest = tokens.numbers(customers * (1 + sites))
    records = [rest[j * (1 + sites) : (j + 1) * (1 + sites)] for j in range(customers)]
    demands, costs = rest[:customers], rest[customers:]
    by_customer = [costs[j * sites : (j + 1) * sites] for j in range(customers)]
    by_site = [costs[j::customers] for j in range(customers)]
    return {
        "customers": Location(
            capacities, fixed, [row[0] for row in records], [row[1:] for row in records]
        ),
        "sites": Location(capacities, fixed, demands, by_site),
        "demands": Location(capacities, fixed, demands, by_customer),
    }


def _told_apart(found: dict[str, Location], tokens: _Tokens, layout: str | None) -> Location:
    """The reading that is meant: the same numbers make a problem in each order.

    Lines tell: a record is a line, or at least begins one. Where that leaves more than one, so does
    the demand, which the sites have room for.

    Raises:
        ValueError: more than one reading is left.
    """
    if layout is not None:
        return found[layout]
    some = next(iter(found.values()))
    sites, customers = len(some.fixed), len(some.demands)
    first = 2 + 2 * sites
    begins = {
        "customers": range(first, tokens.at + 1, 1 + sites),
        "sites": [first, *range(first + customers, tokens.at + 1, customers or 1)],
        "demands": [first, *range(first + customers, tokens.at + 1, sites or 1)],
    }
    lines = {at for at in tokens.line_starts if at >= first}
    fits = {k: p for k, p in found.items() if lines.issuperset(begins[k])}
    exact = {k: p for k, p in fits.items() if lines == set(begins[k])}
    left = exact or fits or found
    if len({repr(problem) for problem in left.values()}) > 1:
        left = {k: p for k, p in left.items() if sum(p.demands) <= sum(p.capacities)}
    if len({repr(problem) for problem in left.values()}) != 1:
        raise ValueError(
            "neither its lines nor its demands tell whether each customer's costs follow its "
            f"demand: give --layout, one of {', '.join(LAYOUTS)}"
        )
    return next(iter(left.values()))
