"""Books: what each block of operation comes to, which is all that is remembered of it.

Enter: one scenario after the other. Leave: amounts by account over scenario and year, from which
criteria, the tail and fairness follow; what is not kept of operation is taken from the plan's own
table `amounts`.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.reader import numbers
from optimizer.checker.rows import Rows, equal
from optimizer.vocabulary.accounts import accounts_of
from optimizer.vocabulary.project_accounts import EXPECTED, NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.checker.reader import Reader
    from optimizer.checker.rows import Array, Positions
    from optimizer.instance import Instance
    from optimizer.plan import Columns

    Key = tuple[str, str, str, int]
    """Project, basis, figure, year of the start."""


KEYS = ("project", "basis", "figure", "year")


class Books:
    """Amounts by account, scenario and year."""

    def __init__(self, instance: Instance, serving: Positions, delta: Array) -> None:
        """Open them.

        Args:
            instance: with all of its scenarios.
            serving: the scenario whose operation serves each scenario and year, −1 for none.
            delta: discount factor of each year.
        """
        self.serving = serving
        self.probability = np.array([row.probability for row in instance.scenarios], np.float64)
        members = tuple(row.id for row in instance.members)
        self.names = accounts_of(members)
        self._delta = delta
        self._amount = {name: np.zeros(serving.shape) for name in self.names}
        self.wanted = {member: np.zeros(serving.shape) for member in members}
        """What each member wants in each scenario and year, at the first year's prices (M$)."""
        self.largest_short: dict[str, Array] = {}
        """By policy of rule 19: the largest share that a segment goes short of, by block."""

    def enter(self, scenario: int, years: Positions, amounts: Mapping[str, Array]) -> None:
        """Enter what a scenario's blocks come to.

        Args:
            scenario: position among all scenarios.
            years: of its blocks.
            amounts: by account, over the blocks.
        """
        for name, values in amounts.items():
            self._amount[name][scenario, years] = values

    def of_block(self, name: str) -> Array:
        """An account by the scenario and year that own a block; 0 where there is none."""
        return self._amount[name]

    def served(self, name: str) -> Array:
        """An account by the scenario and year that a block serves; 0 where none does."""
        return self.taken(self._amount[name])

    def taken(self, by_block: Array) -> Array:
        """What the block that serves each scenario and year has; 0 where none does."""
        years = np.arange(self.serving.shape[1])
        return np.where(self.serving >= 0, by_block[self.serving, years], 0.0)

    def expected(self, name: str, *, discounted: bool = True) -> float:
        """Σ_s π_s Σ_t δ_t · amount; without δ where not discounted."""
        by_year = self.probability @ self.served(name)
        return float(by_year @ self._delta if discounted else by_year.sum())


class Stated:
    """The amounts that a plan states itself."""

    def __init__(self, reader: Reader, rows: Columns, names: tuple[str, ...]) -> None:
        """Read them; rows of no account, scenario or year are noted as out of form."""
        places = {name: place for place, name in enumerate(names)}
        account = np.array([places.get(name, -1) for name in rows["account"]], dtype=np.intp)
        scenario, year = reader.at("scenarios", rows, "scenario"), reader.year(rows)
        good = reader.good("amounts", rows, (scenario, account, year))
        self.names = names
        self.is_empty = not len(account)
        scenarios = 0 if self.is_empty else reader.network.count("scenarios")
        self._values = np.zeros((len(names), scenarios, len(reader.years)))
        self._values[account[good], scenario[good], year[good]] = numbers(rows["value"])[good]

    def of(self, scenario: int, years: Positions) -> dict[str, Array]:
        """By account, of some years of a scenario; 0 where nothing is stated."""
        values = np.zeros(self._values.shape[::2]) if self.is_empty else self._values[:, scenario]
        return dict(zip(self.names, values[:, years], strict=True))

    def compared(self, right: Books, scenario: int, name: str, years: list[str]) -> list[Rows]:
        """What a scenario's blocks are said to come to against what they are recomputed to."""
        labels = ([name], list(self.names), years)
        stated = np.array(list(self.of(scenario, np.arange(len(years))).values()))[None]
        found = np.array([right.of_block(account)[scenario] for account in self.names])[None]
        return [equal(stated, found, labels, "is not what its operation comes to")]


def stated_accounts(reader: Reader, rows: Columns) -> dict[Key, float]:
    """What a plan says of its projects; rows of no project, basis or figure are out of form."""
    bases = {*reader.network.names["scenarios"], EXPECTED}
    known = [
        reader.at("projects", rows, "project"),
        reader.year(rows),
        np.array([0 if basis in bases else -1 for basis in rows["basis"]], dtype=np.intp),
        np.array([0 if figure in NAMES else -1 for figure in rows["figure"]], dtype=np.intp),
    ]
    good = reader.good("project_accounts", rows, known)
    keys = zip(*(rows[name] for name in KEYS), strict=True)
    return dict(compress(zip(keys, rows["value"], strict=True), good.tolist()))
