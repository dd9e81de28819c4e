"""What a column of the catalogue may hold, and what a table is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "text", "number", "year", "words", "material", "place", "grade", "sources", "project", "id"
]

GRADES = ("reported", "derived", "assumed")
"""Printed in a source; computed from printed figures; ours or recalled."""

STAGES = ("extraction", "processing", "metal", "manufacturing", "recycling")
"""Steps of a supply chain."""

MORE_STAGES = (*STAGES, "substitution", "conversion", "use", "all")
"""With what is no step: less need, arithmetic between forms, use in products, no one step."""

PLACES = ("WLD", "EU27", "ROW")
"""What stands beside ISO countries: the world, the European Union, the rest of the world."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: as in the file; a unit is part of it unless a column beside it says the unit.
        meaning: for the documents.
        kind: what its cells hold; `words` and `material` take several, separated by semicolons.
        words: the words that a cell may hold, where the vocabulary is closed.
        needed: whether a cell may not be empty.
        grade: column with the grade of its figures, for those that have one of their own.
    """

    name: str
    meaning: str
    kind: Kind = "text"
    words: tuple[str, ...] = ()
    needed: bool = False
    grade: str = ""


@dataclass(frozen=True)
class Table:
    """One table: its file is the name with `.csv`.

    Attributes:
        name: as in the file and on the command line.
        about: one line for people.
        key: columns that together name a row.
        columns: in the order of the file.
        shown: columns that the command prints, in order; the grade and the sources come after.
    """

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    shown: tuple[str, ...]

    def column(self, name: str) -> Column:
        """A column by its name."""
        return next(column for column in self.columns if column.name == name)

    def facet(self, name: str) -> tuple[Column, ...]:
        """Columns that a search by material, stage, country or status looks at; often none."""
        if name == "material":
            return tuple(column for column in self.columns if column.kind == "material")
        if name == "country":
            return tuple(column for column in self.columns if column.kind == "place")[:1]
        return tuple(column for column in self.columns if column.name == name)

    @property
    def graded(self) -> bool:
        """Whether its rows carry a grade."""
        return any(column.name == "quality" for column in self.columns)


QUALITY = Column("quality", "grade of the row", "grade", needed=True)
NOTE = Column("note", "what a user must know")
SOURCE = Column("source", "ids of `sources`", "sources")
END = (SOURCE, QUALITY, NOTE)
UNIT = Column("unit", "unit of the figure", needed=True)
YEAR = Column("year", "calendar year", "year", needed=True)
MATERIAL = Column("material", "id of `materials`", "material", needed=True)
COUNTRY = Column("country", "ISO 3166-1 alpha-3 code", "place", needed=True)
REGION = Column("region", "ISO alpha-3 code, or WLD, EU27, ROW", "place", needed=True)
STAGE = Column("stage", "steps of the chain", "words", MORE_STAGES, needed=True)


def number(name: str, meaning: str, grade: str = "", *, needed: bool = False) -> Column:
    """A column of figures."""
    return Column(name, meaning, "number", needed=needed, grade=grade)


def grade(name: str, meaning: str) -> Column:
    """A column with the grade of one other column."""
    return Column(name, meaning, "grade")


def text(name: str, meaning: str, *, needed: bool = False) -> Column:
    """A column of free text."""
    return Column(name, meaning, needed=needed)


def words(name: str, meaning: str, vocabulary: tuple[str, ...], *, needed: bool = True) -> Column:
    """A column with a closed vocabulary."""
    return Column(name, meaning, "words", vocabulary, needed)
