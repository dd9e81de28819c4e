"""Tables by scenario that are read one scenario after the other.

Enters: a table of a plan as it is held, as plain columns or as a frame. Leave: the rows of one
scenario. Only where each scenario's rows stand is remembered, so that what is made of the rows
lives no longer than its scenario.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from optimizer.plan.tables import columns_of, plain_columns, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
        held: Columns | pd.DataFrame = vars(tables)[name]
        self._frame: pd.DataFrame | None = None
        self._columns: Mapping[str, Any] = {}
        if isinstance(held, dict):
            self._columns = held
        else:
            plain_columns(name, held.iloc[:0])
            names = columns_of(name)
            if all(str(held[column].dtype) == type_of(column) for column in names):
                # Slices of arrays cost less than slices of frames, of which there are many.
                self._columns = {column: held[column].array for column in names}
            else:
                self._frame = held
        self._runs: dict[str, list[slice]] = {}
        runs = itertools.groupby(enumerate(held["scenario"]), key=lambda row: str(row[1]))
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
        if self._frame is not None:
            return plain_columns(self.name, self._frame.iloc[run])
        return {column: list(values[run]) for column, values in self._columns.items()}
