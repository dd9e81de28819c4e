"""Where things are: countries, zones of trade, corridors, routes, entrepots."""

from typing import Annotated, ClassVar

from pydantic import Field

from optimizer.instance.records.base import (
    KOSOVO,
    USER_ASSIGNED,
    CountryCode,
    Id,
    Row,
    Share,
    Text,
    TPerYear,
    UsdPerT,
)


class Country(Row):
    """A country that hosts a project or a supplier."""

    table: ClassVar[str] = "countries"

    id: CountryCode
    """ISO 3166-1 alpha-3 code."""
    zone: Id
    """Zone of trade that the country belongs to."""
    alliance: bool = False
    """Whether costs and benefits in the country are the alliance's own (rule: economic cost)."""
    bloc: Text = ""
    """Political group, for example `quad`, `partner`, `other`; a tag for policies."""
    governance: Annotated[
        float | None, Field(ge=-2.5, le=2.5, json_schema_extra={"unit": "WGI, -2.5 to 2.5"})
    ] = None
    """Mean of the six Worldwide Governance Indicators."""

    @property
    def several(self) -> bool:
        """Whether the code stands for several countries, such as XRW for the rest of the world.

        Those are codes that ISO 3166-1 leaves to its users; XKX is Kosovo by custom.
        """
        return bool(USER_ASSIGNED.match(self.id)) and self.id != KOSOVO


class Zone(Row):
    """A node of trade: every member, every country that a shock can hit alone, groups of others."""

    table: ClassVar[str] = "zones"

    id: Id
    name: Text = ""
    """Name for people; a zone is a free name and needs no country."""


class Corridor(Row):
    """A port, railway, grid or basin whose capacity projects and routes share (rule 15)."""

    table: ClassVar[str] = "corridors"

    id: Id
    name: Text = ""
    capacity_t_per_year: TPerYear
    """Capacity before infrastructure projects add to it."""


class Route(Row):
    """A way for one material from one zone to another (rule 12)."""

    table: ClassVar[str] = "routes"
    key: ClassVar[tuple[str, ...]] = ("origin", "destination", "material")

    origin: Id
    """Zone that the material leaves."""
    destination: Id
    """Zone that the material enters."""
    material: Id
    freight_usd_per_t: UsdPerT = 0.0
    tariff_share: Share = 0.0
    """Tariff as a share of the market price: reported, not counted as a cost of the alliance."""
    capacity_t_per_year: TPerYear | None = None
    """Largest flow; empty means unlimited."""
    corridor: Id | None = None
    """Corridor whose capacity one tonne of flow uses."""


class Entrepot(Row):
    """A zone that may pass on what it neither makes nor buys (exception to rule 12)."""

    table: ClassVar[str] = "entrepots"
    key: ClassVar[tuple[str, ...]] = ("zone", "material")

    zone: Id
    material: Id
