"""The tables about processes, places, names and sources, and the list of all tables."""

from __future__ import annotations

from typing import Annotated, Literal

from optimizer.catalogue.facts import (
    Fact,
    Grade,
    MaterialOf,
    Note,
    Place,
    ProjectId,
    Region,
    Sources,
    Steps,
    Unit,
    graded_by,
)
from optimizer.catalogue.market_tables import (
    Disruption,
    MemberDemand,
    Output,
    Price,
    Programme,
    Recycling,
    WorldDemand,
)
from optimizer.catalogue.project_tables import Deal, Project, Yield
from optimizer.instance.records.base import Id, Quality, Text, Year


class Process(Fact):
    """Stoichiometry, compositions, yields, by-products, baskets of deposits."""

    table = "processes"
    key = ("process", "input", "output")
    shown = (
        "process",
        "stage",
        "input",
        "input_per_t_output",
        "output",
        "yield_or_share",
        "composition",
    )

    process: Text
    """What is done."""
    stage: Steps
    input: Text
    """What goes in."""
    input_per_t_output: float | None = None
    """Input per unit of output, in `input_unit`."""
    input_unit: Text = ""
    """Unit of the input."""
    output: Text
    """What comes out."""
    output_unit: Text = ""
    """Unit of the output."""
    yield_or_share: float | None = None
    """Recovered or contained, 0 to 1."""
    composition: Text = ""
    """Several shares, or a range, as printed."""
    by_products: Text = ""
    """What else comes out."""
    source: Sources = ()
    quality: Grade
    note: Note = ""


class Footprint(Fact):
    """Footprints, ratings and residues of processes and projects."""

    table = "esg"
    key = ("material", "stage", "route", "metric", "site")
    shown = ("material", "stage", "route", "country", "metric", "value", "value_text", "unit")

    scope: Literal["process", "project"]
    """Of a process or of one project."""
    material: MaterialOf
    stage: Steps
    route: Text = ""
    """Process route."""
    country: Place | None = None
    """ISO alpha-3 code."""
    project: ProjectId | None = None
    """Id of `projects`."""
    site: Text = ""
    """Name of the project or site."""
    metric: Text
    """What is measured."""
    value: float | None = None
    """In `unit`."""
    value_text: Text = ""
    """A rating in words."""
    unit: Unit
    source: Sources = ()
    quality: Grade
    note: Note = ""


class LeadTime(Fact):
    """Years from discovery, permit and decision to output; delays; cost overruns."""

    table = "lead_times"
    shown = ("activity", "stage", "material", "region", "metric", "value", "unit")

    id: Id
    """Of the row."""
    activity: Text
    """What takes time or money."""
    stage: Steps
    material: MaterialOf
    region: Region
    metric: Text
    """Which statistic, of what."""
    value: float | None = None
    """In `unit`."""
    value_low: float | None = None
    """Lower end, in `unit`."""
    value_high: float | None = None
    """Upper end, in `unit`."""
    unit: Unit
    n_projects: float | None = None
    """Number of projects behind it."""
    source: Sources = ()
    quality: Grade
    note: Note = ""


class Criticality(Fact):
    """How the European Union judged each material in 2023."""

    table = "criticality"
    key = ("material", "stage")
    shown = (
        "material",
        "stage",
        "supply_risk",
        "economic_importance",
        "import_reliance_pct",
        "country",
        "country_share_pct",
    )

    material: MaterialOf
    stage: Steps
    supply_risk: float | None = None
    """Supply risk of the stage, index."""
    economic_importance: float | None = None
    """Economic importance of the material, index."""
    import_reliance_pct: float | None = None
    """Import reliance of the EU at the stage, percent."""
    eol_rir_pct: float | None = None
    """End-of-life recycling input rate, percent."""
    substitution_supply_risk: float | None = None
    """Substitution index for supply risk, 1 = none, 0 to 1."""
    substitution_importance: float | None = None
    """Substitution index for importance, 1 = none, 0 to 1."""
    country: Place | None = None
    """Main global supplier, ISO alpha-3 code."""
    country_share_pct: float | None = None
    """Its share of world supply, percent."""
    source: Sources = ()
    quality: Grade
    note: Note = ""


class Country(Fact):
    """Producers, hosts and members, with six governance indicators of the World Bank."""

    table = "countries"
    shown = ("id", "name", "region", "governance", "governance_year", "memberships")

    id: Place
    """ISO 3166-1 alpha-3 code."""
    name: Text
    """In English."""
    region: Text = ""
    """Continent and part of it."""
    wgi_va: Annotated[float | None, graded_by("governance_quality")] = None
    """Voice and accountability, -2.5 to 2.5."""
    wgi_pv: Annotated[float | None, graded_by("governance_quality")] = None
    """Political stability, -2.5 to 2.5."""
    wgi_ge: Annotated[float | None, graded_by("governance_quality")] = None
    """Government effectiveness, -2.5 to 2.5."""
    wgi_rq: Annotated[float | None, graded_by("governance_quality")] = None
    """Regulatory quality, -2.5 to 2.5."""
    wgi_rl: Annotated[float | None, graded_by("governance_quality")] = None
    """Rule of law, -2.5 to 2.5."""
    wgi_cc: Annotated[float | None, graded_by("governance_quality")] = None
    """Control of corruption, -2.5 to 2.5."""
    governance: Annotated[float | None, graded_by("governance_quality")] = None
    """Plain mean of the six, -2.5 to 2.5."""
    governance_year: Year | None = None
    """Year of the indicators."""
    governance_quality: Quality | None = None
    """Grade of the mean; the six themselves are printed."""
    memberships: Text = ""
    """MSP, Quad, EU, AUKUS, G7, OECD, separated by semicolons."""
    latitude: float | None = None
    """Degrees north, of the country's middle."""
    longitude: float | None = None
    """Degrees east, of the country's middle."""
    source: Sources = ()
    quality: Grade


class Material(Fact):
    """The names of materials in all tables, and the families that a search knows."""

    table = "materials"
    shown = ("id", "name", "kind", "families")

    id: Id
    """As in the other tables."""
    name: Text
    """In English."""
    kind: Literal["element", "group", "compound", "metal", "product"]
    """What it is."""
    families: Text = ""
    """Names under which a search finds it too."""


class Source(Fact):
    """Titles, publishers, addresses, terms, and how each was read."""

    table = "sources"
    shown = ("id", "title", "publisher", "year", "read_as")

    id: Id
    """As in the column `source`."""
    title: Text
    """Of the document."""
    publisher: Text = ""
    """Who printed it."""
    year: Text = ""
    """Of publication."""
    url: Text = ""
    """Where the original is."""
    licence: Text = ""
    """Terms of the publisher."""
    read_as: Text = ""
    """Original, copy, excerpt, extraction by others, or recalled."""


TABLES: tuple[type[Fact], ...] = (
    Project,
    Yield,
    Deal,
    Output,
    WorldDemand,
    MemberDemand,
    Price,
    Disruption,
    Recycling,
    Process,
    Footprint,
    LeadTime,
    Programme,
    Criticality,
    Country,
    Material,
    Source,
)
"""All tables, those of projects first, those that others point to last."""

BY_NAME = {table.table: table for table in TABLES}
