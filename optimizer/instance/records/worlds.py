"""What may happen: scenarios and the shocks that they consist of; where single cells come from."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from optimizer.instance.records.base import CountryCode, Factor, Id, Row, Share, Text, Year

ShockKind = Literal["supply", "access", "demand", "price", "outage", "export_tax"]


class Scenario(Row):
    """One way that the horizon may go."""

    table: ClassVar[str] = "scenarios"

    id: Id
    name: Text = ""
    probability: Share
    """The probabilities of all scenarios sum to 1."""
    nominal: bool = False
    """Exactly one scenario is nominal: the world without shocks, in which policies are judged."""
    must_survive: bool = False
    """Whether policies of the kind `must_survive` hold in it (rule 19); such a scenario may have
    probability 0."""


class Shock(Row):
    """What a scenario changes: a factor on everything that the filled targets describe."""

    table: ClassVar[str] = "shocks"

    id: Id
    scenario: Id
    kind: ShockKind
    """supply: a supplier's limit; access: a route's capacity (0 closes a route of any size);
    demand: a segment's demand; price: a material's market price; outage: a project's
    availability; export_tax: the country of origin takes the factor times the market price of
    what leaves it on a route."""
    first_year: Year
    last_year: Year
    factor: Factor
    """Multiplies the nominal value, 1 changing nothing; export_tax: the tax as a share of the
    market price, 0 changing nothing."""
    emergency: bool | None = None
    """Whether its years are an emergency, in which stockpiles may be released and standby plants
    run; empty means yes for supply, access and outage, no for the others."""
    country: CountryCode | None = None
    """supply and outage: country of the supplier or project; access and export_tax: a country of
    the origin."""
    material: Id | None = None
    """Material supplied, moved, wanted or priced; for an outage the project's main material."""
    supplier: Id | None = None
    project: Id | None = None
    segment: Id | None = None
    destination: Id | None = None
    """access and export_tax: the zone that is cut off or taxed; demand: the zone whose demand
    changes."""

    @property
    def changes(self) -> bool:
        """Whether the factor changes anything."""
        return self.factor != (0.0 if self.kind == "export_tax" else 1.0)

    @property
    def is_emergency(self) -> bool:
        """Whether the years in which the shock is in force are an emergency."""
        usual = self.kind in ("supply", "access", "outage")
        return self.changes and (usual if self.emergency is None else self.emergency)


class Delay(Row):
    """A candidate that comes online late in a scenario (rule 9)."""

    table: ClassVar[str] = "delays"
    key: ClassVar[tuple[str, ...]] = ("scenario", "project")

    scenario: Id
    project: Id
    years: Annotated[int, Field(ge=1, le=30, json_schema_extra={"unit": "years"})]
    """Years that it is late by."""


class Failure(Row):
    """A project that never comes online in a scenario (rule 9): what is paid for it is lost."""

    table: ClassVar[str] = "failures"
    key: ClassVar[tuple[str, ...]] = ("scenario", "project")

    scenario: Id
    project: Id


class Provenance(Row):
    """A cell whose origin differs from its row's, for example an imputed building cost."""

    table: ClassVar[str] = "provenance"
    key: ClassVar[tuple[str, ...]] = ("of_table", "row", "field")

    of_table: Id
    row: Annotated[str, Field(min_length=1, max_length=300)]
    """Key of the row; parts of a longer key are separated by a slash."""
    field: Id
    method: Text = ""
    """How the value was derived or imputed; `source` and `quality` are the cell's own."""
