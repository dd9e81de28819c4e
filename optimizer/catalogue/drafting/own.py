"""The assumed numbers that one instance adds to its draft, and the files that it becomes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from optimizer.catalogue.drafting.basis import graded
from optimizer.system.files import files_into

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.catalogue.drafting.write import Drafted

HEAD = ("name", "value", "unit", "source", "why")


@dataclass(frozen=True, eq=False)
class Own:
    """Assumed numbers of one instance.

    Attributes:
        rows: by name, with the columns name, value, unit, source and reason.
    """

    rows: dict[str, dict[str, str]]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Those of an instance's folder, from `inputs/assumptions.csv`."""
        path = folder / "inputs" / "assumptions.csv"
        with path.open(encoding="utf-8", newline="") as file:
            return cls({row["name"]: row for row in csv.DictReader(file)})

    def __getitem__(self, name: str) -> float:
        """The value of an assumption, in its unit."""
        return float(self.rows[name]["value"])

    def whole(self, name: str) -> int:
        """The value of one that counts years."""
        return round(self[name])

    def given(self, name: str) -> dict[str, str]:
        """The columns of a row that rests on one assumption: its grade, reason and source."""
        return graded("assumed", self.rows[name]["reason"], self.rows[name]["source"])

    def words(self, drafted: Drafted) -> str:
        """What the draft assumes, and what the instance does, in Markdown."""
        lines = ["", "## Assumed for this instance", "", f"| {' | '.join(HEAD)} |"]
        lines.append("|---|---:|---|---|---|")
        for row in self.rows.values():
            cells = (f"`{row['name']}`", row["value"], row["unit"], row["source"], row["reason"])
            lines.append(f"| {' | '.join(cells)} |")
        return drafted.words() + "\n".join([*lines, ""])

    def publish(self, drafted: Drafted, folder: Path) -> None:
        """Write the instance's tables and SOURCES.md; the folder is made if it is missing."""
        from optimizer.instance.formats import save

        with files_into(folder) as fresh:
            (fresh / "SOURCES.md").write_text(self.words(drafted), encoding="utf-8")
            save(drafted.instance(), folder)
