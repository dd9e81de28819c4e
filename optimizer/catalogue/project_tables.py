"""The tables about projects: who plans what where, how large, for how much, with whose money."""

from __future__ import annotations

from typing import Annotated, Literal

from optimizer.catalogue.facts import (
    Fact,
    Grade,
    Host,
    MaterialId,
    Note,
    Place,
    ProjectId,
    Sources,
    Steps,
    graded_by,
)
from optimizer.instance.records.base import Id, Quality, Text, Year


class Project(Fact):
    """Candidate projects and existing plants, from mine to magnet and recycling."""

    table = "projects"
    shown = (
        "id",
        "name",
        "country",
        "stage",
        "material",
        "capacity",
        "capacity_unit",
        "capex_musd",
        "start_year",
        "status",
    )

    id: Id
    """P candidate, X existing plant, S scheme."""
    name: Text
    """As its owner calls it."""
    owner: Text
    """Companies or state."""
    country: Host
    latitude: Annotated[float | None, graded_by("coord_quality")] = None
    """Degrees north, placed by hand."""
    longitude: Annotated[float | None, graded_by("coord_quality")] = None
    """Degrees east, placed by hand."""
    coord_quality: Quality | None = None
    """Grade of the coordinates."""
    stage: Steps
    material: MaterialId
    """Main material, id of `materials`."""
    other_materials: tuple[MaterialId, ...] = ()
    """What it yields beside it."""
    capacity: Annotated[float | None, graded_by("capacity_quality")] = None
    """As printed, in `capacity_unit`."""
    capacity_unit: Text = ""
    """Unit of the printed capacity."""
    capacity_quality: Quality | None = None
    """Grade of the printed capacity."""
    capex_musd: Annotated[float | None, graded_by("capex_quality")] = None
    """Building cost, million USD of the study's year."""
    capex_basis: Literal["full", "remaining", "acquisition", "funding", "site"] | None = None
    """Whole cost; cost still to come; price of a purchase; a funding package; whole site."""
    capex_quality: Quality | None = None
    """Grade of the building cost."""
    opex_usd_per_t: Annotated[float | None, graded_by("opex_quality")] = None
    """USD per t of the product that the note names."""
    opex_quality: Quality | None = None
    """Grade of the operating cost."""
    npv_musd: Annotated[float | None, graded_by("npv_quality")] = None
    """Net present value, million USD, by the study's own rules."""
    npv_quality: Quality | None = None
    """Grade of the net present value."""
    irr_pct: float | None = None
    """Internal rate of return, percent, by the study's own rules."""
    start_year: Annotated[Year | None, graded_by("start_quality")] = None
    """First year of output, as planned."""
    start_quality: Quality | None = None
    """Grade of the start."""
    build_years: float | None = None
    """Years of building."""
    status: Literal[
        "planned",
        "study",
        "permitting",
        "decision",
        "construction",
        "ramp-up",
        "operating",
        "paused",
        "cancelled",
    ]
    """How far it is; `decision` waits for the investment decision."""
    status_detail: Text = ""
    """What the source says beyond the status."""
    support: Text = ""
    """Public money and labels."""
    chain_group: Text = ""
    """Links of one company chain: never add their tonnes."""
    alternative_of: tuple[ProjectId, ...] = ()
    """Ids of the projects that it excludes."""
    verification: Literal["page", "third_party", "list", "recalled"] | None = None
    """Read on a page; in an extraction by others; only on a list; recalled."""
    source: Sources = ()
    quality: Grade
    note: Note = ""


class Yield(Fact):
    """What projects yield a year; one row of each is its size."""

    table = "project_products"
    key = ("project", "product", "role")
    shown = ("project", "product", "quantity", "unit", "role", "main")

    project: ProjectId
    """Id of `projects`."""
    product: MaterialId
    """Id of `materials`."""
    quantity: float
    """In `unit`."""
    unit: Literal["t/yr", "oz/yr"]
    """Tonnes, or ounces of gold, a year."""
    role: Literal["product", "content", "feed"]
    """Sold; the same tonnes as contained metal; or feed."""
    main: Literal["yes", "no"]
    """Whether it is the project's size."""
    quality: Grade


class Deal(Fact):
    """Public and private money in deals, with terms and shares of building cost."""

    table = "instruments"
    shown = (
        "id",
        "project",
        "recipient",
        "provider",
        "instrument",
        "amount_musd",
        "share_of_capex_pct",
        "status",
        "year",
    )

    id: Id
    """Of the row."""
    project: ProjectId | None = None
    """Id of `projects`; blank for programmes."""
    recipient: Text
    """As printed."""
    country: Host
    provider: Text
    """Who gives."""
    provider_country: Place | None = None
    """ISO alpha-3 code, or EU27."""
    instrument: Literal[
        "loan",
        "grant",
        "equity",
        "guarantee",
        "offtake",
        "price_floor",
        "tax_credit",
        "unspecified",
        "programme",
        "grant_equivalent_total",
        "rule",
    ]
    """Kind of money."""
    amount_million: float | None = None
    """In `currency`."""
    currency: Text = ""
    """ISO 4217 code."""
    amount_musd: Annotated[float | None, graded_by("amount_quality")] = None
    """Million USD; other currencies at assumed rates."""
    amount_quality: Quality | None = None
    """Grade of the amount in USD."""
    tenor_years: float | None = None
    """Years to repayment."""
    rate: Text = ""
    """Interest or price, as printed."""
    spread_bp: float | None = None
    """Spread over the reference, basis points."""
    share_of_capex_pct: Annotated[float | None, graded_by("share_quality")] = None
    """Share of the building cost, percent."""
    share_quality: Quality | None = None
    """Grade of the share."""
    status: Literal["agreed", "conditional", "announced", "letter", "summary", "unknown", "rule"]
    """How firm it is; `summary` rows contain others."""
    status_detail: Text = ""
    """When, and what exactly."""
    year: Year | None = None
    """Calendar year."""
    conditions: Text = ""
    """What it hangs on, and which rows contain which."""
    source: Sources = ()
    quality: Grade
    note: Note = ""
