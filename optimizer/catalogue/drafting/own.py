"""The assumed numbers that one instance adds to its draft, and the files that it becomes."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from optimizer.catalogue.drafting.basis import graded
from optimizer.catalogue.drafting.write import line
from optimizer.system.files import files_into

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.catalogue.drafting.write import Drafted
    from optimizer.instance import Instance

HEAD = ("name", "value", "unit", "source", "why")


@dataclass(frozen=True, eq=False)
class Own:
    """Assumed numbers of one instance.

    Attributes:
        rows: by name, with the columns name, value, unit, source and reason.
        asked: names whose values were asked for.
    """

    rows: dict[str, dict[str, str]]
    asked: set[str] = field(default_factory=set)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Those of an instance's folder, from `inputs/assumptions.csv`."""
        path = folder / "inputs" / "assumptions.csv"
        with path.open(encoding="utf-8", newline="") as file:
            return cls({row["name"]: row for row in csv.DictReader(file)})

    def replaced(self, other: Own) -> Self:
        """These with the values and reasons of a variant of the instance in place of the usual."""
        return type(self)(
            self.rows | {name: self.rows[name] | row for name, row in other.rows.items()}
        )

    def text(self, name: str) -> str:
        """The value of an assumption as it is written."""
        self.asked.add(name)
        return self.rows[name]["value"]

    def __getitem__(self, name: str) -> float:
        """The value of an assumption, in its unit."""
        return float(self.text(name))

    def unused(self) -> list[str]:
        """Names whose values nothing asked for."""
        return sorted(self.rows.keys() - self.asked)

    def whole(self, name: str) -> int:
        """The value of one that counts years."""
        return round(self[name])

    def given(self, name: str) -> dict[str, str]:
        """The columns of a row that rests on one assumption: its grade, reason and source."""
        return graded("assumed", self.rows[name]["reason"], self.rows[name]["source"])

    def words(self) -> list[str]:
        """Every value with its unit, source and reason, in Markdown."""
        lines = ["", "## Assumed for this instance", "", line(*HEAD), "|---|---:|---|---|---|"]
        for row in self.rows.values():
            cells = (row["value"], row["unit"], row["source"], row["reason"])
            lines.append(line(f"`{row['name']}`", *cells))
        return lines

    def publish(self, drafted: Drafted, folder: Path) -> None:
        """Write the tables of an instance that was drafted, and SOURCES.md."""
        publish(drafted.instance(), drafted.words() + "\n".join([*self.words(), ""]), folder)


def publish(instance: Instance, words: str, folder: Path) -> None:
    """Write an instance, and SOURCES.md beside it; the folder is made if it is missing."""
    from optimizer.instance.formats import save

    with files_into(folder) as fresh:
        (fresh / "SOURCES.md").write_text(words, encoding="utf-8")
        save(instance, folder)
