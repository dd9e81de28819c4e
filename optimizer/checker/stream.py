"""Tables by scenario that are read one scenario after the other.

Enters: a table of a plan as it is held, as plain columns or as a frame. Leave: the rows of one
scenario. Only where each scenario's rows stand is remembered, so that what is made of the rows
lives no longer than its scenario.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from optimizer.plan.tables import columns_of, plain_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from optimizer.plan import Columns, Tables


class Stream:
    """A table of which each row belongs to a scenario."""

    def __init__(self, tables: Tables, name: str) -> None:
        """Note where each scenario's rows stand.

        Raises:
            InvalidPlan: where a frame lacks columns.
        """
        self.name = name
        self._held: Columns | pd.DataFrame = vars(tables)[name]
        if not isinstance(self._held, dict):
            plain_columns(name, self._held.iloc[:0])
        self._runs: dict[str, list[slice]] = {}
        runs = itertools.groupby(enumerate(self._held["scenario"]), key=lambda row: str(row[1]))
        for scenario, run in runs:
            places = [place for place, _ in run]
            self._runs.setdefault(scenario, []).append(slice(places[0], places[-1] + 1))

    def of(self, scenario: str) -> Columns:
        """The rows of a scenario.

        Raises:
            InvalidPlan: where a frame holds text for numbers.
        """
        found: Columns = {column: [] for column in columns_of(self.name)}
        for run in self._runs.get(scenario, ()):
            for column, values in self._taken(run).items():
                found[column] += values
        return found

    def strangers(self, known: Iterable[str]) -> Columns:
        """The rows of all scenarios but some."""
        found: Columns = {column: [] for column in columns_of(self.name)}
        for scenario in self._runs.keys() - set(known):
            for column, values in self.of(scenario).items():
                found[column] += values
        return found

    def _taken(self, run: slice) -> Columns:
        if isinstance(self._held, dict):
            return {column: values[run] for column, values in self._held.items()}
        return plain_columns(self.name, self._held.iloc[run])
