"""Rows of a plan's tables looked up in the instance, and those that are out of form.

Enter: columns of a table. Leave: the positions of what they name, and a list of the rows that name
nothing in the instance, repeat another row or carry an amount that is no amount.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.network import numbered, positions
from optimizer.checker.rows import TOLERANCE, Rows
from optimizer.vocabulary.plan_tables import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.checker.network import Network
    from optimizer.checker.rows import Array, Flags, Positions
    from optimizer.instance import Instance
    from optimizer.plan import Columns


class Reader:
    """Looks up the rows of a plan's tables and notes those that are out of form."""

    def __init__(self, instance: Instance, network: Network) -> None:
        self.network = network
        self.years = numbered(instance.settings.years)
        self._form: list[Rows] = []

    def noted(self) -> list[Rows]:
        """What was out of form since this was asked last."""
        found, self._form = self._form, []
        return found

    def year(self, rows: Columns) -> Positions:
        """Positions of the years of a table's rows."""
        return positions(self.years, rows["year"])

    def at(self, of: str, rows: Columns, *columns: str) -> Positions:
        """Positions of what some columns name in a table of the instance."""
        if len(columns) == 1:
            return self.network.at(of, rows[columns[0]])
        return self.network.at(of, zip(*(rows[name] for name in columns), strict=True))

    def good(self, name: str, rows: Columns, found: Sequence[Positions]) -> Flags:
        """Rows that name what exists, once, with a finite amount; the others are noted."""
        counts = BY_NAME[name].amount
        known = np.all([place >= 0 for place in found], axis=0)
        amount = numbers(rows[counts]) if counts else np.zeros(len(known))
        finite = np.isfinite(amount)
        keys = list(zip(*(rows[column] for column in BY_NAME[name].keys), strict=True))
        self.note(name, rows, known, "names what the instance does not have")
        self.note(name, rows, _first_of_each(keys), "says the same twice")
        self.note(name, rows, finite, "has an amount that is not a number")
        if not BY_NAME[name].is_signed:
            self.note(name, rows, ~(amount < -TOLERANCE), "has a negative amount")
        return np.asarray(known & finite, np.bool_)

    def note(self, name: str, rows: Columns, right: Flags, what: str) -> None:
        """Note the rows of a table that are not right."""
        if right.all():
            return
        wrong = itertools.compress(zip(*rows.values(), strict=True), ~right)
        labels = [" ".join(map(str, row)) for row in wrong]
        self._form.append(Rows(np.ones(len(labels)), (labels,), f"a row of {name} that {what}"))


def numbers(values: list[float]) -> Array:
    """Amounts of a column as an array."""
    return np.array(values, dtype=np.float64)


def _first_of_each(keys: list[tuple[object, ...]]) -> Flags:
    """Which rows are the first with their key."""
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    flags = np.zeros(len(keys), dtype=np.bool_)
    flags[list(first.values())] = True
    return flags
