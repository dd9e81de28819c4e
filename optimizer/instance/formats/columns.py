"""The columns of each table, read from the fields of its records.

Reading, messages about faults, and the page on the file format all follow from these, so that a
field is described once: in its record.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from optimizer.instance.records.base import ID_PATTERN

if TYPE_CHECKING:
    from optimizer.instance.records import Record

Kind = Literal[
    "number", "integer", "boolean", "choice", "identifier", "country", "currency", "text"
]

COUNTRY_UNIT = "ISO 3166-1"
CURRENCY_UNIT = "ISO 4217"


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    kind: Kind
    many: bool
    """Whether a cell holds several values, separated by semicolons."""
    required: bool
    """Whether the column and every cell in it must be filled."""
    default: object
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    meaning: str
    names: str = ""
    """Table whose rows its values name, where the record says so."""
    grade: str = ""
    """Column that holds the grade of its figures, where that is not the grade of the row."""

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.kind in ("number", "integer")


def kind_of(schema: dict[str, Any]) -> Kind:
    """The kind of value that a JSON schema describes."""
    if schema["type"] in ("number", "integer", "boolean"):
        kind: Kind = schema["type"]
        return kind
    if "enum" in schema or "const" in schema:
        return "choice"
    by_unit: dict[str, Kind] = {CURRENCY_UNIT: "currency", COUNTRY_UNIT: "country"}
    if kind_by_unit := by_unit.get(schema.get("unit", "")):
        return kind_by_unit
    return "identifier" if schema.get("pattern") == ID_PATTERN else "text"


def column(name: str, schema: dict[str, Any], required: bool) -> Column:
    """The column that a property of a record's JSON schema describes."""
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    value = options[0]
    many = value.get("type") == "array"
    if many:
        value = value["items"]
    choices = value.get("enum", [value["const"]] if "const" in value else [])
    return Column(
        name=name,
        kind=kind_of(value),
        many=many,
        required=required,
        default=schema.get("default"),
        unit=value.get("unit", ""),
        low=value.get("minimum"),
        high=value.get("maximum"),
        choices=tuple(str(choice) for choice in choices),
        meaning=" ".join(schema.get("description", "").split()),
        names=value.get("names", ""),
        grade=schema.get("grade", ""),
    )


@cache
def columns(record: type[Record]) -> dict[str, Column]:
    """Columns of a record by name; fields that are records themselves are left out."""
    schema = record.model_json_schema()
    required = schema.get("required", [])
    return {
        name: column(name, field, name in required)
        for name, field in schema["properties"].items()
        if "$ref" not in field and field.get("type") != "object"
    }


def summary(record: type[Record]) -> str:
    """What a record is, as its docstring says it."""
    return " ".join((record.__doc__ or "").split())
