"""What is traded and wanted: materials, prices, outside suppliers, demand, sales, scrap."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from optimizer.instance.records.base import (
    CountryCode,
    Factor,
    Id,
    Row,
    Share,
    Stage,
    Text,
    TPerT,
    TPerYear,
    UsdPerT,
    Year,
)


class Material(Row):
    """One traded form at one stage of a chain."""

    table: ClassVar[str] = "materials"

    id: Id
    name: Text = ""
    chain: Id
    """Chain that the material belongs to, for example `magnet-rare-earths`."""
    stage: Stage
    """Stage at which the material is produced."""
    unit: Literal["gross", "contained"] = "gross"
    """Whether a tonne is a tonne of the product or of what it contains."""
    disposal_cost_usd_per_t: UsdPerT = 0.0
    """Cost of getting rid of a tonne that nobody takes (rule 11)."""


class Content(Row):
    """How much of a traced element one tonne of a material contains (rule 17)."""

    table: ClassVar[str] = "contents"
    key: ClassVar[tuple[str, ...]] = ("material", "element")

    material: Id
    element: Id
    """Name of what is traced through the chain, for example `NdPr`."""
    content_t_per_t: TPerT
    gross_up_extraction: Annotated[float, Field(ge=1, le=100)] = 1.0
    """Tonnes of the element needed at extraction for one tonne contained here."""
    gross_up_processing: Annotated[float, Field(ge=1, le=100)] = 1.0
    """The same at processing."""
    gross_up_metal: Annotated[float, Field(ge=1, le=100)] = 1.0
    """The same at metal making."""


class Price(Row):
    """Market price of a material in a year, before any scenario's price factor."""

    table: ClassVar[str] = "prices"
    key: ClassVar[tuple[str, ...]] = ("material", "year")

    material: Id
    year: Year
    price_usd_per_t: UsdPerT


class Supplier(Row):
    """Existing outside supply of a material from a country."""

    table: ClassVar[str] = "suppliers"

    id: Id
    country: CountryCode
    material: Id
    price_factor: Factor = 1.0
    """Price as a multiple of the market price."""
    price_extra_usd_per_t: UsdPerT = 0.0
    """Added to the price, for example a certified or small-lot premium."""
    trusted: bool = True
    """Whether the alliance has certified the supplier as trusted (rule 6)."""


class SupplyLimit(Row):
    """What the alliance can obtain from a supplier in a nominal year."""

    table: ClassVar[str] = "supply_limits"
    key: ClassVar[tuple[str, ...]] = ("supplier", "year")

    supplier: Id
    year: Year
    limit_t_per_year: TPerYear


class Origin(Row):
    """Embodied origin: where a supplier's product went through an earlier stage (rule 17)."""

    table: ClassVar[str] = "origins"
    key: ClassVar[tuple[str, ...]] = ("supplier", "stage", "country")

    supplier: Id
    stage: Literal["extraction", "processing", "metal", "manufacturing"]
    """A stage before the product's own; at its own stage the origin is the supplier's country."""
    country: CountryCode
    share: Share


class Segment(Row):
    """A member's sector in a zone that wants one material (rule 13)."""

    table: ClassVar[str] = "segments"

    id: Id
    zone: Id
    member: Id | None = None
    """Member whose demand this is; empty for none."""
    sector: Text = ""
    material: Id
    priority: Annotated[int, Field(ge=1, le=20)] | None = None
    """Rank of the segment when a material is short, 1 (defence) first; empty for none (rule 13)."""


class Demand(Row):
    """Demand of a segment in a year, before any scenario's demand factor."""

    table: ClassVar[str] = "demand"
    key: ClassVar[tuple[str, ...]] = ("segment", "year")

    segment: Id
    year: Year
    demand_t_per_year: TPerYear


class Tranche(Row):
    """A part of a segment's demand that may go unmet, and what that costs (rule 13)."""

    table: ClassVar[str] = "tranches"
    key: ClassVar[tuple[str, ...]] = ("segment", "tranche")

    segment: Id
    tranche: Annotated[int, Field(ge=1, le=20)]
    """1 is the cheapest to go without."""
    share: Share
    """Share of the scenario's demand; the shares of a segment sum to 1."""
    cost_usd_per_t: UsdPerT
    """Shortage cost, rising with the tranche."""


class Sale(Row):
    """Where and how much of a material can be sold outside the alliance."""

    table: ClassVar[str] = "sales"
    key: ClassVar[tuple[str, ...]] = ("zone", "material")

    zone: Id
    material: Id
    price_share: Share
    """Share of the market price that a sale earns."""
    limit_t_per_year: TPerYear


class Arising(Row):
    """Scrap that arises in a zone from goods sold before the horizon (rule 16)."""

    table: ClassVar[str] = "arisings"
    key: ClassVar[tuple[str, ...]] = ("zone", "material", "year")

    zone: Id
    material: Id
    """Scrap material."""
    year: Year
    arisings_t_per_year: TPerYear
    collection_rate: Share
    """Largest share that can be collected."""
    collection_cost_usd_per_t: UsdPerT = 0.0


class EndOfLife(Row):
    """Scrap that comes back from what a segment was served (rule 16)."""

    table: ClassVar[str] = "end_of_life"
    key: ClassVar[tuple[str, ...]] = ("segment", "material")

    segment: Id
    material: Id
    """Scrap material; it arises in the segment's zone, where `arisings` give the year's collection
    rate and cost."""
    t_per_t: TPerT
    """Tonnes of scrap per tonne served."""
    lifetime_years: Annotated[int, Field(ge=1, le=100)]
    """Years from use to scrap."""
