"""What the tables of the catalogue share: rows with grades, references, and what a search sees.

The rows are records as those of an instance, so that columns, reading, messages and the page follow
from their fields. What is told of a column here in addition is which table its values name rows of,
and which other column holds the grade of its figures.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, Field

from optimizer.instance.formats.columns import COUNTRY_UNIT, Column, columns
from optimizer.instance.records.base import ID_PATTERN, Quality, Record, Text, Year
from optimizer.instance.validation.words import is_country, not_a_country

GRADES: tuple[str, ...] = get_args(Quality)
"""Printed in a source; computed from printed figures; ours or recalled."""

PLACES = ("WLD", "EU27", "ROW")
"""What stands beside ISO countries: the world, the European Union, the rest of the world."""

FACETS = ("material", "stage", "country", "status")
"""What a search can look for beside a text."""


class Fact(Record):
    """One row of a table of the catalogue."""

    table: ClassVar[str]
    """Name of the table: on the command line, and its file's with `.csv`."""
    key: ClassVar[tuple[str, ...]] = ("id",)
    """Fields that together name the row."""
    shown: ClassVar[tuple[str, ...]]
    """Columns that the command prints, in order; the grade and the sources come after."""

    @classmethod
    def columns(cls) -> dict[str, Column]:
        """Columns by name, in the order of the file."""
        return columns(cls)

    @classmethod
    def facet(cls, name: str) -> tuple[Column, ...]:
        """Columns that a search by material, stage, country or status looks at; often none."""
        known = cls.columns()
        if name == "material":
            by_id = [known["id"]] if cls.table == "materials" else []
            return (*by_id, *(column for column in known.values() if column.names == "materials"))
        if name == "country":
            return tuple(column for column in known.values() if column.kind == "country")[:1]
        return (known[name],) if name in known else ()

    @classmethod
    def is_graded(cls) -> bool:
        """Whether its rows carry a grade."""
        return "quality" in cls.columns()


def place(cell: str) -> str:
    """A country's code, or a word for what is larger than a country."""
    if cell in PLACES or is_country(cell):
        return cell
    raise ValueError(not_a_country(cell))


def naming(table: str) -> Any:
    """A field whose values are identifiers of rows of a table."""
    return Field(pattern=ID_PATTERN, json_schema_extra={"names": table})


def graded_by(column: str) -> Any:
    """A field of figures whose grade stands in another column."""
    return Field(json_schema_extra={"grade": column})


Place = Annotated[str, AfterValidator(place), Field(json_schema_extra={"unit": COUNTRY_UNIT})]
MaterialId = Annotated[str, naming("materials")]
ProjectId = Annotated[str, naming("projects")]
SourceId = Annotated[str, naming("sources")]
Step = Literal[
    "extraction",
    "processing",
    "metal",
    "manufacturing",
    "recycling",
    "substitution",
    "conversion",
    "use",
    "all",
]
"""Steps of a chain, and what is none: less need, arithmetic between forms, use in products, no
one step."""

# Columns that several tables have, with what they mean.
MaterialOf = Annotated[MaterialId, Field(description="Id of `materials`.")]
Steps = Annotated[tuple[Step, ...], Field(description="Steps of the chain.")]
Host = Annotated[Place, Field(description="ISO 3166-1 alpha-3 code.")]
Region = Annotated[Place, Field(description="ISO alpha-3 code, or WLD, EU27, ROW.")]
CalendarYear = Annotated[Year, Field(description="Calendar year.")]
Unit = Annotated[Text, Field(description="Unit of the figure.")]
Sources = Annotated[tuple[SourceId, ...], Field(description="Ids of `sources`.")]
Grade = Annotated[Quality, Field(description="Grade of the row.")]
Note = Annotated[Text, Field(description="What a user must know.")]
