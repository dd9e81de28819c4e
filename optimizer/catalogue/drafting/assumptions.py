"""The assumed numbers of a draft: the table `assumptions.csv`, and what a request changes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.errors import InvalidSearch
from optimizer.instance.validation.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("assumptions.csv")


@dataclass(frozen=True)
class Assumption:
    """One assumed number.

    Attributes:
        name: theme and what it is, such as `market.margin`.
        value: in its unit.
        unit: of the value.
        reason: why, in a few words.
        changed: whether a request has put it in place of the usual one.
    """

    name: str
    value: float
    unit: str
    reason: str
    changed: bool = False


@dataclass(frozen=True)
class Assumptions:
    """All assumed numbers by name."""

    rows: dict[str, Assumption]

    def __getitem__(self, name: str) -> float:
        """The value of an assumption."""
        return self.rows[name].value

    def whole(self, name: str) -> int:
        """The value of one that counts years."""
        return round(self.rows[name].value)

    def __contains__(self, name: str) -> bool:
        """Whether there is such an assumption."""
        return name in self.rows


@cache
def usual() -> dict[str, Assumption]:
    """The table as it is delivered."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["name"]: Assumption(row["name"], float(row["value"]), row["unit"], row["reason"])
            for row in csv.DictReader(file)
        }


def assumptions(changes: Mapping[str, float]) -> Assumptions:
    """The usual numbers, some of them changed.

    Raises:
        InvalidSearch: for a name that is no assumption.
    """
    rows = dict(usual())
    for name, value in changes.items():
        if name not in rows:
            raise InvalidSearch(f"there is no assumption '{name}'{suggestion(name, rows)}")
        before = rows[name]
        reason = f"put in place of {before.value:g} by whoever asked for the draft"
        rows[name] = Assumption(name, float(value), before.unit, reason, changed=True)
    return Assumptions(rows)
