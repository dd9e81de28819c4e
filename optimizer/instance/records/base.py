"""What every record of an instance shares: closed frozen fields, units, identifiers, provenance."""

import re
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

Quality = Literal["reported", "derived", "assumed"]
Stage = Literal["extraction", "processing", "metal", "manufacturing", "scrap"]
SUPPLY_STAGES: Final = ("extraction", "processing", "metal", "manufacturing")
"""Stages at which supply is counted; scrap stands at extraction."""

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$"
COUNTRY_PATTERN = "^[A-Z]{3}$"
TEXT_PATTERN = r"^[^\x00-\x08\x0b-\x1f\ufffe\uffff]*$"

USER_ASSIGNED = re.compile(r"^(AA[A-Z]|Q[M-Z][A-Z]|X[A-Z][A-Z]|ZZ[A-Z])$")
"""Codes that ISO 3166-1 leaves to its users."""
KOSOVO = "XKX"
"""The one of them that stands for a country, by custom."""

Id = Annotated[str, Field(pattern=ID_PATTERN)]
CountryCode = Annotated[
    str, Field(pattern=COUNTRY_PATTERN, json_schema_extra={"unit": "ISO 3166-1"})
]
Text = Annotated[str, Field(max_length=2000, pattern=TEXT_PATTERN)]
Year = Annotated[int, Field(ge=1900, le=2200, json_schema_extra={"unit": "year"})]
Years = Annotated[int, Field(ge=0, le=100, json_schema_extra={"unit": "years"})]
Share = Annotated[float, Field(ge=0, le=1, json_schema_extra={"unit": "share"})]
Factor = Annotated[float, Field(ge=0, le=100, json_schema_extra={"unit": "factor"})]
Score = Annotated[float, Field(ge=0, le=100, json_schema_extra={"unit": "points, 0 to 100"})]
Rate = Annotated[float, Field(ge=0, le=0.5, json_schema_extra={"unit": "share per year, real"})]
Musd = Annotated[
    float, Field(ge=0, le=1e6, json_schema_extra={"unit": "million USD of the base year"})
]
UsdPerT = Annotated[float, Field(ge=0, le=1e9, json_schema_extra={"unit": "USD per tonne"})]
TPerYear = Annotated[float, Field(ge=0, le=1e10, json_schema_extra={"unit": "tonnes per year"})]
TPerT = Annotated[float, Field(ge=0, le=1e4, json_schema_extra={"unit": "tonnes per tonne"})]


class Record(BaseModel):
    """Immutable and closed: a misspelt column is a fault, not a default."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    def replaced(self, **changes: object) -> Self:
        """Return a validated copy; `model_copy` would skip validation."""
        return type(self).model_validate(dict(self) | changes)


class Row(Record):
    """One row of an instance table, with where its figures come from."""

    table: ClassVar[str]
    """Name of the table: the CSV file's stem, the workbook's sheet, the JSON document's key."""
    key: ClassVar[tuple[str, ...]] = ("id",)
    """Fields that together name the row; no two rows of a table share them."""

    source: Text = ""
    """Identifiers of the sources, separated by semicolons; empty for an assumption of ours."""
    quality: Quality = "assumed"
    """Whether the row's figures were printed in the source, computed from printed figures, or
    assumed. Cells that differ from their row are listed in the table `provenance`."""
    note: Text = ""
    """How the figures were derived or why they were assumed, and what a reader must know."""

    def key_values(self) -> tuple[object, ...]:
        """The values of the key fields, in the order of `key`."""
        return tuple(getattr(self, name) for name in self.key)
