"""Assumed numbers: those of every draft (`assumptions.csv` here), and an instance's own."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

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
        value: as it is written.
        unit: of the value.
        reason: why, in a few words.
        source: ids of sources, separated by semicolons.
        changed: whether a request has put it in place of the usual one.
    """

    name: str
    value: str
    unit: str
    reason: str
    source: str = ""
    changed: bool = False

    @property
    def number(self) -> float:
        """The value in its unit."""
        return float(self.value)


@dataclass(frozen=True, eq=False)
class Assumptions:
    """Assumed numbers by name.

    Attributes:
        rows: by name.
        asked: names whose values were asked for.
    """

    rows: dict[str, Assumption]
    asked: set[str] = field(default_factory=set)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Those of a CSV file with the columns name, value, reason, and maybe unit and source."""
        with path.open(encoding="utf-8", newline="") as file:
            rows = [
                Assumption(
                    row["name"],
                    row["value"],
                    row.get("unit", ""),
                    row["reason"],
                    row.get("source", ""),
                )
                for row in csv.DictReader(file)
            ]
        return cls({row.name: row for row in rows})

    @classmethod
    def own(cls, folder: Path) -> Self:
        """Those of an instance's folder."""
        return cls.load(folder / "inputs" / "assumptions.csv")

    def replaced(self, other: Assumptions) -> Self:
        """These with the values and reasons of a variant of the instance in place of the usual."""
        changed = {
            name: replace(self.rows[name], value=row.value, reason=row.reason)
            for name, row in other.rows.items()
        }
        return type(self)(self.rows | changed)

    def text(self, name: str) -> str:
        """The value of an assumption as it is written."""
        self.asked.add(name)
        return self.rows[name].value

    def __getitem__(self, name: str) -> float:
        """The value of an assumption, in its unit."""
        return float(self.text(name))

    def whole(self, name: str) -> int:
        """The value of one that counts years."""
        return round(self[name])

    def __contains__(self, name: str) -> bool:
        """Whether there is such an assumption."""
        return name in self.rows

    def unused(self) -> list[str]:
        """Names whose values nothing asked for."""
        return sorted(self.rows.keys() - self.asked)

    def given(self, name: str) -> dict[str, str]:
        """The columns of a row that rests on one assumption: its grade, reason and source."""
        row = self.rows[name]
        return {"source": row.source, "quality": "assumed", "note": row.reason}


@cache
def usual() -> dict[str, Assumption]:
    """The table as it is delivered."""
    return Assumptions.load(FILE).rows


def assumptions(changes: Mapping[str, float]) -> Assumptions:
    """The usual numbers, some of them changed.

    Raises:
        InvalidSearch: for a name that is no assumption.
    """
    rows = dict(usual())
    for name, value in changes.items():
        if name not in rows:
            raise InvalidSearch(f"there is no assumption '{name}'{suggestion(name, rows)}")
        reason = f"put in place of {rows[name].number:g} by whoever asked for the draft"
        rows[name] = replace(rows[name], value=repr(float(value)), reason=reason, changed=True)
    return Assumptions(rows)
